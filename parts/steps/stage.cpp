// STAGE (spec/parts-lifecycle.md §6, §13): what `stage` chooses of install, laid into the shared tree after a look for
// collisions; or what override-stage makes of the shared tree as it stands.
#include "parts/fileset.hpp"
#include "parts/lifecycle_graph.hpp"
#include "parts/variables.hpp"

namespace rockbuild {

void LifecycleGraph::stage(std::size_t index) {
    const auto& part = parts_[index];
    auto& state = states_[index];
    if (has_overlay(part) && !overlay_staged_) {
        overlay_staged_ = true;
        lay_into_stage(index, fold({overlay_}, [this](const auto& values) { return folds_.visible(values[0]); }), true);
    }
    const auto* script = script_or_shell(index, Step::stage, part.override_stage);
    auto draft = this->draft(index, Step::stage, script);
    const auto before = stage_;
    read(draft, state.install);
    if (script != nullptr) read(draft, before);
    const auto contribution = write(draft);
    state.stage = contribution;
    state.stage_scripted = script != nullptr;
    add(std::move(draft),
        [this, &part, before, contribution, install = *state.install](TaskSlots& slots,
                                                                      const Draft& step) -> Result<void> {
            StepInputs inputs("stage", part.name);
            inputs.value("install", slots[install]).field("stage", texts(part.stage));
            if (step.site) {
                inputs.value("stage as it stands", slots[before]);
                TRY_VOID(script_inputs(slots, inputs, step));
            }
            const auto result = TRY(ask_book(step, std::move(inputs), [&]() -> Result<std::optional<StepResult>> {
                StepResult staged;
                const auto& installed = *slots[install].digest;
                const auto chosen = TRY(select(*TRY(store_.tree(installed)), part.stage));
                const auto digest = TRY(store_.put_tree(chosen));
                staged.trees["stage"] = digest;
                if (!step.site) return staged;
                const auto& shared = *slots[before].digest;
                auto outcome = TRY(run_script(slots, step,
                                              {{inside::stage, {shared}, "stage", false},
                                               {inside::part(part.name) + "/install", {installed}, "", false},
                                               {inside::tools + "/default", {digest}, "", false}},
                                              {inside::tools + "/default", inside::stage, {}}, inside::stage, installed,
                                              shared, staged));
                if (outcome.gave_way) return std::nullopt;
                staged.trees["stage"] = TRY(store_.put_tree(with_times_of(outcome.deltas["stage"], chosen)));
                return staged;
            }));
            slots.set(contribution, output(step, result, "stage"));
            return finish(slots, step, result);
        });
    if (script != nullptr) {
        stage_ =
            fold({before, contribution}, [this](const auto& values) { return folds_.applied(values[0], values[1]); });
        stage_written_by_script_ = true;
    } else {
        lay_into_stage(index, contribution, false);
    }
}

/// Folds a contribution into stage, after the collision check. The check is remembered with the fold: a fold that
/// was made once over the same contributions had none.
void LifecycleGraph::lay_into_stage(std::size_t index, Slot contribution, bool overlay) {
    contributed_.push_back(contribution);
    owners_.push_back({&parts_[index], overlay, nullptr});
    auto arguments = contributed_;
    arguments.push_back(stage_);
    stage_ = fold(std::move(arguments), [this, overlay, owners = owners_](const auto& values) {
        return folds_.remembered(overlay ? "stage the overlay" : "stage a part", values,
                                 [&](const auto& trees) -> Result<Tree> {
                                     auto contributions = owners;
                                     for (std::size_t i = 0; i < contributions.size(); ++i)
                                         contributions[i].tree = trees[i];
                                     TRY_VOID(check_collisions(store_, contributions));
                                     return migrate(*trees.back(), *trees[trees.size() - 2]);
                                 });
    });
}

}  // namespace rockbuild
