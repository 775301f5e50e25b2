// `rockbuild check`: see check.md.
#include "pack/findings.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/sarif.hpp"
#include "system/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

/// DIR, FILE or --file.
Result<ProjectFile> what_to_check(Context& context) {
    std::error_code error;
    const auto given = context.arguments.at(0);
    if (!given || !fs::is_regular_file(absolute(context.host, *given), error)) return find_project(context);
    const auto file = absolute(context.host, *given);
    return ProjectFile{file.parent_path(), file, *given};
}

std::string as_json(const std::string& file, bool valid, const Diagnostics& diagnostics) {
    nlohmann::ordered_json json{{"schema", "rockbuild.check/1"},
                                {"file", file},
                                {"valid", valid},
                                {"diagnostics", nlohmann::ordered_json::array()}};
    for (const auto& diagnostic : diagnostics) json["diagnostics"].push_back(diagnostic_json(diagnostic));
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<int> run_check(Context& context) {
    const auto file = TRY(what_to_check(context));
    const auto data = data_folder(context.settings);
    auto diagnostics = findings(TRY(read_project(context, file)), context.host.now, data ? data->native() : "");
    std::erase_if(diagnostics, [&](const Diagnostic& item) { return !context.screen.is_heard(item); });
    const auto first_error = std::find_if(diagnostics.begin(), diagnostics.end(),
                                          [](const Diagnostic& item) { return item.severity == Severity::error; });
    const bool valid = first_error == diagnostics.end();
    const auto format = context.arguments.value("format");
    if (format == "json" || format == "sarif") {
        if (!context.screen.result(format == "json" ? as_json(file.shown, valid, diagnostics) : sarif(diagnostics)))
            return static_cast<int>(ExitCode::cannot_write);
    } else {
        for (const auto& diagnostic : diagnostics) context.screen.report(diagnostic);
        if (valid) context.screen.say(fmt::format("{} is good", file.shown));
        else context.screen.point_to_page(*first_error);
    }
    return valid ? 0 : static_cast<int>(first_error->exit);
}

}  // namespace

extern const Subcommand check_command{
    "check",
    "[DIR | FILE]",
    {
        {"file", 'f', {"FILE", Completes::file}, "the project file, instead of DIR/rockcraft.yaml"},
        {"format", 0, "FORMAT", "how the diagnostics are printed", {"text", "json", "sarif"}},
        {"silence",
         0,
         {"CODE[:OBJECT]", Completes::error_code},
         "don't say this warning, or not of this object",
         {},
         true},
    },
    0,
    1,
    Subcommand::never,
    run_check,
    {{Completes::file}},
};

}  // namespace rockbuild
