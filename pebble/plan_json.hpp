// Plans as JSON: keys as in a layer file, durations as Go writes them, only what is set.
#pragma once

#include "pebble/plan.hpp"

#include <nlohmann/json.hpp>

namespace rockbuild {

/// As `pebble plan` prints it: sections that hold something, objects by name, a check's threshold always.
nlohmann::ordered_json plan_json(const PebblePlan& plan);

}  // namespace rockbuild
