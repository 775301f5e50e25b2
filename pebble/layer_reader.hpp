// A layer out of its YAML, with the strictness of Pebble's reader (spec/pebble.md §3–§9); and the layer that a project
// file makes, by the same reader: places are then those of the project file.
#pragma once

#include "pebble/layer_fields.hpp"
#include "pebble/plan.hpp"
#include "project/project.hpp"

#include <string>
#include <string_view>

namespace rockbuild {

/// Errors RB0300 – RB0302 (no YAML), RB0310 (unknown section or key), RB0313 (another type), RB0610 (no duration);
/// warnings RB0639, RB0641, RB0642. `layer` has its order, label and file; what can be read is put into it.
void read_layer(std::string_view text, PebbleLayer& layer, LayerReading& reading);

/// The services and checks of a project as the layer that `layer_text` (layer.hpp) writes.
PebbleLayer layer_of(const Project& project, LayerReading& reading);

}  // namespace rockbuild
