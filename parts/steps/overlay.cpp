// OVERLAY (spec/parts-lifecycle.md §6, §14): packages installed into the base and the layers so far, then the part's
// script, then its filter: what is left is the part's layer, a delta. An overlay-script runs in the build environment,
// with the overlay at $CRAFT_OVERLAY; the root of an override-overlay is the overlay itself.
#include "parts/fileset.hpp"
#include "parts/lifecycle_graph.hpp"
#include "parts/variables.hpp"

namespace rockbuild {

void LifecycleGraph::overlay(std::size_t index) {
    const auto& part = parts_[index];
    auto& state = states_[index];
    const auto& within = part.override_overlay;
    const auto* script = within ? nullptr : script_or_shell(index, Step::overlay, part.overlay_script);
    if (!has_overlay(part) && script == nullptr) {
        state.stack = stack_;
        return;
    }
    auto draft = this->draft(index, Step::overlay, script);
    const auto below = stack_;
    const auto layers = overlay_;
    read(draft, below);
    read(draft, layers);
    const auto layer = write(draft);
    state.layer = layer;
    state.stack = stack_ = write(draft);
    overlay_ = write(draft);
    add(std::move(draft),
        [this, &part, &within, below, layers, layer, stack = stack_, overlay = overlay_](
            TaskSlots& slots, const Draft& step) -> Result<void> {
            const auto& under = slots[below];
            StepInputs inputs("overlay", part.name);
            inputs.value("base and layers below", under).field("overlay", texts(part.overlay));
            Value packages;
            if (!part.overlay_packages.empty() || !part.overlay_recommended_packages.empty()) {
                packages = under
                               ? TRY(packages_.resolve({"overlay-packages", {part.name}}, part.overlay_packages,
                                                       under.digest, graph_.stop(), part.overlay_recommended_packages))
                               : Value{std::nullopt, {}, under.unresolved};
                inputs.value("overlay-packages", packages);
            }
            if (step.site) TRY_VOID(script_inputs(slots, inputs, step));
            // It sees nothing else: no variables, no other trees.
            if (within)
                inputs.field("override-overlay", within->text).field("time", static_cast<std::uint64_t>(job_.time));
            const auto result = TRY(ask_book(step, std::move(inputs), [&]() -> Result<std::optional<StepResult>> {
                StepResult made;
                Tree written;
                std::vector<Digest> lowers{*under.digest};
                if (packages) {
                    written =
                        TRY(packages_.install(lowers, *packages.digest, id(step.index, Step::overlay), graph_.stop()));
                    lowers.insert(lowers.begin(), TRY(store_.put_tree(written)));
                }
                if (step.site) {
                    auto outcome = TRY(run_script(slots, step, {{inside::overlay, lowers, "layer", false}}, {},
                                                  inside::overlay, empty_tree_, empty_tree_, made));
                    if (outcome.gave_way) return std::nullopt;
                    written = rockbuild::fold(written, outcome.deltas["layer"]);
                }
                if (within) {
                    auto outcome = TRY(run_within(step, lowers, made));
                    if (outcome.gave_way) return std::nullopt;
                    written = rockbuild::fold(written, outcome.deltas["layer"]);
                }
                const auto chosen = TRY(select(written, part.overlay));
                made.trees["layer"] = TRY(store_.put_tree(filter(written, [&](const Entry& entry) {
                    return entry.type == EntryType::whiteout || chosen.find(entry.path) != nullptr;
                })));
                return made;
            }));
            const auto made = output(step, result, "layer");
            slots.set(layer, made);
            slots.set(overlay, TRY(folds_.folded(slots[layers], made)));
            slots.set(stack, TRY(folds_.applied(under, made)));
            return finish(slots, step, result);
        });
}

}  // namespace rockbuild
