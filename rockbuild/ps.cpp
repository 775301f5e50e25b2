// `rockbuild ps`: see ps.md.
#include "containers/readiness.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

std::string age(std::int64_t seconds) {
    if (seconds < 120) return fmt::format("{} s", seconds);
    if (seconds < 7200) return fmt::format("{} min", seconds / 60);
    return seconds < 172800 ? fmt::format("{} h", seconds / 3600) : fmt::format("{} days", seconds / 86400);
}

Result<int> run_ps(Context& context) {
    const auto shelf = TRY(open_shelf(context));
    const auto list = TRY(shelf.list());
    const auto readiness = readiness_of(list);
    std::vector<std::vector<std::string>> rows{{"name", "ready", "state", "pid", "age", "network", "image"}};
    auto pods = nlohmann::ordered_json::array(), containers = nlohmann::ordered_json::array();
    for (const auto& [record, state, pid, folder] : list) {
        const auto [ready, total] = readiness.at(record.name);
        rows.push_back({record.name, fmt::format("{}/{}", ready, total), state, pid > 0 ? std::to_string(pid) : "-",
                        age(context.host.now - record.created), record.network, record.image});
        if (!record.members.empty()) {
            pods.push_back({{"name", record.name},
                            {"state", state},
                            {"ready", ready},
                            {"total", total},
                            {"manifest", record.image},
                            {"network", record.network},
                            {"created", record.created},
                            {"containers", record.members}});
            continue;
        }
        nlohmann::ordered_json item{{"name", record.name},
                                    {"state", state},
                                    {"ready", ready == 1},
                                    {"pid", nullptr},
                                    {"image", record.image},
                                    {"digest", record.digest},
                                    {"network", record.network},
                                    {"created", record.created},
                                    {"log", nullptr}};
        if (pid > 0) item["pid"] = pid;
        if (record.detached) item["log"] = (folder / "log").native();
        if (!record.sidecar.empty()) item["sidecar"] = record.sidecar;
        if (!record.pod.empty()) item["pod"] = record.pod;
        containers.push_back(std::move(item));
    }
    const nlohmann::ordered_json json{
        {"schema", "rockbuild.ps/1"}, {"pods", std::move(pods)}, {"containers", std::move(containers)}};
    const bool as_json = context.arguments.value("format") == "json";
    const auto text =
        as_json ? json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n" : table_text(rows);
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand ps_command{
    "ps", "", {{"format", 0, "FORMAT", "how the list is printed", {"text", "json"}}}, 0, 0, Subcommand::never, run_ps};

}  // namespace rockbuild
