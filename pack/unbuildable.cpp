// What this version doesn't build yet, though the language has it: said before anything starts, each at its place.
#include "bases/base.hpp"
#include "pack/builds.hpp"
#include "parts/plugins.hpp"
#include "parts/sources.hpp"
#include "project/variables.hpp"
#include "toolchains/go_toolchain.hpp"
#include "toolchains/node_toolchain.hpp"

#include <fmt/format.h>

#include <filesystem>

namespace rockbuild {

namespace {

class Unbuildable {
public:
    explicit Unbuildable(const std::string& data) : data_(data) {}

    Diagnostics all(const Project& project) {
        for (const auto* base : {&project.base, &project.build_base})
            if (!base_kind(base->value))
                say(fmt::format("the base '{}'", base->value), base->span,
                    "take debian@12, or bare with build-base: debian@12");
        for (const auto& repository : project.package_repositories)
            say("'package-repositories'", repository.span, "only Debian's own archive is a source of packages so far");
        for (const auto& part : project.parts) of_part(part);
        return std::move(found_);
    }

private:
    void say(const std::string& what, const Span& place, std::string cure) {
        auto& item = found_.emplace_back();
        item.code = "RB0311";
        item.message =
            fmt::format("{} is part of the language, but this version of rockbuild doesn't build it yet", what);
        item.span = place;
        item.hint = std::move(cure);
    }

    void of_part(const Part& part) {
        if (!part.plugin.value.empty() && !builds_plugin(part.plugin.value))
            say(fmt::format("the plugin '{}'", part.plugin.value), part.plugin.span,
                "use plugin: nil with override-build");
        of_source(part);
        texts("stage-snaps", part.stage_snaps, "use stage-packages, or fetch the files in override-pull");
        for (const auto& snap : part.build_snaps) of_snap(snap);
        texts("stage-slices", part.stage_slices, "use stage-packages with a `stage:` fileset");
        for (const auto& name : part.stage_packages)
            if (name.value.find('_') != std::string::npos)
                say(fmt::format("the slice '{}'", name.value), name.span,
                    "name the whole package, and leave out what you don't need with `stage:`");
    }

    void of_snap(const PlacedText& snap) {
        for (const auto* tool : {&go_tool, &node_tool})
            if (const auto track = snap_track(*tool, snap.value)) return of_track(*tool, *track, snap.span);
        say(fmt::format("the snap '{}' in build-snaps", snap.value), snap.span, "use build-packages");
    }

    /// Is it pinned for any machine? Where the data files can't be found, that is said by who needs them.
    void of_track(const WheelTool& tool, const std::string& track, const Span& place) {
        if (data_.empty()) return;
        auto pinned = wheel_pin(data_, tool, track, architectures[0]);
        if (pinned || pinned.error().code != "RB0907") return;
        pinned.error().span = place;
        found_.push_back(std::move(pinned.error()));
    }

    void of_source(const Part& part) {
        if (!part.source) return;
        const auto kind = source_kind(part);
        if (kind == "snap" || kind == "rpm" || kind == "7z")
            say(fmt::format("a source of type '{}'", kind), part.source->span,
                "fetch it as source-type: file, and unpack it in override-build");
        else if (is_source_path(part) && leaves_project(part.source->value))
            say(fmt::format("the source '{}' outside of the project's folder", part.source->value), part.source->span,
                "move it there");
    }

    bool leaves_project(const std::string& source) const {
        const auto path = std::filesystem::path(source).lexically_normal();
        if (!data_.empty() && path.native().starts_with(data_ + "/")) return false;
        return path.is_absolute() ? from_project(source) == source : !path.empty() && *path.begin() == "..";
    }

    void texts(const char* key, const std::vector<PlacedText>& list, const char* cure) {
        for (const auto& text : list) say(fmt::format("'{}'", key), text.span, cure);
    }

    const std::string& data_;
    Diagnostics found_;
};

}  // namespace

Diagnostics unbuildable(const Project& project, const std::string& data) { return Unbuildable(data).all(project); }

Diagnostics unbuildable(const ProjectDocument& document, const std::string& data) {
    Diagnostics all;
    for (const auto& build : different_builds(document))
        for (auto& item : unbuildable(project_for(document, build), data)) all.push_back(std::move(item));
    name_makers(document.makers, all);
    put_in_order(all);
    return all;
}

}  // namespace rockbuild
