// BUILD (spec/parts-lifecycle.md §6): packages unpacked into install, then the plugin's commands or the part's script,
// then `organize`. What that moves into the overlay is a layer of the part's own, above the one of its overlay step.
#include "packages/deb.hpp"
#include "parts/lifecycle_graph.hpp"
#include "parts/organize.hpp"
#include "parts/usrmerge.hpp"
#include "parts/variables.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

/// Pebble's folders in a rock: anyone may start Pebble there, whatever the uid.
Tree pebble_install(const Tree& binary, std::int64_t time) {
    auto entries = binary.entries();
    for (const auto* path :
         {"var", "var/lib", "var/lib/pebble", "var/lib/pebble/default", "var/lib/pebble/default/layers"}) {
        Entry folder;
        folder.path = path;
        folder.type = EntryType::folder;
        folder.mode = folder.path == "var/lib/pebble/default" ? 01777 : 0755;
        entries.push_back(std::move(folder));
    }
    for (auto& entry : entries) entry.mtime = time;
    return Tree::of(std::move(entries));
}

bool copies_from_build(const Part& part) {
    return std::ranges::any_of(
        part.organize, [](const auto& move) { return organize_path(move.first.value).ground == Ground::build; });
}

}  // namespace

void LifecycleGraph::build(std::size_t index) {
    const auto& part = parts_[index];
    auto& state = states_[index];
    // Without a script of the part's own, a plugin's commands are run by the shortest one there is.
    const auto* script = script_or_shell(index, Step::build, part.override_build);
    if (script == nullptr && tools_.plugins[index]) script = &default_script_;
    auto draft = this->draft(index, Step::build, script);
    const bool keeps_folder = copies_from_build(part) || later_script_looks_into_build(part);
    const bool into_overlay = organizes_into_overlay(part);
    const bool needs_source = part.plugin.value == "dump" || script != nullptr || keeps_folder;
    if (needs_source) read(draft, state.source);
    read(draft, state.packages);
    const bool from_closure = draft.site && !draft.site->stage;
    // A part that organizes into the overlay is built before others that it comes after are staged.
    std::vector<std::size_t> staged;
    if (from_closure)
        for (const auto other : closure(parts_, index))
            if (states_[other].stage) staged.push_back(other);
    for (const auto other : staged) read(draft, states_[other].stage);
    const bool with_overlay = into_overlay || (draft.site && sees_overlay(parts_, index));
    // The layers below were made before (parts/order.cpp), so what a part sees is the stack up to its own.
    if (with_overlay) read(draft, state.stack);
    const auto layers = overlay_;
    if (from_closure && with_overlay) read(draft, layers);
    const auto install = write(draft);
    state.install = install;
    if (keeps_folder) state.build = write(draft);
    std::vector<std::pair<const Part*, Slot>> owners;  // of what is in the overlay, topmost first
    std::optional<Slot> organized;
    if (into_overlay) {
        organized = write(draft);
        for (auto other = index + 1; other-- > 0;)
            if (const auto& layer = states_[other].layer) {
                owners.emplace_back(&parts_[other], *layer);
                read(draft, layer);
            }
    }
    const auto site = draft.site;
    add(std::move(draft),
        [this, &part, &state, install, needs_source, with_overlay, layers, staged, owners, organized](
            TaskSlots& slots, const Draft& step) -> Result<void> {
            const auto& plugin = tools_.plugins[step.index];
            const bool is_pebble = is_hidden_pebble(part);
            StepInputs inputs("build", part.name);
            inputs.field("plugin", fmt::format("{}/{}", part.plugin.value, plugin ? plugin->version : 1));
            if (plugin)
                inputs.field("plugin's commands", plugin_script(*plugin))
                    .field("plugin's environment", plugin->environment);
            if (is_pebble)
                inputs.field("pebble", TRY(workshop_.pebble.key()).digest)
                    .field("time", static_cast<std::uint64_t>(job_.time));
            if (needs_source) inputs.value("source", slots[*state.source]);
            if (state.build) inputs.field("keeps", "its folder");
            if (part.source_subdir && needs_source && !step.site)
                inputs.field("source-subdir", part.source_subdir->value);
            if (state.packages) {
                inputs.value("stage-packages", slots[*state.packages]);
                inputs.field("clamp", job_.clamp ? std::to_string(*job_.clamp) : "");
            }
            const auto* base = find_base_name(job_.project.build_base.value);
            const bool merges_usr = wants_usrmerge(part, base != nullptr ? base->generation : Generation::none);
            if (merges_usr) inputs.field("usrmerge", static_cast<std::uint64_t>(job_.time));
            std::vector<std::pair<std::string, std::string>> moves;
            for (const auto& [from, to] : part.organize) moves.emplace_back(from.value, to.value);
            inputs.field("organize", moves);
            if (!moves.empty()) inputs.field("time of new folders", static_cast<std::uint64_t>(job_.time));
            auto stage = Value::known(empty_tree_);
            if (step.site) {
                stage = step.site->stage ? slots[*step.site->stage] : TRY(closure_stage(slots, staged, layers));
                if (!step.site->stage) inputs.value("stage", stage);
                TRY_VOID(script_inputs(slots, inputs, step));
            }
            if (with_overlay) inputs.value("overlay", slots[state.stack]);
            const auto result = TRY(ask_book(step, std::move(inputs), [&]() -> Result<std::optional<StepResult>> {
                StepResult built;
                OrganizedTrees trees;
                auto& tree = trees.install;
                if (is_pebble)
                    tree = pebble_install(*TRY(store_.tree(TRY(workshop_.pebble.make(graph_.stop())))), job_.time);
                if (state.packages) {
                    const auto& packages = *slots[*state.packages].digest;
                    TRY_VOID(packages_.fetch(packages, graph_.stop()));
                    tree = TRY(normalise(store_, TRY(unpack_all(store_, TRY(packages_.read(packages)), job_.clamp))));
                }
                if (!step.site && state.build) trees.build = *TRY(store_.tree(*slots[*state.source].digest));
                if (!step.site && part.plugin.value == "dump")
                    tree =
                        TRY(migrate(tree, TRY(source_subtree(*TRY(store_.tree(*slots[*state.source].digest)), part))));
                if (merges_usr) tree = TRY(with_usrmerge(tree, part, job_.time));
                if (step.site) {
                    auto made = TRY(build_by_script(slots, step, tree, *stage.digest, built));
                    if (!made) return std::nullopt;
                    trees = *std::move(made);
                }
                if (state.build) built.trees["build"] = TRY(store_.put_tree(trees.build));
                if (organized) trees.overlay = *TRY(store_.tree(*slots[state.stack].digest));
                const auto owner_of = [&](const std::string& path) {
                    for (const auto& [owner, layer] : owners)
                        if (const auto there = store_.tree(*slots[layer].digest); there && (*there)->find(path))
                            return PathOwner{fmt::format("the overlay of part '{}'", owner->name), owner->span};
                    return PathOwner{"the base", std::nullopt};
                };
                auto done = TRY(organize(std::move(trees), part.organize, job_.time, owner_of));
                built.trees["install"] = TRY(store_.put_tree(done.install));
                if (organized) {
                    const auto below = TRY(store_.tree(*slots[state.stack].digest));
                    built.trees["organized"] = TRY(store_.put_tree(difference(*below, done.overlay)));
                }
                return built;
            }));
            slots.set(install, output(step, result, "install"));
            if (state.build) slots.set(*state.build, output(step, result, "build"));
            if (organized) slots.set(*organized, output(step, result, "organized"));
            return finish(slots, step, result);
        });
    if (site) fold_writes(*site);
    if (!organized) return;
    const auto laid_over = [this](const auto& values) { return folds_.folded(values[0], values[1]); };
    state.layer = fold({*state.layer, *organized}, laid_over);
    overlay_ = fold({overlay_, *organized}, laid_over);
    stack_ = fold({stack_, *organized}, [this](const auto& values) { return folds_.applied(values[0], values[1]); });
}

/// What the parts in the `after` closure staged: what a build sees in $CRAFT_STAGE. One with an overlay staged all
/// layers.
Result<Value> LifecycleGraph::closure_stage(TaskSlots& slots, const std::vector<std::size_t>& staged, Slot layers) {
    auto result = Value::known(empty_tree_);
    if (std::ranges::any_of(staged, [&](auto other) { return has_overlay(parts_[other]); }))
        result = TRY(folds_.visible(slots[layers]));
    for (const auto other : staged) {
        const auto& state = states_[other];
        result = state.stage_scripted ? TRY(folds_.applied(result, slots[*state.stage]))
                                      : TRY(folds_.migrated(result, slots[*state.stage]));
    }
    return result;
}

/// None if a shell came instead.
Result<std::optional<OrganizedTrees>> LifecycleGraph::build_by_script(TaskSlots& slots, const Draft& draft,
                                                                      const Tree& packages, const Digest& stage,
                                                                      StepResult& result) {
    const auto& part = parts_[draft.index];
    const auto& state = states_[draft.index];
    const auto folder = inside::part(part.name);
    const auto source = *slots[*state.source].digest;
    const auto install = TRY(store_.put_tree(packages));
    const auto& plugin = tools_.plugins[draft.index];
    const auto built_in = plugin && plugin->out_of_source ? empty_tree_ : source;
    std::vector<StepTree> trees{{folder + "/src", {source}, "", true},
                                {folder + "/build", {built_in}, state.build ? "build" : "", true},
                                {folder + "/install", {install}, "install", false}};
    if (!draft.site->stage) trees.push_back({inside::stage, {stage}, "", false});
    const bool with_overlay = sees_overlay(parts_, draft.index);
    trees.push_back({inside::overlay, {with_overlay ? *slots[state.stack].digest : empty_tree_}, "", false});
    DefaultAction action;
    // A script of the part's own may make the folder first.
    if (part.source_subdir && !part.override_build) TRY_VOID(source_subtree(*TRY(store_.tree(source)), part));
    const auto work = part.source_subdir ? "/" + part.source_subdir->value : std::string();
    if (part.plugin.value == "dump") action = {folder + "/build" + work, folder + "/install", {}};
    if (plugin) action.script = plugin_script(*plugin);
    auto outcome = TRY(run_script(slots, draft, std::move(trees), action, folder + "/build", install, stage, result));
    if (outcome.gave_way) return std::nullopt;
    OrganizedTrees made{apply(packages, outcome.deltas["install"]), {}, {}};
    if (state.build) made.build = apply(*TRY(store_.tree(built_in)), outcome.deltas["build"]);
    return made;
}

}  // namespace rockbuild
