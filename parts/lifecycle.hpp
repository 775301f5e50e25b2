// The lifecycle of one build: every step of every part as a function of its key, folded in upstream's sequence
// (DESIGN.md §3.1, §7). Planning and running are this one walk.
#pragma once

#include "parts/plan.hpp"
#include "parts/workshop.hpp"

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

/// What is left at the end of the walk.
struct Primed {
    Digest tree;  // a delta over the base: prime, pruned, with the overlay's whiteouts, placed through the base's links
    Digest base;  // the base's tree
    std::map<std::string, std::string> values;  // what scripts gave the project by `craftctl set`
};

struct WalkResult {
    std::optional<Primed> primed;  // none if planning found work
    std::vector<PlannedStep> steps;
};

/// Runs what isn't done. After an error what was finished is kept.
Result<WalkResult> run_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop);
/// What run_lifecycle would do: no process, no network.
Result<WalkResult> plan_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop);

}  // namespace rockbuild
