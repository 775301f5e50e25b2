// `rockbuild check`: see check.md.
#include "pebble/check.hpp"
#include "pack/findings.hpp"
#include "pebble/plan_json.hpp"
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

/// What is looked at, and what there is to say of it.
struct Verdict {
    std::string file;
    Diagnostics diagnostics;
    nlohmann::ordered_json more;  // of layers: they and their plan

    const Diagnostic* first_error() const {
        const auto found = std::find_if(diagnostics.begin(), diagnostics.end(),
                                        [](const Diagnostic& item) { return item.severity == Severity::error; });
        return found == diagnostics.end() ? nullptr : &*found;
    }
};

Result<Verdict> look_at_project(Context& context) {
    const auto file = TRY(what_to_check(context));
    const auto data = data_folder(context.settings);
    auto said = findings(TRY(read_project(context, file)), context.host.now, data ? data->native() : "");
    return Verdict{file.shown, std::move(said), nlohmann::ordered_json::object()};
}

/// DIR is the folder of layers itself, or Pebble's folder with `layers` in it.
Result<Verdict> look_at_layers(const Host& host, const std::string& given) {
    std::error_code error;
    auto folder = absolute(host, given);
    auto shown = given;
    if (!fs::is_directory(folder, error))
        return fail("RB1106", fmt::format("there is no folder {}", given), "name a folder of Pebble's layers",
                    ExitCode::no_input);
    // Whatever it is: Pebble looks there, and refuses what is no folder.
    if (fs::symlink_status(folder / "layers", error).type() != fs::file_type::not_found) {
        folder /= "layers";
        shown = (fs::path(given) / "layers").native();
    }
    auto reading = read_layers(TRY(layers_on_disk(folder, shown)));
    Verdict verdict{shown, std::move(reading.diagnostics), nlohmann::ordered_json::object()};
    verdict.more["layers"] = nlohmann::ordered_json::array();
    for (const auto& layer : reading.layers)
        verdict.more["layers"].push_back({{"path", layer.file}, {"order", layer.order}, {"label", layer.label}});
    verdict.more["plan"] = verdict.first_error() == nullptr ? plan_json(reading.plan) : nlohmann::ordered_json();
    return verdict;
}

std::string as_json(const Verdict& verdict) {
    nlohmann::ordered_json json{
        {"schema", "rockbuild.check/1"}, {"file", verdict.file}, {"valid", verdict.first_error() == nullptr}};
    json.update(verdict.more);
    json["diagnostics"] = nlohmann::ordered_json::array();
    for (const auto& diagnostic : verdict.diagnostics) json["diagnostics"].push_back(diagnostic_json(diagnostic));
    return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

Result<int> run_check(Context& context) {
    const auto layers = context.arguments.value("layers");
    if (layers && (context.arguments.at(0) || context.arguments.value("file")))
        return fail("RB1104", "check looks at a project or at layers, not at both", "leave one of them out",
                    ExitCode::usage);
    auto verdict = TRY(layers ? look_at_layers(context.host, *layers) : look_at_project(context));
    std::erase_if(verdict.diagnostics, [&](const Diagnostic& item) { return !context.screen.is_heard(item); });
    const auto* first_error = verdict.first_error();
    const auto format = context.arguments.value("format");
    if (format == "json" || format == "sarif") {
        if (!context.screen.result(format == "json" ? as_json(verdict) : sarif(verdict.diagnostics)))
            return static_cast<int>(ExitCode::cannot_write);
    } else {
        for (const auto& diagnostic : verdict.diagnostics) context.screen.report(diagnostic);
        if (first_error == nullptr) context.screen.say(fmt::format("{} is good", verdict.file));
        else context.screen.point_to_page(*first_error);
    }
    return first_error == nullptr ? 0 : static_cast<int>(first_error->exit);
}

}  // namespace

extern const Subcommand check_command{
    "check",
    "[DIR | FILE | --layers DIR]",
    {
        {"file", 'f', {"FILE", Completes::file}, "the project file, instead of DIR/rockcraft.yaml"},
        {"layers", 0, {"DIR", Completes::folder}, "a folder of Pebble's layers, instead of a project"},
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
