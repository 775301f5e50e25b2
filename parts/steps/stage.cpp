// STAGE (spec/parts-lifecycle.md §6, §13): what `stage` chooses of install, laid into the shared tree after a look for
// collisions; or what override-stage makes of the shared tree as it stands.
#include "parts/fileset.hpp"
#include "parts/lifecycle_graph.hpp"
#include "parts/pkg_config.hpp"
#include "parts/variables.hpp"

#include <fmt/ranges.h>

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
    const auto picked = script != nullptr ? write(draft) : contribution;
    state.stage = contribution;
    state.stage_scripted = script != nullptr;
    add(std::move(draft),
        [this, &part, before, contribution, picked, install = *state.install](TaskSlots& slots,
                                                                              const Draft& step) -> Result<void> {
            StepInputs inputs("stage", part.name);
            inputs.value("install", slots[install])
                .field("stage", texts(part.stage))
                .field("prefix of pkg-config files", inside::stage);
            if (step.site) {
                inputs.value("stage as it stands", slots[before]);
                TRY_VOID(script_inputs(slots, inputs, step));
            }
            const auto result = TRY(ask_book(step, std::move(inputs), [&]() -> Result<std::optional<StepResult>> {
                StepResult staged;
                const auto& installed = *slots[install].digest;
                const auto chosen = TRY(staged_as(part, installed, part.stage));
                const auto digest = TRY(store_.put_tree(chosen));
                staged.trees["stage"] = staged.trees["chosen"] = digest;
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
            if (step.site) slots.set(picked, output(step, result, "chosen"));
            return finish(slots, step, result);
        });
    if (script != nullptr) {
        // Whatever the script does, what the part chose to stage may not collide (spec/parts-lifecycle.md §13).
        stage_ = fold({before, contribution, looked_for_collisions(index, picked, false)},
                      [this](const auto& values) { return folds_.applied(values[0], values[1]); });
        stage_written_by_script_ = true;
    } else {
        lay_into_stage(index, contribution, false);
    }
}

/// Folds a contribution into stage, after the collision check. The check is remembered with the fold: a fold that
/// was made once over the same contributions had none.
void LifecycleGraph::lay_into_stage(std::size_t index, Slot contribution, bool overlay) {
    const auto checked = looked_for_collisions(index, contribution, overlay);
    stage_ = fold({stage_, contribution, checked},
                  [this](const auto& values) { return folds_.migrated(values[0], values[1]); });
}

/// A slot that is written when what the part stages was found to collide with nothing that was staged before.
Slot LifecycleGraph::looked_for_collisions(std::size_t index, Slot chosen, bool overlay) {
    contributed_.push_back(chosen);
    owners_.push_back({&parts_[index], overlay, nullptr});
    return fold(contributed_,
                [this, owners = owners_, name = "look for collisions" + said_of_owners()](const auto& values) {
                    return folds_.remembered(name, values, [&](const auto& trees) -> Result<Tree> {
                        auto contributions = owners;
                        for (std::size_t i = 0; i < contributions.size(); ++i) contributions[i].tree = trees[i];
                        TRY_VOID(check_collisions(store_, contributions));
                        return Tree();
                    });
                });
}

/// What a look for collisions sees besides the trees.
std::string LifecycleGraph::said_of_owners() const {
    std::string text;
    for (const auto& owner : owners_)
        text +=
            fmt::format("\n{} {}", owner.overlay ? "overlay" : "part", fmt::join(permission_texts(*owner.part), "\n "));
    return text;
}

/// What the entries choose of what the part installs, as it lies in stage.
Result<Tree> LifecycleGraph::staged_as(const Part& part, const Digest& install,
                                       const std::vector<PlacedText>& entries) {
    return with_prefixes_below(store_, TRY(select(*TRY(store_.tree(install)), entries)), inside::stage,
                               inside::part(part.name) + "/install");
}

}  // namespace rockbuild
