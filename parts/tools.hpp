// What the steps of a project work with that no tree has to be looked at for: what each part's plugin does, and the one
// Go toolchain that `build-snaps` ask for.
#pragma once

#include "parts/plugins.hpp"
#include "parts/workshop.hpp"

#include <optional>
#include <vector>

namespace rockbuild {

struct Tools {
    std::vector<std::optional<PluginBuild>> plugins;  // of each part; none for those that run nothing
    std::optional<GoPin> go;
};

/// RB1061 for a value that a plugin can't work with, RB0906 and RB0907 for a Go that isn't there, RB0908 for two of
/// them; each at its place.
Result<Tools> tools_of(const std::vector<Part>& parts, bool is_bare, const GoSource& go);

}  // namespace rockbuild
