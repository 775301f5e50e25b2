// `rockbuild doctor`: see doctor.md.
#include "system/doctor.hpp"

#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include <algorithm>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

std::string as_json(const std::vector<Finding>& findings) {
    Json json{{"schema", "rockbuild.doctor/1"}, {"findings", Json::array()}};
    for (const auto& finding : findings)
        json["findings"].push_back({{"name", finding.name},
                                    {"good", finding.good},
                                    {"needed", finding.needed},
                                    {"says", finding.says},
                                    {"cure", finding.cure}});
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string as_text(const std::vector<Finding>& findings) {
    std::string text;
    for (const auto& finding : findings) {
        text += fmt::format("{:<7} {:<24} {}\n",
                            finding.good     ? "ok"
                            : finding.needed ? "MISSING"
                                             : "limited",
                            finding.name, finding.says);
        if (!finding.good && !finding.cure.empty()) text += fmt::format("{:>7} help: {}\n", "", finding.cure);
    }
    return text;
}

Result<int> run_doctor(Context& context) {
    HostProcesses processes;
    const auto findings =
        examine(context.host, processes, {absolute(context.host, context.settings.text(Setting::cache)) / "scratch"});
    const bool json = context.arguments.value("format") == "json";
    if (!context.screen.result(json ? as_json(findings) : as_text(findings)))
        return static_cast<int>(ExitCode::cannot_write);
    const bool unable = std::any_of(findings.begin(), findings.end(),
                                    [](const Finding& finding) { return finding.needed && !finding.good; });
    return static_cast<int>(unable ? ExitCode::unable : ExitCode::ok);
}

}  // namespace

extern const Subcommand doctor_command{"doctor",  "", {{"format", 0, "FORMAT", "how it is printed", {"text", "json"}}},
                                       0,         0,  Subcommand::never,
                                       run_doctor};

}  // namespace rockbuild
