// What the commands that build or plan share: from options and settings to the values that pack/ takes.
#pragma once

#include "pack/pack.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"

#include <vector>

namespace rockbuild {

/// `own`, and after them the options of every command that builds.
std::vector<Option> with_build_options(std::vector<Option> own);

/// RB1104 when a platform and an architecture are both asked for.
Result<PackOptions> pack_options(const Context& context, const ProjectFile& project);

}  // namespace rockbuild
