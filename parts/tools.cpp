#include "parts/tools.hpp"

#include "parts/variables.hpp"
#include "toolchains/go_toolchain.hpp"
#include "toolchains/node_toolchain.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

/// The one toolchain of a kind that the parts' snaps ask for.
Result<std::optional<WheelPin>> asked_for(const std::vector<Part>& parts, const WheelTool& tool,
                                          const ToolchainSource& source, const char* two_of_them) {
    std::optional<WheelPin> chosen;
    const PlacedText* first = nullptr;
    for (const auto& part : parts)
        for (const auto& snap : part.build_snaps) {
            const auto track = snap_track(tool, snap.value);
            if (!track) continue;
            auto pin = source.pin(*track);
            if (pin && chosen && pin->sha256 != chosen->sha256) {
                pin = fail(two_of_them,
                           fmt::format("'{}' asks for another {} than '{}' does: parts are built in one environment",
                                       snap.value, tool.title, first->value),
                           "take the same track in all parts");
                pin.error().notes.push_back({"the other one is asked for here", first->span});
            }
            if (!pin) {
                auto error = std::move(pin).error();
                error.span = snap.span;
                return std::unexpected(std::move(error));
            }
            chosen = *pin;
            if (first == nullptr) first = &snap;
        }
    return chosen;
}

}  // namespace

Result<Tools> tools_of(const std::vector<Part>& parts, bool is_bare, const Workshop& workshop) {
    Tools tools;
    for (const auto& part : parts) tools.plugins.push_back(TRY(plugin_build({part, is_bare})));
    if (const auto go = TRY(asked_for(parts, go_tool, workshop.go, "RB0908")))
        tools.toolchains.push_back({&workshop.go, "go", inside::go, *go});
    if (const auto node = TRY(asked_for(parts, node_tool, workshop.node, "RB0910")))
        tools.toolchains.push_back({&workshop.node, "node", inside::node, *node});
    return tools;
}

}  // namespace rockbuild
