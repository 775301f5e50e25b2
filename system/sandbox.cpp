// The parent's side of a run: prepare everything, fork, pass output on by lines, wait. What a machine allows is found
// once, when the sandbox is opened, by running nothing in it: each way of spec/build-environment.md §6 on each place
// for upper sides, until one works.
#include "system/sandbox.hpp"

#include "system/argument_pointers.hpp"

#include "system/file.hpp"
#include "system/id_map.hpp"
#include "system/line_splitter.hpp"
#include "system/sandbox_child.hpp"
#include "system/scratch.hpp"
#include "system/seccomp_profile.hpp"
#include "system/stop_signal.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <optional>
#include <span>
#include <sstream>
#include <utility>

namespace rockbuild {

namespace {

using What = SandboxReport::What;

struct Pipe {
    Fd read, write;
};

/// Numbers above the standard ones, whatever of those the caller has closed.
Result<Pipe> open_pipe() {
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0) return system_error("make a pipe for", "the sandbox", errno);
    Pipe pipe{Fd(ends[0]), Fd(ends[1])};
    for (auto* end : {&pipe.read, &pipe.write})
        if (end->get() <= 2) *end = Fd(::fcntl(end->get(), F_DUPFD_CLOEXEC, 3));
    return pipe;
}

/// A work folder beside each upper side: on its file system, empty, gone after the run.
Result<std::vector<TempFolder>> make_works(const SandboxRun& request) {
    std::vector<TempFolder> works;
    for (const auto& tree : request.trees)
        if (!tree.upper.empty())
            works.push_back(TRY(TempFolder::make(fs::absolute(tree.upper).parent_path(), "work-")));
    return works;
}

std::unexpected<Diagnostic> refusal(const SandboxReport& report, const SandboxProgram& program,
                                    const SandboxRun& request) {
    const auto reason = std::strerror(report.error);
    const auto unable = [&](std::string_view act) {
        return fail("RB0120", fmt::format("the sandbox cannot {}: {}", act, reason),
                    "`rockbuild doctor` says what stands in the way", ExitCode::unable);
    };
    switch (report.what) {
        case What::start:
            return fail("RB0122", fmt::format("cannot start '{}' in the sandbox: {}",
                                              request.arguments.empty() ? "" : request.arguments[0], reason));
        case What::folder:
            return fail("RB0122",
                        fmt::format("cannot enter the folder '{}' in the sandbox: {}", request.working_dir, reason));
        case What::act:
            return unable(fmt::format("set up {}", program.acts.at(report.value).what));
        case What::stage:
            return unable("mount a file system of its own");
        case What::root:
            return unable("change its root");
        case What::network:
            return unable("raise its loopback interface");
        case What::seal:
            return unable("enter its user namespace");
        case What::limits:
            return unable("drop its capabilities");
        case What::process:
        case What::namespaces:
            break;
    }
    return unable("make its namespaces");
}

/// Where this process's command line lies: the 48th and 49th field of proc(5)'s stat; empty where that is not told.
std::span<char> own_command_line() {
    const auto stat = read_file("/proc/self/stat").value_or("");
    std::istringstream fields(stat.substr(std::min(stat.rfind(')'), stat.size())));
    std::string field;
    for (int number = 2; number < 48 && fields; ++number) fields >> field;
    std::uintptr_t begin = 0, end = 0;
    if (!(fields >> begin >> end) || begin >= end) return {};
    return {reinterpret_cast<char*>(begin), end - begin};
}

/// Takes the terminal back from the command's process group.
void take_terminal_back() {
    sigset_t quiet, before;
    ::sigemptyset(&quiet);
    ::sigaddset(&quiet, SIGTTOU);
    ::pthread_sigmask(SIG_BLOCK, &quiet, &before);
    ::tcsetpgrp(0, ::getpgrp());
    ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

class HostSandbox final : public Sandbox {
public:
    HostSandbox(UserNamespace user, std::vector<sock_filter> filter)
        : user_(std::move(user)), filter_(std::move(filter)) {}

    /// Takes `place` for upper sides, and the best way that works there; the error is that of the best way.
    Result<void> settle(const fs::path& place);
    const fs::path& scratch() const override { return uppers_; }
    Result<int> run(const SandboxRun& request, const std::stop_token& stop) override;

private:
    std::vector<SandboxWay> ways() const;
    Result<void> attempt(const fs::path& folder);
    Result<int> wait(const SandboxProgram& program, const SandboxRun& request, Pipe report, Fd output,
                     const std::stop_token& stop);

    UserNamespace user_;
    std::vector<sock_filter> filter_;
    std::span<char> command_line_ = own_command_line();
    SandboxWay way_;
    std::optional<Scratch> scratch_;
    fs::path uppers_;
    fs::path stage_;
};

/// Best first (spec/build-environment.md §6).
std::vector<SandboxWay> HostSandbox::ways() const {
    std::vector<SandboxWay> result;
    const bool has_namespace = static_cast<bool>(user_.fd);
    for (const bool fresh_proc : {true, false}) {
        if (user_.map.kind == IdMap::Kind::root)
            for (const bool user_attributes : {false, true})
                for (const bool seal : {true, false})
                    if (has_namespace || !seal)
                        result.push_back({.seal = seal, .fresh_proc = fresh_proc, .user_attributes = user_attributes});
        if (has_namespace) result.push_back({.enter_first = true, .fresh_proc = fresh_proc, .user_attributes = true});
    }
    return result;
}

Result<void> HostSandbox::settle(const fs::path& place) {
    auto scratch = TRY(Scratch::make(fs::absolute(place), user_.fd.get()));
    uppers_ = scratch.path() / "uppers";
    stage_ = scratch.path() / "stage";
    TRY_VOID(make_folders(uppers_));
    TRY_VOID(make_folders(stage_));
    std::optional<Diagnostic> first;
    for (const auto& way : ways()) {
        way_ = way;
        const auto trial = TRY(TempFolder::make(scratch.path(), "try-"));
        auto tried = attempt(trial.path());
        if (tried) {
            scratch_.emplace(std::move(scratch));
            return {};
        }
        if (!first) first = std::move(tried).error();
    }
    return std::unexpected(*std::move(first));
}

/// All that a run does, but for the command. Some file systems take an upper side and then refuse its marks (tmpfs
/// before Linux 6.6 has no user attributes), so they are tried as well.
Result<void> HostSandbox::attempt(const fs::path& folder) {
    SandboxRun request;
    request.trees = {{"/", {folder / "lower"}, folder / "upper"}};
    TRY_VOID(make_folders(folder / "lower"));
    TRY_VOID(make_folders(folder / "upper"));
    const auto* mark = way_.user_attributes ? "user.overlay.opaque" : "trusted.overlay.opaque";
    if (::setxattr((folder / "lower").c_str(), mark, "n", 1, 0) != 0)
        return system_error("set an attribute on", folder, errno);
    TRY(run(request, {}));
    return {};
}

Result<int> HostSandbox::run(const SandboxRun& request, const std::stop_token& stop) {
    const auto works = TRY(make_works(request));
    std::vector<fs::path> work_paths;
    for (const auto& work : works) work_paths.push_back(work.path());

    SandboxProgram program;
    program.stage = stage_.native();
    program.acts = TRY(plan_mounts(request, work_paths, way_));
    program.way = way_;
    program.own_network = request.network == Network::none;
    program.terminal = request.terminal;
    program.hostname = request.hostname;
    program.working_dir = request.working_dir;
    program.filter = &filter_;
    program.command_line = command_line_;
    auto arguments = request.arguments;
    if (!arguments.empty()) program.arguments = argument_pointers(arguments);
    std::vector<std::string> environment;
    for (const auto& [name, value] : request.environment) environment.push_back(name + "=" + value);
    program.environment = argument_pointers(environment);

    auto lifeline = TRY(open_pipe());
    auto report = TRY(open_pipe());
    auto output = TRY(open_pipe());
    program.lifeline = lifeline.read.get();
    program.report = report.write.get();
    program.kept = {program.lifeline, program.report};
    if (way_.enter_first || way_.seal) {
        program.user_namespace = user_.fd.get();
        program.kept.push_back(program.user_namespace);
    }
    if (request.terminal) {
        program.kept.insert(program.kept.end(), {0, 1, 2});
    } else {
        program.output = output.write.get();
        program.kept.push_back(program.output);
    }
    std::ranges::sort(program.kept);

    const pid_t door = ::fork();
    if (door < 0) return system_error("fork for", "the sandbox", errno);
    if (door == 0) run_sandbox_child(program);
    report.write.close();
    output.write.close();
    lifeline.read.close();
    while (::waitpid(door, nullptr, 0) < 0 && errno == EINTR) continue;
    auto code = wait(program, request, std::move(report), std::move(output.read), stop);
    if (request.terminal) take_terminal_back();
    return code;
}

Result<int> HostSandbox::wait(const SandboxProgram& program, const SandboxRun& request, Pipe report, Fd output,
                              const std::stop_token& stop) {
    SandboxReport message;
    const auto next_report = [&] { return ::read(report.read.get(), &message, sizeof message) == sizeof message; };
    if (!next_report())
        return fail("RB0120", "the sandbox's first process was killed", "see the kernel's log", ExitCode::unable);
    if (message.what != What::process) return refusal(message, program, request);

    const auto process = static_cast<pid_t>(message.value);
    const Fd end(static_cast<int>(::syscall(SYS_pidfd_open, process, 0)));
    const StopSignal stopped(stop);
    LineSplitter lines(request.on_output);
    bool stopping = false;
    bool over = false;
    ::fcntl(output.get(), F_SETFL, O_NONBLOCK);
    while (!over) {
        std::array<pollfd, 3> events{
            {{end.get(), POLLIN, 0}, {output.get(), POLLIN, 0}, {stopping ? -1 : stopped.fd(), POLLIN, 0}}};
        ::poll(events.data(), events.size(), -1);
        // When process 1 has ended, all others have, and what they wrote is in the pipe.
        over = events[0].revents != 0;
        if (events[2].revents != 0) {
            stopping = true;
            ::kill(process, SIGKILL);
        }
        char buffer[65536];
        while (output && (events[1].revents != 0 || over)) {
            const auto count = ::read(output.get(), buffer, sizeof buffer);
            if (count < 0 && errno == EINTR) continue;
            if (count > 0) lines.feed({buffer, static_cast<std::size_t>(count)});
            if (count == 0) output.close();
            if (count <= 0) break;
        }
    }
    lines.finish();
    int status = 0;
    while (::waitpid(process, &status, 0) < 0 && errno == EINTR) continue;
    if (stopping)
        return fail("RB0111",
                    fmt::format("interrupted while '{}' ran in the sandbox",
                                request.arguments.empty() ? "" : request.arguments[0]),
                    {}, ExitCode::interrupted);
    if (next_report()) return refusal(message, program, request);
    return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

}  // namespace

Result<std::unique_ptr<Sandbox>> open_sandbox(const std::vector<fs::path>& scratch_candidates) {
    auto filter = TRY(seccomp_profile());
    auto sandbox = std::make_unique<HostSandbox>(TRY(open_user_namespace()), std::move(filter));
    auto places = scratch_candidates;
    for (const auto* place : {"/dev/shm", "/tmp"})
        places.push_back(fs::path(place) / fmt::format("rockbuild-{}", ::geteuid()));

    std::optional<Diagnostic> first;  // that of the place that was asked for says most
    for (const auto& place : places) {
        auto settled = sandbox->settle(place);
        if (settled) return sandbox;
        settled.error().message += fmt::format(" (scratch files in '{}')", place.native());
        if (!first) first = std::move(settled).error();
    }
    first->code = "RB0120";
    first->exit = ExitCode::unable;
    first->hint = "`rockbuild doctor` says what stands in the way";
    return std::unexpected(*std::move(first));
}

}  // namespace rockbuild
