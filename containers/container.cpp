#include "containers/container.hpp"

#include "containers/foreground.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> did_not_start(const std::string& name, const fs::path& log) {
    auto error = fail("RB1163", fmt::format("the container '{}' didn't start", name), "", ExitCode::failure);
    auto text = read_file(log).value_or("");
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        if (end > 0) error.error().excerpt.push_back(text.substr(0, end));
        text.erase(0, end + 1);
    }
    if (auto& lines = error.error().excerpt; lines.size() > 20) lines.erase(lines.begin(), lines.end() - 20);
    return error;
}

Result<int> run_here(const RunTools& tools, const Prepared& prepared) {
    Foreground foreground(tools.shelf, tools.say);
    TRY_VOID(foreground.start(prepared.place.name, prepared.launch));
    return TRY(foreground.wait()).front();
}

/// What is asked to end, and what of it is still there after `seconds`.
Result<void> end_all(const Shelf& shelf, const std::vector<ContainerStatus>& running, double seconds) {
    const auto signal = [&](const ContainerStatus& status, const char* name) {
        return shelf.runc().kill({status.record.name, status.state, status.pid}, name);
    };
    for (const auto& status : running) TRY_VOID(signal(status, "TERM"));
    const auto begin = std::chrono::steady_clock::now();
    for (const auto& status : running) {
        const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begin;
        if (TRY(wait_until_gone(status.pid, std::max(0.0, seconds - passed.count())))) continue;
        TRY_VOID(signal(status, "KILL"));
        if (!TRY(wait_until_gone(status.pid, 10)))
            return fail("RB1164", fmt::format("the container '{}' survives SIGKILL: its process {} hangs in the kernel",
                                              status.record.name, status.pid));
    }
    return {};
}

}  // namespace

Result<void> start_detached(Prepared& prepared) {
    const auto file = prepared.place.folder / "log";
    const auto log = TRY(open_file(file, O_WRONLY | O_CREAT | O_TRUNC, 0600));
    const auto nothing = TRY(open_file("/dev/null", O_RDONLY));
    prepared.launch.input = nothing.get();
    prepared.launch.output = log.get();
    if (wait_for(TRY(launch(prepared.launch))) != 0) return did_not_start(prepared.place.name, file);
    return {};
}

Result<RunResult> run_container(const RunTools& tools, RunRequest request) {
    const bool detach = request.detach;
    const auto examined = TRY(examine(tools, std::move(request)));
    auto place = TRY(tools.shelf.take(examined.request.name, name_for(examined.request.image), tools.remover()));
    auto prepared = TRY(prepare(tools, examined, std::move(place)));
    const auto& name = prepared.place.name;
    if (!prepared.record.sidecar.empty())
        tools.say(fmt::format("Pebble's health: {}/v1/health", prepared.record.sidecar));
    Result<int> code = 0;
    if (!detach) code = run_here(tools, prepared);
    else if (auto started = start_detached(prepared); !started) code = std::unexpected(std::move(started).error());
    else return RunResult{name, 0};
    auto cleared = tools.shelf.clear(name, tools.remover());
    if (code && !cleared) return std::unexpected(std::move(cleared).error());
    return RunResult{name, TRY(std::move(code))};
}

Diagnostic exec_in_container(const Shelf& shelf, const std::string& name, const std::vector<std::string>& command,
                             bool terminal) {
    const auto status = shelf.find_running(name);
    if (!status) return status.error();
    std::vector<std::string> words{"exec"};
    if (terminal) words.emplace_back("--tty");
    words.push_back(name);
    words.insert(words.end(), command.begin(), command.end());
    auto launch = shelf.runc().command(std::move(words));
    const auto ids = Runc::user_namespace_of({name, status->state, status->pid});
    if (!ids) return ids.error();
    launch.user_namespace = ids->get();
    return become(launch);
}

Result<void> stop_container(const Shelf& shelf, const Shelf::Remover& remove, const std::string& name,
                            std::optional<double> seconds) {
    const auto status = TRY(shelf.find(name));
    std::vector<ContainerStatus> running;
    for (auto& one : TRY(shelf.list()))
        if (one.pid > 0 && (one.record.name == name || one.record.pod == name)) running.push_back(std::move(one));
    constexpr unsigned usual = 10;
    TRY_VOID(end_all(shelf, running, seconds.value_or(status.record.grace.value_or(usual))));
    std::vector<FileLock> locks;
    std::vector<std::string> names{name};
    for (const auto& one : TRY(shelf.list()))
        if (one.record.pod == name) names.push_back(one.record.name);
    for (const auto& one : names) locks.push_back(TRY(shelf.wait_for_lock(one)));
    return shelf.clear(name, remove);
}

}  // namespace rockbuild
