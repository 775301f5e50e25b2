// PRIME (spec/parts-lifecycle.md §6, §12): what `prime` chooses of install, as it lies in stage, with its permissions,
// laid into the shared tree; or what override-prime makes of that as it stands. Then what the base has alike goes.
#include "parts/fileset.hpp"
#include "parts/lifecycle_graph.hpp"
#include "parts/variables.hpp"

#include <fmt/format.h>

namespace rockbuild {

void LifecycleGraph::prime(std::size_t index) {
    const auto& part = parts_[index];
    const auto& state = states_[index];
    if (has_overlay(part) && !overlay_primed_) {
        overlay_primed_ = true;
        lay_overlay_into_prime(part);
    }
    const auto* script = script_or_shell(index, Step::prime, part.override_prime);
    auto draft = this->draft(index, Step::prime, script);
    const auto before = prime_;
    const auto stage = stage_;
    // What the part chooses for itself, or what a script made of stage, has to be looked up there.
    std::optional<Slot> staged;
    if (stage_written_by_script_ || !joins_stage(part.prime)) staged = found_in_stage(*state.install);
    read(draft, state.install);
    read(draft, state.stage);  // not seen, but waited for: what is wrong with `stage` is said there, once
    read(draft, staged);
    if (script != nullptr) {
        read(draft, stage);
        read(draft, before);
    }
    const auto primed = write(draft);
    add(std::move(draft),
        [this, &part, before, stage, staged, primed, install = *state.install](TaskSlots& slots,
                                                                               const Draft& step) -> Result<void> {
            const auto fileset = effective_prime(part.stage, part.prime);
            StepInputs inputs("prime", part.name);
            inputs.value("install", slots[install])
                .field("prime", texts(fileset))
                .field("prefix of pkg-config files", inside::stage)
                .field("permissions", permission_texts(part));
            if (staged) inputs.value("install as it lies in stage", slots[*staged]);
            if (step.site) {
                inputs.value("stage", slots[stage]);
                inputs.value("prime as it stands", slots[before]);
                TRY_VOID(script_inputs(slots, inputs, step));
            }
            const auto result = TRY(ask_book(step, std::move(inputs), [&]() -> Result<std::optional<StepResult>> {
                StepResult made;
                const auto& installed = *slots[install].digest;
                auto chosen = TRY(staged_as(part, installed, fileset));
                if (staged) chosen = TRY(looked_up(chosen, part, *TRY(store_.tree(*slots[*staged].digest))));
                chosen = with_permissions(chosen, part.permissions);
                const auto digest = TRY(store_.put_tree(chosen));
                made.trees["prime"] = digest;
                if (!step.site) return made;
                const auto& shared = *slots[before].digest;
                auto outcome = TRY(run_script(slots, step,
                                              {{inside::prime, {shared}, "prime", false},
                                               {inside::part(part.name) + "/install", {installed}, "", false},
                                               {inside::stage, {*slots[stage].digest}, "", false},
                                               {inside::tools + "/default", {digest}, "", false}},
                                              {inside::tools + "/default", inside::prime, {}}, inside::prime, installed,
                                              *slots[stage].digest, made));
                if (outcome.gave_way) return std::nullopt;
                made.trees["prime"] = TRY(store_.put_tree(with_times_of(outcome.deltas["prime"], chosen)));
                return made;
            }));
            slots.set(primed, output(step, result, "prime"));
            return finish(slots, step, result);
        });
    prime_ = fold(
        {before, primed, base_, overlay_}, [this, scripted = script != nullptr](const auto& values) -> Result<Value> {
            const auto merged =
                scripted ? TRY(folds_.applied(values[0], values[1])) : TRY(folds_.migrated(values[0], values[1]));
            return folds_.pruned(merged, values[2], values[3]);
        });
}

/// The first part with an overlay that is primed brings all of it, under its own permissions.
void LifecycleGraph::lay_overlay_into_prime(const Part& part) {
    prime_ = fold({prime_, overlay_}, [this, &part](const auto& values) -> Result<Value> {
        const auto visible = TRY(folds_.visible(values[1]));
        if (!visible) return visible;
        const auto permitted = with_permissions(*TRY(store_.tree(*visible.digest)), part.permissions);
        return folds_.migrated(values[0], Value::known(TRY(store_.put_tree(permitted)), visible.from));
    });
}

/// What the part installs with what scripts made of it in stage, and less what isn't there
/// (spec/parts-lifecycle.md §6: prime reads stage). A fold of its own: where stage changed elsewhere, no prime runs.
Slot LifecycleGraph::found_in_stage(Slot install) {
    return fold({install, stage_}, [this](const auto& values) {
        return folds_.remembered("found in stage", values, [](const auto& trees) -> Result<Tree> {
            const auto &installed = *trees[0], &staged = *trees[1];
            std::vector<Entry> entries;
            for (const auto& entry : installed.entries()) {
                // Its folders may be links there by now; of a link at the end, the link itself is primed.
                const auto place = resolve(staged, entry.path, entry.type == EntryType::folder);
                const auto* there = place ? staged.find(*place) : nullptr;
                if (there == nullptr) continue;
                entries.push_back(*there);
                entries.back().path = entry.path;
            }
            return Tree::of(std::move(entries));
        });
    });
}

/// The chosen paths with what lies there in stage. RB1011: one of them doesn't.
Result<Tree> LifecycleGraph::looked_up(const Tree& chosen, const Part& part, const Tree& staged) {
    std::vector<Entry> entries;
    for (const auto& entry : chosen.entries()) {
        const auto* there = staged.find(entry.path);
        if (there == nullptr) {
            auto error = fail("RB1011", fmt::format("'{}' is to be primed, but isn't in stage", entry.path),
                              "choose it in `stage:` too, or leave it out with `prime: [-PATH]`");
            error.error().span = part.span;
            return error;
        }
        entries.push_back(*there);
    }
    return Tree::of(std::move(entries));
}

}  // namespace rockbuild
