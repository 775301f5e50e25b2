// Which scripts may set what `adopt-info` leaves open, and which see it (spec/parts-lifecycle.md §7.3). Only the part
// that the project names gives values; who sees them, the script's text decides (DESIGN.md §7), except for that part:
// what its scripts call may set too.
#pragma once

#include "parts/craftctl.hpp"
#include "parts/order.hpp"
#include "project/project.hpp"
#include "store/store.hpp"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

bool gives_values(const Project& project, const Part& part);
/// Then the values are input of the step.
bool sees_values(const Project& project, const Part& part, Step step, const Script& script);

/// What the file says of them, by name.
std::vector<std::pair<std::string, std::string>> written_values(const Project& project);

/// What `craftctl` does in that script, and why it refuses what it refuses.
Control control_for(const Project& project, const Part& part, Step step, const Script& script, DefaultAction action);

/// What `craftctl set` left in the tree `values`, by name.
Result<std::map<std::string, std::string>> values_in(const Store& store, const Digest& values);

}  // namespace rockbuild
