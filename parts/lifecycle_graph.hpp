// The graph of one build's steps (parts/graph.hpp): for each action of upstream's sequence, a task that gathers what
// the step can see (its key's inputs), asks the book, and carries the outputs on. In plan mode an output may stay
// unknown; whatever depends on it then is "maybe".
//
// What a part gave so far, and the shared trees `stage` and `prime`, are the slots that hold them at this point of the
// sequence. A step without a script contributes its filtered tree, a step with one a delta of the tree as it stood; the
// folds that lay them over each other are tasks of their own, so that the steps themselves need not wait for each
// other.
//
// The steps are in parts/steps/, one file each.
#pragma once

#include "parts/folds.hpp"
#include "parts/graph.hpp"
#include "parts/lifecycle.hpp"
#include "parts/organize.hpp"
#include "parts/package_step.hpp"
#include "parts/sources.hpp"
#include "parts/step_book.hpp"
#include "parts/step_runner.hpp"
#include "parts/tools.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

std::vector<std::string> texts(const std::vector<PlacedText>& items);
std::vector<std::string> permission_texts(const Part& part);
/// Is it the part that every rock has without naming it (spec/rockcraft-yaml.md §9)?
bool is_hidden_pebble(const Part& part);

/// A step's script, and the slots of what it stands on besides the step's own trees.
struct ScriptSite {
    const Script* script;
    std::vector<Slot> lowers;     // of its root, topmost first
    std::optional<Slot> project;  // the project's folder, if the text names it
    std::optional<Slot> values;   // what `craftctl set` gave before, if it is seen
    std::optional<Slot> stage;    // the shared trees as they stand, if the text names them
    std::optional<Slot> prime;
    std::optional<Slot> source;  // the part's own folders, likewise
    std::optional<Slot> build;
    Slot environment;                // written: what the script leaves outside its trees
    std::optional<Slot> new_values;  // written: `values` with what it set
    std::optional<Slot> new_stage;   // written: its delta of `stage`
    std::optional<Slot> new_prime;
};

class LifecycleGraph {
public:
    LifecycleGraph(const Workshop& workshop, const Job& job, const Goal& goal, const ShellWish& shell, StepBook& book,
                   std::vector<Part> parts)
        : workshop_(workshop),
          store_(workshop.store),
          job_(job),
          goal_(goal),
          shell_(shell),
          book_(book),
          parts_(std::move(parts)),
          states_(parts_.size()),
          folds_(workshop.store),
          packages_(workshop, job, !book.may_ask()),
          sources_(workshop, job, !book.may_ask()) {}

    /// Lays the graph out, runs it, and takes from it what the goal asks for.
    Result<WalkResult> run(const std::stop_token& stop);

private:
    struct PartState {
        std::optional<Slot> source;
        std::optional<Slot> packages;  // the blob of a Resolution
        std::optional<Slot> layer;
        std::optional<Slot> build;  // what the build left in its folder, if a later script names that
        std::optional<Slot> install;
        std::optional<Slot> stage;  // contribution, or delta if scripted
        bool stage_scripted = false;
        std::vector<Slot> environment;  // what its scripts wrote outside their trees, newest first
        Slot stack;                     // base and all layers up to that of this part's overlay step
    };

    /// A step being laid out: its line in the book and its task.
    struct Draft {
        std::size_t index;
        Step step;
        std::size_t line;
        Task task;
        std::optional<ScriptSite> site;
    };
    using Act = StepBook::Execute;

    // parts/lifecycle_graph.cpp
    void lay_out();
    Slot base_slot(const BaseSource& source);
    std::vector<Slot> build_environment();
    Slot project_folder();
    Slot fold(std::vector<Slot> arguments, std::function<Result<Value>(const std::vector<Value>&)> function);
    Draft draft(std::size_t index, Step step, const Script* script);
    void read(Draft& draft, const std::optional<Slot>& slot) {
        if (slot) draft.task.reads.push_back(*slot);
    }
    Slot write(Draft& draft);
    void add(Draft draft, std::function<Result<void>(TaskSlots&, const Draft&)> act);
    Result<Primed> primed() const;
    std::vector<GoalTree> goal_trees() const;

    // parts/lifecycle_scripts.cpp
    ScriptSite site_of(std::size_t index, Step step, const Script& script);
    void fold_writes(const ScriptSite& site);
    Result<void> script_inputs(TaskSlots& slots, StepInputs& inputs, const Draft& draft);
    Result<StepOutcome> run_within(const Draft& draft, const std::vector<Digest>& lowers, StepResult& result);
    ShellTime shell_time(const Draft& draft) const;
    Result<StepOutcome> run_script(TaskSlots& slots, const Draft& draft, std::vector<StepTree> trees,
                                   const DefaultAction& action, const std::string& working_dir, const Digest& install,
                                   const Digest& stage, StepResult& result);
    Result<void> finish(TaskSlots& slots, const Draft& draft, const std::optional<StepResult>& result);
    Result<std::optional<StepResult>> ask_book(const Draft& draft, StepInputs inputs, const Act& act);
    bool later_script_looks_into_build(const Part& part) const;
    const Script* script_or_shell(std::size_t index, Step step, const std::optional<Script>& script) const;

    // parts/steps/
    void pull(std::size_t index);
    void overlay(std::size_t index);
    void build(std::size_t index);
    void stage(std::size_t index);
    void prime(std::size_t index);
    Result<Value> closure_stage(TaskSlots& slots, const std::vector<std::size_t>& staged, Slot layers);
    Result<std::optional<OrganizedTrees>> build_by_script(TaskSlots& slots, const Draft& draft, const Tree& packages,
                                                          const Digest& stage, StepResult& step);
    void lay_into_stage(std::size_t index, Slot contribution, bool overlay);
    Slot looked_for_collisions(std::size_t index, Slot chosen, bool overlay);
    std::string said_of_owners() const;
    Result<Tree> staged_as(const Part& part, const Digest& install, const std::vector<PlacedText>& entries);
    void lay_overlay_into_prime(const Part& part);
    Slot found_in_stage(Slot install);
    Result<Tree> looked_up(const Tree& chosen, const Part& part, const Tree& staged);

    std::string id(std::size_t index, Step step) const { return parts_[index].name + ":" + step_name(step); }
    Value output(const Draft& draft, const std::optional<StepResult>& result, const std::string& name) const {
        const auto by = id(draft.index, draft.step);
        return result ? Value::known(result->trees.at(name), by) : Value::later(by);
    }
    bool is_empty(const Value& value) const { return value.digest == empty_tree_; }

    const Workshop& workshop_;
    Store& store_;
    const Job& job_;
    const Goal& goal_;
    const ShellWish& shell_;
    StepBook& book_;
    const std::vector<Part> parts_;
    std::vector<PartState> states_;
    Graph graph_;
    Folds folds_;
    PackageSteps packages_;
    SourceSteps sources_;
    Tools tools_;
    const Script default_script_{"craftctl default\n", {}, 1, false};

    // What the shared trees are at this point of the sequence.
    Digest empty_tree_;
    Slot empty_;
    Slot base_;     // the base's root
    Slot stack_;    // base and the layers so far
    Slot overlay_;  // the layers so far, folded: a delta
    Slot stage_;
    Slot prime_;
    Slot values_;  // what `craftctl set` gave so far
    std::optional<Slot> project_;
    std::vector<Slot> environment_;
    std::vector<Slot> contributed_;
    std::vector<Contribution> owners_;
    bool overlay_staged_ = false;
    bool overlay_primed_ = false;
    bool stage_written_by_script_ = false;
    std::optional<Slot> placed_;
};

}  // namespace rockbuild
