// PULL (spec/parts-lifecycle.md §6): the source as a tree, and the packages to stage, chosen and fetched.
#include "packages/deb.hpp"
#include "parts/lifecycle_graph.hpp"
#include "parts/variables.hpp"

namespace rockbuild {

void LifecycleGraph::pull(std::size_t index) {
    const auto& part = parts_[index];
    auto& state = states_[index];
    auto draft = this->draft(index, Step::pull, script_or_shell(index, Step::pull, part.override_pull));
    if (draft.site || !part.stage_packages.empty() || source_kind(part) != "local") draft.task.budget = Budget::network;
    const auto source = write(draft);
    state.source = source;
    if (!part.stage_packages.empty()) state.packages = write(draft);
    const auto packages = state.packages;
    const auto site = draft.site;
    add(std::move(draft), [this, &part, source, packages](TaskSlots& slots, const Draft& step) -> Result<void> {
        StepInputs inputs("pull", part.name);
        const auto origin = TRY(sources_.resolve(part, graph_.stop()));
        inputs.value("source", origin);
        Value resolved;
        if (packages) {
            for (const auto& name : part.stage_packages)
                if (const auto warning = package_warning(name.value); warning && !book_.planning())
                    workshop_.events.message(*warning);
            resolved = TRY(
                packages_.resolve({"stage-packages", {part.name}}, part.stage_packages, std::nullopt, graph_.stop()));
            inputs.value("stage-packages", resolved);
        }
        if (step.site) TRY_VOID(script_inputs(slots, inputs, step));
        const auto result = TRY(ask_book(step, std::move(inputs), [&]() -> Result<std::optional<StepResult>> {
            StepResult pulled;
            if (packages) {
                UnpackAhead unpack(store_);
                TRY_VOID(packages_.fetch(*resolved.digest, graph_.stop(), [&](const auto& deb) { unpack.take(deb); }));
            }
            const auto fetched = TRY(sources_.fetch(part, *origin.digest, graph_.stop()));
            pulled.trees["source"] = fetched;
            if (!step.site) return pulled;
            const auto folder = inside::part(part.name);
            auto outcome = TRY(run_script(
                slots, step,
                {{folder + "/src", {empty_tree_}, "source", false}, {inside::tools + "/default", {fetched}, "", false}},
                {inside::tools + "/default", folder + "/src", {}}, folder + "/src", empty_tree_, empty_tree_, pulled));
            if (outcome.gave_way) return std::nullopt;
            pulled.trees["source"] =
                TRY(store_.put_tree(with_times_of(outcome.deltas["source"], *TRY(store_.tree(fetched)))));
            return pulled;
        }));
        const auto known = step.site ? Value{} : TRY(sources_.known(part, origin));
        slots.set(source, result || !known ? output(step, result, "source") : known);
        if (packages) {
            resolved.from = id(step.index, Step::pull);
            slots.set(*packages, resolved);
        }
        return finish(slots, step, result);
    });
    if (site) fold_writes(*site);
}

}  // namespace rockbuild
