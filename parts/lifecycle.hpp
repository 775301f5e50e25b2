// The lifecycle of one build: every step of every part as a function of its key, folded in upstream's sequence
// (DESIGN.md §3.1, §7). Planning and running are this one graph.
#pragma once

#include "parts/order.hpp"
#include "parts/plan.hpp"
#include "parts/shell.hpp"
#include "parts/workshop.hpp"

#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

/// What is left at the end.
struct Primed {
    Digest tree;  // a delta over the base: prime, pruned, with the overlay's whiteouts, placed through the base's links
    Digest base;  // the base's tree
    std::map<std::string, std::string> values;  // what scripts gave the project by `craftctl set`
};

/// A tree that the goal asked for.
struct GoalTree {
    std::string part;  // empty: the shared tree
    Digest tree;
};

struct WalkResult {
    std::optional<Primed> primed;  // of a run to the end of all parts
    std::vector<GoalTree> trees;   // of the goal's step
    std::vector<PlannedStep> steps;
};

/// Runs what isn't done, up to `goal`. After an error what was finished is kept. With a wish for a shell the step that
/// it names runs, whether it was done or not; none of its results is kept if the shell came instead of it.
Result<WalkResult> run_lifecycle(const Workshop& workshop, const Job& job, const Goal& goal, const ShellWish& shell,
                                 const std::stop_token& stop);
/// Asks workshop.lock for all that a build's steps would ask of the network, and resolves what it doesn't answer. Steps
/// run only where packages are installed over layers that steps make.
Result<void> lock_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop);
/// What run_lifecycle would do to the end of all parts: no process, no network.
Result<std::vector<PlannedStep>> plan_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop);

}  // namespace rockbuild
