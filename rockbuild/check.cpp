// `rockbuild check`: see check.md.
#include "pebble/check.hpp"
#include "bases/base.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
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

/// What `pack` would refuse, as a warning: the file itself is good.
void warn_of_old_bases(const Project& project, std::int64_t now, Diagnostics& diagnostics) {
    for (const auto* base : {&project.base, &project.build_base}) {
        const auto kind = base_kind(base->value);
        if (!kind || !is_unmaintained(*kind, now)) continue;
        Diagnostic warning;
        warning.code = "RB1110";
        warning.severity = Severity::warning;
        warning.message = fmt::format("the base {} reached its end of life on {}", base->value,
                                      kind->end_of_life.value_or("an unknown day"));
        warning.span = base->span;
        warning.hint = "`pack` refuses it, unless called with --ignore=unmaintained";
        diagnostics.push_back(std::move(warning));
        if (project.base.value == project.build_base.value) return;
    }
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
    auto reading = read_project(TRY(read_file(file.file)), file.shown);
    auto& diagnostics = reading.diagnostics;
    if (reading.project) {
        for (auto& diagnostic : check_pebble(*reading.project)) diagnostics.push_back(std::move(diagnostic));
        warn_of_old_bases(*reading.project, context.host.now, diagnostics);
        std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const Diagnostic& a, const Diagnostic& b) {
            return a.span && b.span && a.span->begin < b.span->begin;
        });
    }
    const auto first_error = std::find_if(diagnostics.begin(), diagnostics.end(),
                                          [](const Diagnostic& item) { return item.severity == Severity::error; });
    const bool valid = first_error == diagnostics.end();
    if (context.arguments.value("format") == "json") {
        if (!context.screen.result(as_json(file.shown, valid, diagnostics)))
            return static_cast<int>(ExitCode::cannot_write);
    } else {
        for (const auto& diagnostic : diagnostics) context.screen.report(diagnostic);
        if (valid) context.screen.say(fmt::format("{} is good", file.shown));
    }
    return valid ? 0 : static_cast<int>(first_error->exit);
}

}  // namespace

extern const Subcommand check_command{
    "check",
    "[DIR | FILE]",
    {
        {"file", 'f', "FILE", "the project file, instead of DIR/rockcraft.yaml"},
        {"format", 0, "FORMAT", "how the diagnostics are printed", {"text", "json"}},
    },
    0,
    1,
    static_cast<std::size_t>(-1),
    run_check,
};

}  // namespace rockbuild
