// What the steps of a project work with that no tree has to be looked at for: what each part's plugin does, and the
// toolchains that `build-snaps` ask for, of each kind one.
#pragma once

#include "parts/plugins.hpp"
#include "parts/workshop.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// A toolchain of the project, and where its steps see it.
struct PlacedToolchain {
    const ToolchainSource* source = nullptr;
    std::string name;    // go, node: in keys
    std::string inside;  // /opt/go
    WheelPin pin;
};

struct Tools {
    std::vector<std::optional<PluginBuild>> plugins;  // of each part; none for those that run nothing
    std::vector<PlacedToolchain> toolchains;
};

/// The lock's toolchains count before those that this rockbuild has pinned. RB1061 for a value that a plugin can't work
/// with, RB0906 and RB0907 for a toolchain that isn't there, RB0908 for two of Go, RB0910 for two of Node; each at its
/// place.
Result<Tools> tools_of(const std::vector<Part>& parts, const Job& job, const Workshop& workshop);

}  // namespace rockbuild
