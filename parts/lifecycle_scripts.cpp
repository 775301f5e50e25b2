// The scripts of steps: what they stand on, which of it is in the key, and where what they write goes.
#include "parts/adopted_values.hpp"
#include "parts/caches.hpp"
#include "parts/lifecycle_graph.hpp"
#include "parts/variables.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

bool names(const Script& script, std::string_view variable, const std::string& path) {
    return script.text.find(variable) != std::string::npos || script.text.find(path) != std::string::npos;
}

/// One of the part's own folders as scripts write it, also from where they start: `../parts/NAME/src`.
std::string folder_within(const Part& part, std::string_view name) {
    return fmt::format("parts/{}/{}", part.name, name);
}

}  // namespace

/// With a shell every step has a script, so that there is an environment to open it in: `craftctl default` is what a
/// step without one does.
const Script* LifecycleGraph::script_or_shell(std::size_t index, Step step, const std::optional<Script>& script) const {
    if (script) return &*script;
    return shell_.names(parts_[index].name, step) ? &default_script_ : nullptr;
}

ScriptSite LifecycleGraph::site_of(std::size_t index, Step step, const Script& script) {
    const auto& part = parts_[index];
    auto& state = states_[index];
    ScriptSite site{};
    site.script = &script;
    // What earlier steps of the part and of its `after` closure wrote, then the build environment.
    site.lowers = state.environment;
    for (const auto other : closure(parts_, index)) {
        const auto& written = states_[other].environment;
        site.lowers.insert(site.lowers.end(), written.begin(), written.end());
    }
    const auto common = build_environment();
    site.lowers.insert(site.lowers.end(), common.begin(), common.end());
    if (names(script, "CRAFT_PROJECT_DIR", inside::project)) site.project = project_folder();
    if (sees_values(job_.project, part, step, script)) site.values = values_;
    // The text decides: a build that names a shared tree works in it as upstream's sequence has it by then.
    if (step == Step::pull || step == Step::build) {
        if (names(script, "CRAFT_STAGE", inside::stage)) {
            site.stage = stage_;
            site.new_stage = graph_.slot();
        }
        if (names(script, "CRAFT_PRIME", inside::prime)) {
            site.prime = prime_;
            site.new_prime = graph_.slot();
        }
    }
    if (step != Step::pull && step != Step::build && names(script, "CRAFT_PART_SRC", folder_within(part, "src")))
        site.source = state.source;
    if ((step == Step::stage || step == Step::prime) && names(script, "CRAFT_PART_BUILD", folder_within(part, "build")))
        site.build = state.build;
    site.environment = graph_.slot();
    state.environment.insert(state.environment.begin(), site.environment);
    if (step != Step::overlay && gives_values(job_.project, part)) values_ = *(site.new_values = graph_.slot());
    return site;
}

/// Does a script after the build look into the folder where it was?
bool LifecycleGraph::keeps_build_folder(const Part& part) const {
    const auto looks = [&](const std::optional<Script>& script) {
        return script && names(*script, "CRAFT_PART_BUILD", folder_within(part, "build"));
    };
    return looks(part.override_stage) || looks(part.override_prime);
}

/// What a script wrote into shared trees that aren't its step's own joins them at its place in the sequence.
void LifecycleGraph::fold_writes(const ScriptSite& site) {
    const auto applied = [this](const std::vector<Value>& values) {
        return is_empty(values[1]) ? Result<Value>(values[0]) : folds_.applied(values[0], values[1]);
    };
    if (site.new_stage) {
        stage_ = fold({stage_, *site.new_stage}, applied);
        stage_written_by_script_ = true;
    }
    if (site.new_prime) prime_ = fold({prime_, *site.new_prime}, applied);
}

/// Everything that a script can see besides the trees of its own step.
Result<void> LifecycleGraph::script_inputs(TaskSlots& slots, StepInputs& inputs, const Draft& draft) {
    const auto& part = parts_[draft.index];
    const auto& site = *draft.site;
    inputs.field("script", site.script->text);
    inputs.field("project", job_.project.name.value).field("version", job_.project.version.value);
    inputs.field("build-on", job_.build_on.debian).field("build-for", job_.platform.build_for.debian);
    inputs.field("time", static_cast<std::uint64_t>(job_.time));
    inputs.field("build-environment", part.build_environment);
    if (part.source_subdir) inputs.field("source-subdir", part.source_subdir->value);
    std::vector<Value> lowers;
    for (const auto slot : site.lowers)
        if (!is_empty(slots[slot])) lowers.push_back(slots[slot]);
    inputs.field("environment layers", std::uint64_t{lowers.size()});
    for (const auto& toolchain : tools_.toolchains) inputs.field(toolchain.name, toolchain.pin.sha256);
    for (const auto& lower : lowers) inputs.value("environment", lower);
    if (site.project) inputs.value("project folder", slots[*site.project]);
    if (site.stage) inputs.value("stage as it stands", slots[*site.stage]);
    if (site.prime) inputs.value("prime as it stands", slots[*site.prime]);
    if (site.source) inputs.value("source", slots[*site.source]);
    if (site.build) inputs.value("build folder", slots[*site.build]);
    if (site.values)
        inputs.value("values", slots[*site.values])
            .field("values of the file", written_values(job_.project))
            .field("may set values", std::uint64_t{gives_values(job_.project, part)});
    return {};
}

/// Runs override-overlay: its root is what `lowers` make, topmost first, and what it writes there is "layer".
Result<StepOutcome> LifecycleGraph::run_within(const Draft& draft, const std::vector<Digest>& lowers,
                                               StepResult& result) {
    const auto& part = parts_[draft.index];
    const auto& script = *part.override_overlay;
    Tree root;
    for (auto lower = lowers.rbegin(); lower != lowers.rend(); ++lower) root = apply(root, *TRY(store_.tree(*lower)));
    const auto place = resolve(root, shell_program.substr(1));
    const auto* shell = place ? root.find(*place) : nullptr;
    if (shell == nullptr || shell->type != EntryType::file || (shell->mode & 0111) == 0) {
        auto error = fail("RB1024",
                          fmt::format("the base with the layers so far has no {} to run the override-overlay of part "
                                      "'{}'",
                                      shell_program, part.name),
                          "write it as overlay-script: that runs in the build environment, with the overlay at "
                          "$CRAFT_OVERLAY");
        error.error().span = script.span;
        return error;
    }
    StepCommand command;
    command.subject = id(draft.index, draft.step);
    command.trees = {{"/", lowers, "layer", false}};
    command.files = script_files_within(script);
    command.arguments = script_arguments();
    command.environment = script_environment_within(job_.time);
    command.cores = std::nullopt;
    command.shell = shell_time(draft);
    auto outcome = TRY(run_command(workshop_, job_, command, graph_.stop()));
    if (outcome.gave_way) return outcome;
    if (outcome.code != 0) return script_failure(job_, part.name, step_name(draft.step), script, outcome);
    result.log = outcome.log;
    return outcome;
}

ShellTime LifecycleGraph::shell_time(const Draft& draft) const {
    const bool wanted = shell_.time == ShellTime::on_failure || shell_.names(parts_[draft.index].name, draft.step);
    return wanted ? shell_.time : ShellTime::never;
}

/// Runs a step's script with `trees` besides the root. What it wrote to the root and to the shared trees is in
/// `result`, by name.
Result<StepOutcome> LifecycleGraph::run_script(TaskSlots& slots, const Draft& draft, std::vector<StepTree> trees,
                                               const DefaultAction& action, const std::string& working_dir,
                                               const Digest& install, const Digest& stage, StepResult& result) {
    const auto& part = parts_[draft.index];
    const auto& site = *draft.site;
    const auto& script = *site.script;
    const auto& plugin = tools_.plugins[draft.index];
    const auto* builds = plugin && draft.step == Step::build ? &*plugin : nullptr;
    const auto install_tree = TRY(store_.tree(install));
    const auto stage_tree = TRY(store_.tree(stage));
    StepTree root{"/", {}, "environment", false};
    for (const auto slot : site.lowers)
        if (!is_empty(slots[slot])) root.lowers.push_back(*slots[slot].digest);
    trees.insert(trees.begin(), std::move(root));
    trees.push_back({inside::caches, {empty_tree_}, "", true});
    for (const auto& toolchain : tools_.toolchains)
        trees.push_back({toolchain.inside, {TRY(toolchain.source->make(toolchain.pin, graph_.stop()))}, "", false});
    if (site.project) trees.push_back({inside::project, {*slots[*site.project].digest}, "", true});
    if (site.stage) trees.push_back({inside::stage, {*slots[*site.stage].digest}, "shared stage", false});
    if (site.prime) trees.push_back({inside::prime, {*slots[*site.prime].digest}, "shared prime", false});
    const auto folder = inside::part(part.name);
    if (site.source) trees.push_back({folder + "/src", {*slots[*site.source].digest}, "", true});
    if (site.build) trees.push_back({folder + "/build", {*slots[*site.build].digest}, "", true});
    if (site.values)
        trees.push_back({inside::values, {*slots[*site.values].digest}, site.new_values ? "values" : "", false});
    StepCommand command;
    command.subject = id(draft.index, draft.step);
    command.trees = std::move(trees);
    const auto variables =
        script_variables({job_.project, part, draft.step, job_.build_on, job_.platform.build_for, *install_tree,
                          *stage_tree, builds != nullptr ? builds->environment : decltype(builds->environment){},
                          builds != nullptr && builds->out_of_source});
    command.files = script_files(script, variables, control_for(job_.project, part, draft.step, script, action));
    command.arguments = script_arguments();
    command.environment = script_start_environment(job_.time);
    command.working_dir = working_dir;
    command.cores = slots.share_of_cores();
    command.shell = shell_time(draft);
    if (builds != nullptr && builds->self_contained) command.network = Network::none;
    const auto caches = TRY(LentCaches::lend(workshop_, cache_wish(part, builds, script, action, command.trees)));
    command.caches = caches.mounts();
    auto outcome = TRY(run_command(workshop_, job_, command, graph_.stop()));
    if (outcome.gave_way) return outcome;
    if (outcome.code != 0 && plugin && (!part.override_build || !outcome.missing_program.empty()))
        return plugin_failure(part, *plugin, outcome);
    if (outcome.code != 0) return script_failure(job_, part.name, step_name(draft.step), script, outcome);
    result.log = outcome.log;
    for (const auto* name : {"environment", "shared stage", "shared prime", "values"})
        if (const auto delta = outcome.deltas.find(name); delta != outcome.deltas.end() && !delta->second.empty())
            result.trees[name] = TRY(store_.put_tree(delta->second));
    return outcome;
}

Result<std::optional<StepResult>> LifecycleGraph::ask_book(const Draft& draft, StepInputs inputs, const Act& act) {
    return book_.step(draft.line, std::move(inputs), shell_.names(parts_[draft.index].name, draft.step), act);
}

/// The slots that every step with a script writes.
Result<void> LifecycleGraph::finish(TaskSlots& slots, const Draft& draft, const std::optional<StepResult>& result) {
    if (!draft.site) return {};
    const auto written = [&](const std::string& name) {
        const auto by = id(draft.index, draft.step);
        if (!result) return Value::later(by);
        const auto tree = result->trees.find(name);
        return tree == result->trees.end() ? Value::known(empty_tree_) : Value::known(tree->second, by);
    };
    const auto& site = *draft.site;
    slots.set(site.environment, written("environment"));
    if (site.new_stage) slots.set(*site.new_stage, written("shared stage"));
    if (site.new_prime) slots.set(*site.new_prime, written("shared prime"));
    if (site.new_values) {
        const auto set = written("values");
        slots.set(*site.new_values,
                  is_empty(set) ? slots[*site.values] : TRY(folds_.applied(slots[*site.values], set)));
    }
    return {};
}

}  // namespace rockbuild
