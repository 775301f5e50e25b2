#include "parts/lifecycle_graph.hpp"

#include "parts/adopted_values.hpp"
#include "parts/variables.hpp"
#include "store/checkout.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

/// Seconds that a step is taken to need before it ever ran: scripts are long, everything else is short.
constexpr double unknown_script = 10;
constexpr double unknown_step = 0.1;

}  // namespace

std::vector<std::string> texts(const std::vector<PlacedText>& items) {
    std::vector<std::string> result;
    for (const auto& item : items) result.push_back(item.value);
    return result;
}

std::vector<std::string> permission_texts(const Part& part) {
    std::vector<std::string> result;
    const auto text = [](const auto& number) { return number ? fmt::format("{:o}", *number) : std::string("-"); };
    for (const auto& item : part.permissions)
        result.push_back(fmt::format("{} {} {} {}", item.path, text(item.owner), text(item.group), text(item.mode)));
    return result;
}

// --- the whole ------------------------------------------------------------------------------------------------------

Result<WalkResult> LifecycleGraph::run(const std::stop_token& stop) {
    empty_tree_ = TRY(store_.put_tree({}));
    tools_ = TRY(tools_of(parts_, job_, workshop_));
    lay_out();
    auto done = graph_.run({workshop_.parallel, workshop_.parallel_downloads}, stop);
    if (!book_.planning()) TRY_VOID(book_.save());
    if (!done) return std::unexpected(std::move(done).error());
    WalkResult result;
    result.steps = book_.steps();
    if (book_.planning()) return result;
    result.trees = goal_trees();
    if (placed_) result.primed = TRY(primed());
    return result;
}

void LifecycleGraph::lay_out() {
    empty_ = graph_.constant(Value::known(empty_tree_));
    stage_ = prime_ = overlay_ = values_ = empty_;
    base_ = stack_ = base_slot(workshop_.base);
    for (const auto& action : sequence(parts_, goal_)) {
        switch (action.step) {
            case Step::pull:
                pull(action.part);
                break;
            case Step::overlay:
                overlay(action.part);
                break;
            case Step::build:
                build(action.part);
                break;
            case Step::stage:
                stage(action.part);
                break;
            case Step::prime:
                prime(action.part);
                break;
        }
    }
    if (goal_.is_all())
        placed_ = fold({prime_, base_, overlay_},
                       [this](const auto& values) { return folds_.placed(values[0], values[1], values[2]); });
}

Result<Primed> LifecycleGraph::primed() const {
    const auto digest = [&](Slot slot) { return *graph_.value(slot)->digest; };
    return Primed{digest(*placed_), digest(base_), TRY(values_in(store_, digest(values_)))};
}

std::vector<GoalTree> LifecycleGraph::goal_trees() const {
    std::vector<GoalTree> trees;
    const auto add = [&](const std::string& part, const std::optional<Slot>& slot) {
        const auto value = slot ? graph_.value(*slot) : std::nullopt;
        trees.push_back({part, value ? *value->digest : empty_tree_});
    };
    if (goal_.step == Step::stage) add("", stage_);
    else if (goal_.step == Step::prime) add("", prime_);
    else
        for (std::size_t index = 0; index < parts_.size(); ++index) {
            const auto& name = parts_[index].name;
            if (!goal_.parts.empty() && std::ranges::find(goal_.parts, name) == goal_.parts.end()) continue;
            const auto& state = states_[index];
            add(name, goal_.step == Step::pull      ? state.source
                      : goal_.step == Step::overlay ? state.layer
                                                    : state.install);
        }
    return trees;
}

// --- what no part gives ---------------------------------------------------------------------------------------------

Slot LifecycleGraph::base_slot(const BaseSource& source) {
    Task task;
    task.budget = Budget::network;
    const auto result = graph_.slot();
    task.writes = {result};
    task.act = [this, result, &source](TaskSlots& slots) -> Result<void> {
        const auto known = TRY(source.known());
        slots.set(result, known             ? Value::known(known->tree)
                          : book_.may_ask() ? Value::known(TRY(source.make(graph_.stop())).tree)
                                            : Value::ask_network());
        return {};
    };
    graph_.add(std::move(task));
    return result;
}

/// The build base with the build packages of all parts (upstream's one instance): topmost first.
std::vector<Slot> LifecycleGraph::build_environment() {
    if (!environment_.empty()) return environment_;
    const auto base = base_slot(workshop_.build_base);
    environment_ = {base};
    std::vector<PlacedText> names;
    PackageUse use{"build-packages", {}};
    for (std::size_t index = 0; index < parts_.size(); ++index) {
        const auto& part = parts_[index];
        const auto before = names.size();
        names.insert(names.end(), part.build_packages.begin(), part.build_packages.end());
        if (const auto& plugin = tools_.plugins[index])
            for (const auto& name : plugin->build_packages) names.push_back({name, part.plugin.span});
        if (names.size() > before) use.parts.push_back(part.name);
    }
    if (names.empty()) return environment_;
    const auto packages = fold({base}, [this, names, use](const auto& values) -> Result<Value> {
        const auto& root = values[0];
        if (!root) return Value{std::nullopt, {}, root.unresolved};
        const auto resolution = TRY(packages_.resolve(use, names, root.digest, graph_.stop()));
        if (!resolution) return resolution;
        const auto note = "environment/" + KeyWriter("environment", 1)
                                               .field("base", *root.digest)
                                               .field("packages", *resolution.digest)
                                               .finish()
                                               .digest.hex();
        if (const auto text = TRY(store_.note(note)))
            if (const auto digest = Digest::parse(*text); digest && store_.has(*digest)) return Value::known(*digest);
        if (book_.planning()) return Value{};
        const auto delta =
            TRY(packages_.install({*root.digest}, *resolution.digest, "build environment", graph_.stop()));
        const auto digest = TRY(store_.put_tree(delta));
        TRY_VOID(store_.put_note(note, digest.str()));
        return Value::known(digest);
    });
    environment_ = {packages, base};
    return environment_;
}

Slot LifecycleGraph::project_folder() {
    if (!project_)
        project_ = fold({}, [this](const auto&) -> Result<Value> {
            const LocalRead read{job_.project_dir, {"*.rock", ".craft", ".git", Lock::file_name, Lock::half_written}};
            return Value::known(TRY(read_local(store_, read, job_.time)));
        });
    return *project_;
}

// --- tasks ----------------------------------------------------------------------------------------------------------

Slot LifecycleGraph::fold(std::vector<Slot> arguments,
                          std::function<Result<Value>(const std::vector<Value>&)> function) {
    const auto result = graph_.slot();
    Task task;
    task.reads = arguments;
    task.writes = {result};
    task.act = [result, arguments = std::move(arguments),
                function = std::move(function)](TaskSlots& slots) -> Result<void> {
        std::vector<Value> values;
        for (const auto argument : arguments) values.push_back(slots[argument]);
        slots.set(result, TRY(function(values)));
        return {};
    };
    graph_.add(std::move(task));
    return result;
}

LifecycleGraph::Draft LifecycleGraph::draft(std::size_t index, Step step, const Script* script) {
    Draft draft;
    draft.index = index;
    draft.step = step;
    draft.line = book_.announce(parts_[index].name, step_name(step));
    draft.task.estimate = book_.estimate(draft.line).value_or(script != nullptr ? unknown_script : unknown_step);
    if (script != nullptr) draft.site = site_of(index, step, *script);
    return draft;
}

Slot LifecycleGraph::write(Draft& draft) {
    const auto slot = graph_.slot();
    draft.task.writes.push_back(slot);
    return slot;
}

void LifecycleGraph::add(Draft draft, std::function<Result<void>(TaskSlots&, const Draft&)> act) {
    auto task = std::move(draft.task);
    if (draft.site) {
        const auto& site = *draft.site;
        task.reads.insert(task.reads.end(), site.lowers.begin(), site.lowers.end());
        for (const auto& slot : {site.project, site.values, site.stage, site.prime, site.source, site.build})
            if (slot) task.reads.push_back(*slot);
        task.writes.push_back(site.environment);
        for (const auto& slot : {site.new_values, site.new_stage, site.new_prime})
            if (slot) task.writes.push_back(*slot);
    }
    task.act = [draft = std::move(draft), act = std::move(act)](TaskSlots& slots) { return act(slots, draft); };
    graph_.add(std::move(task));
}

}  // namespace rockbuild
