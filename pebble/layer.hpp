// The static Pebble layer of a rock: `001-rockcraft-<name>.yaml` (spec/pebble.md §2, §20).
#pragma once

#include "project/project.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <string>

namespace rockbuild {

inline constexpr const char* pebble_folder = "var/lib/pebble/default";

/// The layer's YAML: summary, description, services, checks; only what the user set, in Pebble's field order inside an
/// object, the user's order of objects. Empty if the project has neither services nor checks. Scalars read back under
/// Pebble's YAML rules (spec/pebble.md §9) as the user meant them.
std::string layer_text(const Project& project);

/// `var/lib/pebble/default/layers/NNN-rockcraft-NAME.yaml`, NNN one above the highest order in `below` (base and prime
/// folded: spec/rockcraft-yaml.md §19.9), 001 if there is none. RB0601 if 999 is used up.
Result<std::string> layer_path(const Project& project, const Tree& below);

}  // namespace rockbuild
