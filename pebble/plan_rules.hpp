// What Pebble refuses in layers that it could read, and in the plan that they fold to (spec/pebble.md §11); and what it
// takes though it is hardly meant (§12).
#pragma once

#include "pebble/layer_fields.hpp"
#include "pebble/plan.hpp"

namespace rockbuild {

/// Of one layer, which Pebble looks at before it folds: RB0312 (no `override`), RB0314 (a word or number that it
/// doesn't know), RB0610 (a period of nothing), RB0611 (a command that can't be split), RB0613 (a name that it keeps
/// for itself), RB0614 (a group without a user).
void check_layer(const PebbleLayer& layer, LayerReading& reading);

/// Of the plan: RB0605 (Pebble crashes on it as it starts; a warning RB0645 where only later), RB0612 (names of others,
/// circles), RB0614, RB0615 (something that the plan needs), RB0616 (two accounts).
void check_plan(const PebblePlan& plan, LayerReading& reading);

/// Warnings RB0621 – RB0638, RB0640, RB0644, each naming its object.
void warn_of_plan(const PebblePlan& plan, LayerReading& reading);

/// The services that wait for each other, or that require each other: each circle with the entries that make it.
struct ServiceCircle {
    std::vector<std::string> names;
    std::vector<Span> entries;
};
std::vector<ServiceCircle> waiting_circles(const PebblePlan& plan);
std::vector<ServiceCircle> requiring_circles(const PebblePlan& plan);

}  // namespace rockbuild
