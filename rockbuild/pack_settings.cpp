#include "rockbuild/pack_settings.hpp"

#include "store/checkout.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

/// A name in the environment or the configuration gives way to an option that says the other thing.
Result<void> choose_platform(const Context& context, PackOptions& options) {
    const auto& platform = context.settings[Setting::platform];
    const auto& build_for = context.settings[Setting::build_for];
    const bool by_platform = context.arguments.has("platform");
    const bool by_build_for = context.arguments.has("build-for");
    if (!platform.value.empty() && !build_for.value.empty() && by_platform == by_build_for)
        return fail("RB1104", fmt::format("{} and {} exclude each other", platform.origin, build_for.origin),
                    "give one of them", ExitCode::usage);
    if (!by_build_for || by_platform) options.platform = platform.value;
    if (!by_platform || by_build_for) options.build_for = build_for.value;
    return {};
}

}  // namespace

std::vector<Option> with_build_options(std::vector<Option> own) {
    const std::vector<Option> shared{
        {"platform", 0, {"NAME", Completes::platform}, "this platform only"},
        {"build-for", 0, {"ARCH", Completes::architecture}, "the platforms for this architecture only"},
        {"parallel", 'j', "N", "how much is done at once; else one per processor"},
        {"offline", 0, "", "ask no network: fail where it would be needed"},
        {"refresh", 0, "", "resolve anew what the lock doesn't name"},
        {"locked", 0, "", "take nothing that the lock doesn't name"},
        {"ignore", 0, "WHAT", "build on a base past its end of life", {"unmaintained"}},
        {"pebble", 0, {"FILE", Completes::file}, "this Pebble: a program, or URL#sha256:HEX"},
        {"mirror", 0, "URL", "the Debian archive, instead of the host's"},
        {"timings", 0, {"FILE", Completes::file}, "draw what ran when, as an HTML page"},
    };
    own.insert(own.end(), shared.begin(), shared.end());
    return own;
}

Result<PackOptions> pack_options(const Context& context, const ProjectFile& project) {
    const auto& settings = context.settings;
    PackOptions options;
    options.project_dir = project.dir;
    options.project_file = project.file;
    options.output_dir = absolute(context.host, context.arguments.value("output").value_or("."));
    options.cache = absolute(context.host, settings.text(Setting::cache));
    options.data = TRY(data_folder(settings));
    options.libexec = libexec_folder();
    TRY_VOID(choose_platform(context, options));
    options.pebble = settings.text(Setting::pebble);
    options.mirror = settings.text(Setting::mirror);
    options.mirror_by = settings[Setting::mirror].origin;
    options.parallel = settings.number(Setting::parallel);
    options.offline = settings.flag(Setting::offline);
    options.refresh = context.arguments.has("refresh");
    options.locked = settings.flag(Setting::locked);
    if (options.refresh && options.locked)
        return fail("RB1104", fmt::format("--refresh and {} exclude each other", settings[Setting::locked].origin),
                    "what is locked is taken anew by `rockbuild lock --update`", ExitCode::usage);
    options.ignore_unmaintained = settings.text(Setting::ignore) == "unmaintained";
    return options;
}

Result<OpenedProject> open_project(const Context& context, const ProjectFile& file,
                                   Diagnostics (*refused)(const ProjectDocument&, const std::string& data)) {
    auto options = TRY(pack_options(context, file));
    auto document = TRY(load_document(context, file));
    TRY_VOID(report(refused(document, options.data.native()), context.screen));
    auto ids = TRY(IdSpace::open(checkout_worker));
    return OpenedProject{std::move(options), std::move(document), std::move(ids)};
}

}  // namespace rockbuild
