#include "parts/lifecycle.hpp"

#include "parts/lifecycle_graph.hpp"

namespace rockbuild {

namespace {

constexpr const char* hidden_pebble = "pebble";

/// The hidden part (spec/rockcraft-yaml.md §9): what it installs is made, not built by a script. What is said of it has
/// the place of the project's name.
Part pebble_part(const Span& place) {
    Part part;
    part.name = hidden_pebble;
    part.span = place;
    part.plugin.value = "nil";
    part.overlay = part.stage = part.prime = {{"*", {}}};
    return part;
}

Result<WalkResult> walk(const Workshop& workshop, const Job& job, const Goal& goal, const ShellWish& shell,
                        StepBook::Mode mode, const std::stop_token& stop) {
    auto parts = job.project.parts;
    parts.push_back(pebble_part(job.project.name.span));
    auto book = TRY(StepBook::open(workshop.store, workshop.events, mode, job.project_note, job.platform.label));
    return LifecycleGraph(workshop, job, goal, shell, book, TRY(ordered(std::move(parts)))).run(stop);
}

}  // namespace

bool is_hidden_pebble(const Part& part) { return part.name == hidden_pebble; }

Result<WalkResult> run_lifecycle(const Workshop& workshop, const Job& job, const Goal& goal, const ShellWish& shell,
                                 const std::stop_token& stop) {
    return walk(workshop, job, goal, shell, StepBook::Mode::run, stop);
}

Result<std::vector<PlannedStep>> plan_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop) {
    return TRY(walk(workshop, job, {}, {}, StepBook::Mode::plan, stop)).steps;
}

}  // namespace rockbuild
