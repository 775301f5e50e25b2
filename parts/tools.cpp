#include "parts/tools.hpp"

#include <fmt/format.h>

namespace rockbuild {

Result<Tools> tools_of(const std::vector<Part>& parts, bool is_bare, const GoSource& go) {
    Tools tools;
    const PlacedText* first = nullptr;
    for (const auto& part : parts) {
        tools.plugins.push_back(TRY(plugin_build({part, is_bare})));
        for (const auto& snap : part.build_snaps) {
            auto pin = go.pin(snap.value);
            if (pin && tools.go && pin->sha256 != tools.go->sha256) {
                pin = fail("RB0908",
                           fmt::format("'{}' asks for another Go than '{}' does: parts are built in one environment",
                                       snap.value, first->value),
                           "take the same track in all parts");
                pin.error().notes.push_back({"the other one is asked for here", first->span});
            }
            if (!pin) {
                auto error = std::move(pin).error();
                error.span = snap.span;
                return std::unexpected(std::move(error));
            }
            tools.go = *pin;
            if (first == nullptr) first = &snap;
        }
    }
    return tools;
}

}  // namespace rockbuild
