// Plans as a table and as JSON (CLI.md §3).
#pragma once

#include "parts/plan.hpp"

#include <string>
#include <vector>

namespace rockbuild {

/// "hit", "miss", "maybe", "unresolved".
const char* prediction_name(Prediction prediction);

std::string plan_table(const std::vector<Plan>& plans);
/// `rockbuild.plan/1`; each step names its platform.
std::string plan_json(const std::vector<Plan>& plans);
/// For Graphviz: the steps of each platform, an arrow to whoever reads its output.
std::string plan_dot(const std::vector<Plan>& plans);

}  // namespace rockbuild
