// `rockbuild resolve`: see resolve.md.
#include "project/resolved.hpp"

#include "parts/order.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/yaml_text.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

/// The build that is shown: on this machine, if it can build the platform.
Build build_of(const Platform& platform, const Arch& host) {
    const bool here = std::find(platform.build_on.begin(), platform.build_on.end(), host) != platform.build_on.end();
    return {platform, here ? host : platform.build_on.front()};
}

/// The platform that is asked for, else the one for this machine, else the first.
Result<Platform> chosen_platform(const Context& context, const ProjectDocument& document) {
    const auto& wanted = context.settings.text(Setting::platform);
    const auto& platforms = document.platforms;
    const auto found = std::find_if(platforms.begin(), platforms.end(), [&](const Platform& platform) {
        return wanted.empty() ? platform.build_for == context.host.arch : platform.label == wanted;
    });
    if (found != platforms.end()) return *found;
    if (wanted.empty()) return platforms.front();
    auto error = fail("RB1107", fmt::format("there is no platform '{}'", wanted), "name one of `platforms:`");
    std::vector<std::string> labels;
    for (const auto& platform : platforms) labels.push_back(platform.label);
    error.error().suggestions = suggestions(wanted, labels);
    error.error().span = platforms.front().span;
    return error;
}

Result<int> run_resolve(Context& context) {
    const auto document = TRY(load_document(context, TRY(find_project(context))));
    const auto build = build_of(TRY(chosen_platform(context, document)), context.host.arch);
    std::vector<std::string> order;
    for (const auto& part : TRY(ordered(project_for(document, build).parts))) order.push_back(part.name);
    const auto json = resolved(document, build, order);
    const bool yaml = context.arguments.value("format") == "yaml";
    return context.screen.result(yaml ? as_yaml(json.at("project"))
                                      : json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n")
               ? 0
               : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand resolve_command{
    "resolve",
    "[DIR]",
    {
        {"file", 'f', {"FILE", Completes::file}, "the project file, instead of DIR/rockcraft.yaml"},
        {"platform", 0, {"NAME", Completes::platform}, "this platform, instead of the one for this machine"},
        {"format", 0, "FORMAT", "how it is printed; YAML is the project alone", {"json", "yaml"}},
    },
    0,
    1,
    Subcommand::never,
    run_resolve,
    {{Completes::folder}},
};

}  // namespace rockbuild
