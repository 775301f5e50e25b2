#include "parts/lifecycle.hpp"

#include "parts/lifecycle_graph.hpp"

#include <algorithm>

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

Result<void> lock_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop) {
    // What is installed below decides what packages of a layer stand for.
    const auto parts = TRY(ordered(job.project.parts));
    const auto lowest = std::ranges::find_if(parts, has_overlay);
    if (lowest != parts.end() && std::any_of(lowest + 1, parts.end(), [](const Part& part) {
            return !part.overlay_packages.empty() || !part.overlay_recommended_packages.empty();
        }))
        TRY_VOID(walk(workshop, job, {Step::overlay, {}}, {}, StepBook::Mode::run, stop));
    TRY_VOID(walk(workshop, job, {}, {}, StepBook::Mode::lock, stop));
    return {};
}

Result<std::vector<PlannedStep>> plan_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop) {
    return TRY(walk(workshop, job, {}, {}, StepBook::Mode::plan, stop)).steps;
}

}  // namespace rockbuild
