#include "parts/tools.hpp"

#include "parts/variables.hpp"
#include "toolchains/go_toolchain.hpp"
#include "toolchains/node_toolchain.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

/// What the lock names, else what this rockbuild has pinned.
Result<WheelPin> locked_pin(const LockRequest& request, const Workshop& workshop, const ToolchainSource& source,
                            const std::string& track) {
    if (const auto locked = TRY(workshop.lock->ask(request)).value) {
        const WheelPin pin{locked->fields.at("requirement"), TRY(Digest::parse(locked->fields.at("wheel")))};
        workshop.lock->gave(request, pin.sha256.str());
        return pin;
    }
    auto pin = TRY(source.pin(track));
    workshop.lock->resolved(request, {{{"requirement", pin.requirement}, {"wheel", pin.sha256.str()}}, {}, {}});
    return pin;
}

/// The one toolchain of a kind that the parts' snaps ask for.
Result<std::optional<WheelPin>> asked_for(const std::vector<Part>& parts, const Job& job, const Workshop& workshop,
                                          const WheelTool& tool, const ToolchainSource& source,
                                          const char* two_of_them) {
    std::optional<WheelPin> chosen;
    const PlacedText* first = nullptr;
    for (const auto& part : parts)
        for (const auto& snap : part.build_snaps) {
            const auto track = snap_track(tool, snap.value);
            if (!track) continue;
            auto pin = locked_pin({std::string(tool.name),
                                   {{"architecture", std::string(job.build_on.debian)}, {"track", *track}},
                                   {part.name},
                                   snap.span},
                                  workshop, source, *track);
            if (pin && chosen && pin->sha256 != chosen->sha256) {
                pin = fail(two_of_them,
                           fmt::format("'{}' asks for another {} than '{}' does: parts are built in one environment",
                                       snap.value, tool.title, first->value),
                           "take the same track in all parts");
                pin.error().notes.push_back({"the other one is asked for here", first->span});
            }
            if (!pin) {
                auto error = std::move(pin).error();
                if (!error.span) error.span = snap.span;
                return std::unexpected(std::move(error));
            }
            chosen = *pin;
            if (first == nullptr) first = &snap;
        }
    return chosen;
}

}  // namespace

Result<Tools> tools_of(const std::vector<Part>& parts, const Job& job, const Workshop& workshop) {
    const bool is_bare = job.project.base.value == "bare";
    Tools tools;
    for (const auto& part : parts) tools.plugins.push_back(TRY(plugin_build({part, is_bare})));
    if (const auto go = TRY(asked_for(parts, job, workshop, go_tool, workshop.go, "RB0908")))
        tools.toolchains.push_back({&workshop.go, "go", inside::go, *go});
    if (const auto node = TRY(asked_for(parts, job, workshop, node_tool, workshop.node, "RB0910")))
        tools.toolchains.push_back({&workshop.node, "node", inside::node, *node});
    return tools;
}

}  // namespace rockbuild
