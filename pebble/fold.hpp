// Layers folded to a plan, as Pebble combines them (spec/pebble.md §10).
#pragma once

#include "pebble/plan.hpp"

#include <vector>

namespace rockbuild {

/// The layers in their order, whatever order they are given in. Of an object whose `override` says `merge`, or nothing
/// that Pebble knows, the fields that are set are laid over those that are there, and lists grow; otherwise it takes
/// the place of the earlier one.
PebblePlan fold_layers(std::vector<PebbleLayer> layers);

}  // namespace rockbuild
