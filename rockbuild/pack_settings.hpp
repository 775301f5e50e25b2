// What `pack` and `plan` share: from options and settings to the values that pack/ takes.
#pragma once

#include "pack/pack.hpp"
#include "rockbuild/places.hpp"

namespace rockbuild {

/// RB1104 when a platform and an architecture are both asked for.
Result<PackOptions> pack_options(const Context& context, const ProjectFile& project);

}  // namespace rockbuild
