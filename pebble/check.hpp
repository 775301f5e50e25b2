// What Pebble would refuse when it loads the rock's layer, and what it takes though it is almost surely wrong, found in
// the project file (spec/pebble.md §4, §5, §8, §11, §12).
#pragma once

#include "project/project.hpp"
#include "support/diagnostic.hpp"

namespace rockbuild {

/// Errors RB0610 (durations), RB0611 (commands), RB0612 (names of other objects, order), RB0613 (reserved names),
/// RB0614 (a group without a user); warnings RB0620. In the file's order.
Diagnostics check_pebble(const Project& project);

}  // namespace rockbuild
