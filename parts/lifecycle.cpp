// The walk: for each action of the sequence, gather what the step can see (its key's inputs), ask the book, and carry
// the outputs on as Values. In plan mode an output may stay unknown; whatever depends on it then is "maybe".
//
// A part's state is what its steps gave so far. The shared trees `stage` and `prime` are folds: a step without a script
// contributes its filtered tree, a step with one a delta of the tree as it stood. The five steps stand in one file
// because each reads what the ones before it left in that state; apart, the state would be an interface of its own.
#include "parts/lifecycle.hpp"

#include "parts/adopted_values.hpp"
#include "parts/fileset.hpp"
#include "parts/folds.hpp"
#include "parts/order.hpp"
#include "parts/organize.hpp"
#include "parts/package_step.hpp"
#include "parts/pkg_config.hpp"
#include "parts/step_book.hpp"
#include "parts/step_runner.hpp"
#include "parts/tools.hpp"
#include "parts/variables.hpp"

#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

namespace {

constexpr const char* hidden_pebble = "pebble";

using Environment = std::vector<std::pair<std::string, std::string>>;

struct PartState {
    Value source;
    Value packages;  // the blob of a Resolution
    Value install;
    Value stage;  // contribution, or delta if scripted
    bool stage_scripted = false;
    std::vector<Value> environment;  // what its scripts wrote outside their trees, newest first
    Value stack;                     // base and all layers up to this part's
};

bool has_overlay(const Part& part) {
    return part.overlay_script || !part.overlay_packages.empty() ||
           !(part.overlay.size() == 1 && part.overlay[0].value == "*");
}

std::vector<std::string> texts(const std::vector<PlacedText>& items) {
    std::vector<std::string> result;
    for (const auto& item : items) result.push_back(item.value);
    return result;
}

/// The hidden part (spec/rockcraft-yaml.md §9): what it installs is made, not built by a script.
Part pebble_part() {
    Part part;
    part.name = hidden_pebble;
    part.plugin.value = "nil";
    part.overlay = part.stage = part.prime = {{"*", {}}};
    return part;
}

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

class Walk {
public:
    Walk(const Workshop& workshop, const Job& job, StepBook& book, std::vector<Part> parts, const std::stop_token& stop)
        : workshop_(workshop),
          store_(workshop.store),
          job_(job),
          book_(book),
          parts_(std::move(parts)),
          states_(parts_.size()),
          stop_(stop),
          folds_(workshop.store),
          packages_(workshop, job, book.planning()) {}

    Result<std::optional<Primed>> all() {
        empty_ = Value::known(TRY(store_.put_tree({})));
        stage_ = prime_ = overlay_ = values_ = empty_;
        base_ = stack_ = TRY(base_tree(workshop_.base));
        tools_ = TRY(tools_of(parts_, job_.project.base.value == "bare", workshop_.go));
        for (const auto& action : sequence(parts_)) {
            if (stop_.stop_requested()) return fail("RB0111", "interrupted", "", ExitCode::interrupted);
            switch (action.step) {
                case Step::pull:
                    TRY_VOID(pull(action.part));
                    break;
                case Step::overlay:
                    TRY_VOID(overlay(action.part));
                    break;
                case Step::build:
                    TRY_VOID(build(action.part));
                    break;
                case Step::stage:
                    TRY_VOID(stage(action.part));
                    break;
                case Step::prime:
                    TRY_VOID(prime(action.part));
                    break;
            }
        }
        const auto placed = TRY(folds_.placed(prime_, base_, overlay_));
        if (!placed) return std::nullopt;
        return Primed{*placed.digest, *base_.digest, TRY(values_in(store_, *values_.digest))};
    }

private:
    std::string id(std::size_t index, Step step) const { return parts_[index].name + ":" + step_name(step); }

    Result<Value> base_tree(const BaseSource& source) {
        if (const auto known = TRY(source.known())) return Value::known(known->tree);
        if (book_.planning()) return Value::ask_network();
        return Value::known(TRY(source.make()).tree);
    }

    // --- what scripts stand on -------------------------------------------------------------------------------------

    /// The build base with the build packages of all parts (upstream's one instance): topmost first.
    Result<std::vector<Value>> build_environment() {
        if (!environment_.empty()) return environment_;
        const auto base = TRY(base_tree(workshop_.build_base));
        std::vector<PlacedText> names;
        for (std::size_t index = 0; index < parts_.size(); ++index) {
            const auto& part = parts_[index];
            names.insert(names.end(), part.build_packages.begin(), part.build_packages.end());
            if (const auto& plugin = tools_.plugins[index])
                for (const auto& name : plugin->build_packages) names.push_back({name, part.plugin.span});
        }
        if (names.empty()) return environment_ = {base};
        if (!base) return environment_ = {Value{std::nullopt, {}, base.unresolved}, base};
        const auto resolution = TRY(packages_.resolve(names, base.digest, stop_));
        if (!resolution) return environment_ = {resolution, base};
        const auto note = "environment/" + KeyWriter("environment", 1)
                                               .field("base", *base.digest)
                                               .field("packages", *resolution.digest)
                                               .finish()
                                               .digest.hex();
        if (const auto text = TRY(store_.note(note)))
            if (const auto digest = Digest::parse(*text); digest && store_.has(*digest))
                return environment_ = {Value::known(*digest), base};
        if (book_.planning()) return environment_ = {Value{}, base};
        const auto delta = TRY(packages_.install({*base.digest}, *resolution.digest, "build environment", stop_));
        const auto digest = TRY(store_.put_tree(delta));
        TRY_VOID(store_.put_note(note, digest.str()));
        return environment_ = {Value::known(digest), base};
    }

    /// All lowers of a script's root: what earlier steps of the part and of its `after` closure wrote, then the build
    /// environment.
    Result<std::vector<Value>> root_of(std::size_t index) {
        auto lowers = states_[index].environment;
        for (const auto other : closure(parts_, index))
            lowers.insert(lowers.end(), states_[other].environment.begin(), states_[other].environment.end());
        for (const auto& value : TRY(build_environment())) lowers.push_back(value);
        return lowers;
    }

    /// What the parts in the `after` closure staged: what a build sees in $CRAFT_STAGE.
    Result<Value> closure_stage(std::size_t index) {
        auto result = empty_;
        for (const auto other : closure(parts_, index)) {
            const auto& state = states_[other];
            result = state.stage_scripted ? TRY(folds_.applied(result, state.stage))
                                          : TRY(folds_.migrated(result, state.stage));
        }
        return result;
    }

    bool names_project(const Script& script) const {
        return script.text.find("CRAFT_PROJECT_DIR") != std::string::npos ||
               script.text.find(inside::project) != std::string::npos;
    }

    Result<Value> project_tree() {
        if (!project_) {
            LocalRead read{job_.project_dir, {"*.rock", ".craft", ".git"}};
            project_ = Value::known(TRY(store_.put_tree(TRY(read_local(store_, read, job_.time)))));
        }
        return project_;
    }

    /// Everything that a script can see besides the trees of its own step.
    Result<void> script_inputs(StepInputs& inputs, std::size_t index, Step step, const Script& script) {
        inputs.field("script", script.text).field("part", parts_[index].name);
        inputs.field("project", job_.project.name.value).field("version", job_.project.version.value);
        inputs.field("build-on", job_.build_on.debian).field("build-for", job_.platform.build_for.debian);
        inputs.field("time", static_cast<std::uint64_t>(job_.time));
        inputs.field("build-environment", parts_[index].build_environment);
        const auto lowers = TRY(root_of(index));
        inputs.field("environment layers", std::uint64_t{lowers.size()});
        if (tools_.go) inputs.field("go", tools_.go->sha256);
        for (const auto& lower : lowers) inputs.value("environment", lower);
        if (names_project(script)) inputs.value("project folder", TRY(project_tree()));
        if (sees_values(job_.project, parts_[index], step, script))
            inputs.value("values", values_)
                .field("values of the file", written_values(job_.project))
                .field("may set values", std::uint64_t{gives_values(job_.project, parts_[index])});
        return {};
    }

    /// What `craftctl set` gave joins what was set before.
    Result<void> take_values(std::size_t index, Step step, const std::optional<StepResult>& result, bool scripted) {
        if (!scripted || !gives_values(job_.project, parts_[index])) return {};
        values_ = TRY(folds_.applied(values_, output(index, step, result, "values")));
        return {};
    }

    /// Runs a step's script with `trees` besides the root; what it wrote to the root joins the part's environment.
    Result<StepOutcome> run_script(std::size_t index, Step step, const Script& script, std::vector<StepTree> trees,
                                   const DefaultAction& action, const std::string& working_dir, const Digest& install,
                                   const Digest& stage, StepResult& result) {
        const auto& part = parts_[index];
        const auto install_tree = TRY(store_.tree(install));
        const auto stage_tree = TRY(store_.tree(stage));
        const auto& plugin = tools_.plugins[index];
        StepTree root{"/", {}, "environment", false};
        for (const auto& lower : TRY(root_of(index))) root.lowers.push_back(*lower.digest);
        trees.insert(trees.begin(), std::move(root));
        trees.push_back({inside::caches, {*empty_.digest}, "", true});
        if (tools_.go) trees.push_back({inside::toolchain, {TRY(workshop_.go.make(*tools_.go))}, "", false});
        if (names_project(script)) trees.push_back({inside::project, {*TRY(project_tree()).digest}, "", true});
        if (sees_values(job_.project, parts_[index], step, script))
            trees.push_back(
                {inside::values, {*values_.digest}, gives_values(job_.project, parts_[index]) ? "values" : "", false});
        StepCommand command;
        command.subject = id(index, step);
        command.trees = std::move(trees);
        command.files = script_files(
            script,
            script_variables({job_.project, part, step, job_.build_on, job_.platform.build_for, *install_tree,
                              *stage_tree, plugin && step == Step::build ? plugin->environment : Environment{}}),
            control_for(job_.project, part, step, script, action));
        command.arguments = script_arguments();
        command.environment = script_start_environment(job_.time);
        command.working_dir = working_dir;
        auto outcome = TRY(run_command(workshop_, job_, command, stop_));
        if (outcome.code != 0 && plugin && (!part.override_build || !outcome.missing_program.empty()))
            return plugin_failure(part, *plugin, outcome);
        if (outcome.code != 0) return script_failure(job_, part.name, step_name(step), script, outcome);
        result.log = outcome.log;
        if (const auto& delta = outcome.deltas["environment"]; !delta.empty())
            result.trees["environment"] = TRY(store_.put_tree(delta));
        if (step != Step::overlay && gives_values(job_.project, parts_[index]))
            result.trees["values"] = TRY(store_.put_tree(outcome.deltas["values"]));
        return outcome;
    }

    /// The parts of a step's result that every kind of step has.
    void take_environment(std::size_t index, Step step, const std::optional<StepResult>& result, bool scripted) {
        if (!scripted) return;
        auto& environment = states_[index].environment;
        if (!result) environment.insert(environment.begin(), Value::later(id(index, step)));
        else if (const auto found = result->trees.find("environment"); found != result->trees.end())
            environment.insert(environment.begin(), Value::known(found->second, id(index, step)));
    }

    Value output(std::size_t index, Step step, const std::optional<StepResult>& result, const std::string& name) const {
        return result ? Value::known(result->trees.at(name), id(index, step)) : Value::later(id(index, step));
    }

    // --- the steps -------------------------------------------------------------------------------------------------

    Result<void> pull(std::size_t index) {
        const auto& part = parts_[index];
        auto& state = states_[index];
        StepInputs inputs("pull");
        auto local = empty_;
        if (part.source) {
            auto tree = read_local(store_, {job_.project_dir / from_project(part.source->value), {"*.rock", ".craft"}},
                                   job_.time);
            if (!tree) {
                auto error = std::move(tree).error();
                error.span = part.source->span;
                return std::unexpected(std::move(error));
            }
            local = Value::known(TRY(store_.put_tree(*tree)));
        }
        inputs.value("source", local);
        if (!part.stage_packages.empty()) {
            for (const auto& name : part.stage_packages)
                if (const auto warning = package_warning(name.value); warning && !book_.planning())
                    workshop_.events.message(*warning);
            state.packages = TRY(packages_.resolve(part.stage_packages, std::nullopt, stop_));
            inputs.value("stage-packages", state.packages);
        }
        if (part.override_pull) TRY_VOID(script_inputs(inputs, index, Step::pull, *part.override_pull));
        const auto result = TRY(book_.step(part.name, "pull", std::move(inputs), [&]() -> Result<StepResult> {
            StepResult step;
            if (state.packages) TRY_VOID(fetch(*state.packages.digest));
            step.trees["source"] = *local.digest;
            if (!part.override_pull) return step;
            const auto folder = inside::part(part.name);
            auto outcome = TRY(run_script(index, Step::pull, *part.override_pull,
                                          {{folder + "/src", {*empty_.digest}, "source", false},
                                           {inside::tools + "/default", {*local.digest}, "", false}},
                                          {inside::tools + "/default", folder + "/src", {}}, folder + "/src",
                                          *empty_.digest, *empty_.digest, step));
            step.trees["source"] =
                TRY(store_.put_tree(with_times_of(outcome.deltas["source"], *TRY(store_.tree(*local.digest)))));
            return step;
        }));
        state.source = part.override_pull || result ? output(index, Step::pull, result, "source") : local;
        if (state.packages) state.packages.from = id(index, Step::pull);
        take_environment(index, Step::pull, result, part.override_pull.has_value());
        TRY_VOID(take_values(index, Step::pull, result, part.override_pull.has_value()));
        return {};
    }

    Result<void> fetch(const Digest& resolution) {
        const auto packages = TRY(packages_.read(resolution));
        if (!job_.offline) return workshop_.archive.fetch(packages, stop_);
        for (const auto& package : packages.packages)
            if (!store_.has(package.sha256))
                return fail("RB1042",
                            fmt::format("the package {} {} isn't in the store, and --offline forbids to fetch it",
                                        package.name, package.version),
                            "run once without --offline");
        return {};
    }

    Result<void> overlay(std::size_t index) {
        const auto& part = parts_[index];
        auto& state = states_[index];
        if (has_overlay(part)) {
            StepInputs inputs("overlay");
            inputs.value("base and layers below", stack_).field("overlay", texts(part.overlay));
            Value packages;
            if (!part.overlay_packages.empty()) {
                packages = stack_ ? TRY(packages_.resolve(part.overlay_packages, stack_.digest, stop_))
                                  : Value{std::nullopt, {}, stack_.unresolved};
                inputs.value("overlay-packages", packages);
            }
            if (part.overlay_script) TRY_VOID(script_inputs(inputs, index, Step::overlay, *part.overlay_script));
            const auto result = TRY(book_.step(part.name, "overlay", std::move(inputs), [&]() -> Result<StepResult> {
                StepResult step;
                Tree layer;
                std::vector<Digest> lowers{*stack_.digest};
                if (packages) {
                    layer = TRY(packages_.install(lowers, *packages.digest, id(index, Step::overlay), stop_));
                    lowers.insert(lowers.begin(), TRY(store_.put_tree(layer)));
                }
                if (part.overlay_script) {
                    auto outcome = TRY(run_script(index, Step::overlay, *part.overlay_script,
                                                  {{inside::overlay, lowers, "layer", false}}, {}, inside::overlay,
                                                  *empty_.digest, *empty_.digest, step));
                    layer = fold(layer, outcome.deltas["layer"]);
                }
                const auto chosen = TRY(select(layer, part.overlay));
                step.trees["layer"] = TRY(store_.put_tree(filter(layer, [&](const Entry& entry) {
                    return entry.type == EntryType::whiteout || chosen.find(entry.path) != nullptr;
                })));
                return step;
            }));
            const auto layer = output(index, Step::overlay, result, "layer");
            overlay_ = TRY(folds_.folded(overlay_, layer));
            stack_ = TRY(folds_.applied(stack_, layer));
            take_environment(index, Step::overlay, result, part.overlay_script.has_value());
        }
        state.stack = stack_;
        return {};
    }

    bool sees_overlay(std::size_t index) const {
        if (has_overlay(parts_[index])) return true;
        const auto others = closure(parts_, index);
        return std::any_of(others.begin(), others.end(), [&](auto other) { return has_overlay(parts_[other]); });
    }

    Result<void> build(std::size_t index) {
        const auto& part = parts_[index];
        auto& state = states_[index];
        StepInputs inputs("build");
        const bool is_pebble = part.name == hidden_pebble;
        const bool dumps = part.plugin.value == "dump";
        const auto& plugin = tools_.plugins[index];
        // Without a script of the part's own, a plugin's commands are run by the shortest one there is.
        const Script shortest{"craftctl default\n", part.plugin.span, 1, false};
        const auto* script = part.override_build ? &*part.override_build : plugin ? &shortest : nullptr;
        inputs.field("plugin", fmt::format("{}/{}", part.plugin.value, plugin ? plugin->version : 1));
        if (plugin)
            inputs.field("plugin's commands", plugin_script(*plugin))
                .field("plugin's environment", plugin->environment);
        if (is_pebble)
            inputs.field("pebble", TRY(workshop_.pebble.key()).digest)
                .field("time", static_cast<std::uint64_t>(job_.time));
        if (dumps || script != nullptr) inputs.value("source", state.source);
        if (!part.stage_packages.empty()) {
            inputs.value("stage-packages", state.packages);
            inputs.field("clamp", job_.clamp ? std::to_string(*job_.clamp) : "");
        }
        std::vector<std::pair<std::string, std::string>> moves;
        for (const auto& [from, to] : part.organize) moves.emplace_back(from.value, to.value);
        inputs.field("organize", moves);
        if (!moves.empty()) inputs.field("time of new folders", static_cast<std::uint64_t>(job_.time));
        auto stage = empty_;
        if (script != nullptr) {
            stage = TRY(closure_stage(index));
            inputs.value("stage", stage);
            if (sees_overlay(index)) inputs.value("overlay", state.stack);
            TRY_VOID(script_inputs(inputs, index, Step::build, *script));
        }
        const auto result = TRY(book_.step(part.name, "build", std::move(inputs), [&]() -> Result<StepResult> {
            StepResult step;
            Tree install;
            if (is_pebble) install = pebble_install(*TRY(store_.tree(TRY(workshop_.pebble.make()))), job_.time);
            if (state.packages) {
                TRY_VOID(fetch(*state.packages.digest));
                const auto resolution = TRY(packages_.read(*state.packages.digest));
                install = TRY(normalise(store_, TRY(unpack_all(store_, resolution, job_.clamp))));
            }
            if (script != nullptr) install = TRY(build_by_script(index, *script, install, *stage.digest, step));
            else if (dumps) install = TRY(migrate(install, *TRY(store_.tree(*state.source.digest))));
            step.trees["install"] = TRY(store_.put_tree(TRY(organize(install, part.organize, job_.time))));
            return step;
        }));
        state.install = output(index, Step::build, result, "install");
        take_environment(index, Step::build, result, script != nullptr);
        TRY_VOID(take_values(index, Step::build, result, script != nullptr));
        return {};
    }

    Result<Tree> build_by_script(std::size_t index, const Script& script, const Tree& packages, const Digest& stage,
                                 StepResult& step) {
        const auto& part = parts_[index];
        const auto& state = states_[index];
        const auto folder = inside::part(part.name);
        const auto install = TRY(store_.put_tree(packages));
        std::vector<StepTree> trees{{folder + "/src", {*state.source.digest}, "", true},
                                    {folder + "/build", {*state.source.digest}, "", true},
                                    {folder + "/install", {install}, "install", false},
                                    {inside::stage, {stage}, "", false}};
        if (sees_overlay(index)) trees.push_back({inside::overlay, {*state.stack.digest}, "", false});
        DefaultAction action;
        if (part.plugin.value == "dump") action = {folder + "/build", folder + "/install", {}};
        if (const auto& plugin = tools_.plugins[index]) action.script = plugin_script(*plugin);
        auto outcome = TRY(
            run_script(index, Step::build, script, std::move(trees), action, folder + "/build", install, stage, step));
        return apply(packages, outcome.deltas["install"]);
    }

    Result<void> stage(std::size_t index) {
        const auto& part = parts_[index];
        auto& state = states_[index];
        if (has_overlay(part) && !overlay_staged_) {
            overlay_staged_ = true;
            const auto visible = TRY(folds_.visible(overlay_));
            TRY_VOID(lay_into_stage(index, visible, true));
        }
        StepInputs inputs("stage");
        inputs.value("install", state.install)
            .field("stage", texts(part.stage))
            .field("prefix of pkg-config files", inside::stage);
        state.stage_scripted = part.override_stage.has_value();
        if (part.override_stage) {
            inputs.value("stage as it stands", stage_);
            TRY_VOID(script_inputs(inputs, index, Step::stage, *part.override_stage));
        }
        const auto result = TRY(book_.step(part.name, "stage", std::move(inputs), [&]() -> Result<StepResult> {
            StepResult step;
            const auto contribution = TRY(staged_as(part, *TRY(store_.tree(*state.install.digest)), part.stage));
            const auto digest = TRY(store_.put_tree(contribution));
            step.trees["stage"] = step.trees["chosen"] = digest;
            if (!part.override_stage) return step;
            auto outcome = TRY(run_script(index, Step::stage, *part.override_stage,
                                          {{inside::stage, {*stage_.digest}, "stage", false},
                                           {inside::part(part.name) + "/install", {*state.install.digest}, "", false},
                                           {inside::tools + "/default", {digest}, "", false}},
                                          {inside::tools + "/default", inside::stage, {}}, inside::stage,
                                          *state.install.digest, *stage_.digest, step));
            step.trees["stage"] = TRY(store_.put_tree(with_times_of(outcome.deltas["stage"], contribution)));
            return step;
        }));
        state.stage = output(index, Step::stage, result, "stage");
        if (part.override_stage) {
            // Whatever the script does, what the part chose to stage may not collide (spec/parts-lifecycle.md §13).
            contributed_.push_back(output(index, Step::stage, result, "chosen"));
            owners_.push_back({&part, false, nullptr});
            TRY(folds_.remembered("look for collisions" + said_of_owners(), contributed_,
                                  [&](const auto& trees) -> Result<Tree> {
                                      TRY_VOID(check_owners(trees));
                                      return Tree{};
                                  }));
            stage_ = TRY(folds_.applied(stage_, state.stage));
            stage_written_by_script_ = true;
        } else {
            TRY_VOID(lay_into_stage(index, state.stage, false));
        }
        take_environment(index, Step::stage, result, part.override_stage.has_value());
        TRY_VOID(take_values(index, Step::stage, result, part.override_stage.has_value()));
        return {};
    }

    /// Folds a contribution into stage, after the collision check. The check is remembered with the fold: a fold that
    /// was made once over the same contributions had none.
    Result<void> lay_into_stage(std::size_t index, const Value& contribution, bool overlay) {
        contributed_.push_back(contribution);
        owners_.push_back({&parts_[index], overlay, nullptr});
        auto arguments = contributed_;
        arguments.push_back(stage_);
        stage_ = TRY(folds_.remembered((overlay ? "stage the overlay" : "stage a part") + said_of_owners(), arguments,
                                       [&](const auto& trees) -> Result<Tree> {
                                           TRY_VOID(check_owners(trees));
                                           return migrate(*trees.back(), *trees[trees.size() - 2]);
                                       }));
        return {};
    }

    /// What a look for collisions sees besides the trees.
    std::string said_of_owners() const {
        std::string text;
        for (const auto& owner : owners_)
            text += fmt::format("\n{} {}", owner.overlay ? "overlay" : "part",
                                fmt::join(permission_texts(*owner.part), "\n "));
        return text;
    }

    /// For each of the contributions, in their order, its tree.
    Result<void> check_owners(const std::vector<std::shared_ptr<const Tree>>& trees) {
        for (std::size_t i = 0; i < owners_.size(); ++i) owners_[i].tree = trees[i];
        return check_collisions(store_, owners_);
    }

    /// What the entries choose of what the part installs, as it lies in stage.
    Result<Tree> staged_as(const Part& part, const Tree& install, const std::vector<PlacedText>& entries) {
        return with_prefixes_below(store_, TRY(select(install, entries)), inside::stage,
                                   inside::part(part.name) + "/install");
    }

    Result<void> prime(std::size_t index) {
        const auto& part = parts_[index];
        auto& state = states_[index];
        if (has_overlay(part) && !overlay_primed_) {
            overlay_primed_ = true;
            const auto visible = TRY(folds_.visible(overlay_));
            if (visible) {
                const auto permitted = with_permissions(*TRY(store_.tree(*visible.digest)), part.permissions);
                prime_ = TRY(folds_.migrated(prime_, Value::known(TRY(store_.put_tree(permitted)), visible.from)));
            } else {
                prime_ = visible;
            }
        }
        const auto fileset = effective_prime(part.stage, part.prime);
        StepInputs inputs("prime");
        inputs.value("install", state.install)
            .field("prime", texts(fileset))
            .field("prefix of pkg-config files", inside::stage)
            .field("permissions", permission_texts(part));
        // What the part chooses for itself, or what a script made of stage, has to be looked up there.
        const bool looks_into_stage = stage_written_by_script_ || !joins_stage(part.prime);
        if (looks_into_stage) inputs.value("stage", stage_);
        if (part.override_prime) {
            inputs.value("prime as it stands", prime_);
            TRY_VOID(script_inputs(inputs, index, Step::prime, *part.override_prime));
        }
        const auto result = TRY(book_.step(part.name, "prime", std::move(inputs), [&]() -> Result<StepResult> {
            StepResult step;
            auto contribution = TRY(staged_as(part, *TRY(store_.tree(*state.install.digest)), fileset));
            if (looks_into_stage) contribution = TRY(as_staged(contribution, part));
            contribution = with_permissions(contribution, part.permissions);
            const auto digest = TRY(store_.put_tree(contribution));
            step.trees["prime"] = digest;
            if (!part.override_prime) return step;
            auto outcome = TRY(run_script(index, Step::prime, *part.override_prime,
                                          {{inside::prime, {*prime_.digest}, "prime", false},
                                           {inside::part(part.name) + "/install", {*state.install.digest}, "", false},
                                           {inside::stage, {*stage_.digest}, "", false},
                                           {inside::tools + "/default", {digest}, "", false}},
                                          {inside::tools + "/default", inside::prime, {}}, inside::prime,
                                          *state.install.digest, *stage_.digest, step));
            step.trees["prime"] = TRY(store_.put_tree(with_times_of(outcome.deltas["prime"], contribution)));
            return step;
        }));
        const auto primed = output(index, Step::prime, result, "prime");
        const auto merged =
            part.override_prime ? TRY(folds_.applied(prime_, primed)) : TRY(folds_.migrated(prime_, primed));
        prime_ = TRY(folds_.pruned(merged, base_, overlay_));
        take_environment(index, Step::prime, result, part.override_prime.has_value());
        TRY_VOID(take_values(index, Step::prime, result, part.override_prime.has_value()));
        return {};
    }

    static std::vector<std::string> permission_texts(const Part& part) {
        std::vector<std::string> result;
        const auto text = [](const auto& number) { return number ? fmt::format("{:o}", *number) : std::string("-"); };
        for (const auto& item : part.permissions)
            result.push_back(
                fmt::format("{} {} {} {}", item.path, text(item.owner), text(item.group), text(item.mode)));
        return result;
    }

    /// The contribution's paths with what scripts made of them in stage (spec/parts-lifecycle.md §6: prime reads
    /// stage).
    Result<Tree> as_staged(const Tree& contribution, const Part& part) {
        const auto staged = TRY(store_.tree(*stage_.digest));
        std::vector<Entry> entries;
        for (const auto& entry : contribution.entries()) {
            // Its folders may be links there by now; of a link at the end, the link itself is primed.
            const auto place = resolve(*staged, entry.path, entry.type == EntryType::folder);
            const auto* there = place ? staged->find(*place) : nullptr;
            if (there == nullptr) {
                auto error = fail("RB1011", fmt::format("'{}' is to be primed, but isn't in stage", entry.path),
                                  "choose it in `stage:` too, or leave it out with `prime: [-PATH]`");
                error.error().span = part.span;
                return error;
            }
            entries.push_back(*there);
            entries.back().path = entry.path;
        }
        return Tree::of(std::move(entries));
    }

    const Workshop& workshop_;
    Store& store_;
    const Job& job_;
    StepBook& book_;
    std::vector<Part> parts_;
    std::vector<PartState> states_;
    std::stop_token stop_;
    Folds folds_;
    PackageSteps packages_;

    Value empty_;    // the empty tree
    Value base_;     // the base's root
    Value stack_;    // base and the layers so far
    Value overlay_;  // the layers so far, folded: a delta
    Value stage_;
    Value prime_;
    Value values_;   // what `craftctl set` gave so far
    Value project_;  // the project's folder, if a script names it
    std::vector<Value> environment_;
    Tools tools_;
    std::vector<Value> contributed_;
    std::vector<Contribution> owners_;
    bool overlay_staged_ = false;
    bool overlay_primed_ = false;
    bool stage_written_by_script_ = false;
};

Result<WalkResult> walk(const Workshop& workshop, const Job& job, StepBook::Mode mode, const std::stop_token& stop) {
    auto parts = job.project.parts;
    parts.push_back(pebble_part());
    auto book = TRY(StepBook::open(workshop.store, workshop.events, mode, job.project_note, job.platform.label));
    Walk walk(workshop, job, book, TRY(ordered(std::move(parts))), stop);
    auto primed = walk.all();
    if (!book.planning()) TRY_VOID(book.save());
    if (!primed) return std::unexpected(std::move(primed).error());
    return WalkResult{*primed, book.steps()};
}

}  // namespace

Result<WalkResult> run_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop) {
    return walk(workshop, job, StepBook::Mode::run, stop);
}

Result<WalkResult> plan_lifecycle(const Workshop& workshop, const Job& job, const std::stop_token& stop) {
    return walk(workshop, job, StepBook::Mode::plan, stop);
}

}  // namespace rockbuild
