// The book of one build's steps: for each, its key, whether its result is in the store, and what to do if not. `plan`
// and the run keep the same book with the same keys; they differ in one line: what happens on a miss. `lock` is a plan
// that may ask the network what things stand for.
//
// Steps are announced first, in upstream's sequence, by one thread; then they may be done from several.
#pragma once

#include "parts/plan.hpp"
#include "parts/value.hpp"
#include "store/store.hpp"
#include "support/event.hpp"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

/// The keys that a project's steps last had: (platform, "part:step") → key.
using ProjectKeys = std::map<std::pair<std::string, std::string>, Digest>;
/// As text for a note: a line `platform part:step key` each. Lines that are none are passed over.
ProjectKeys read_keys(const std::string& text);
std::string write_keys(const ProjectKeys& keys);

/// The inputs of one step, gathered one by one.
class StepInputs {
public:
    /// The part's name is an input of every step: so no two steps of a project have one key, and a plan's "miss" is
    /// kept whatever runs beside it.
    StepInputs(std::string_view step, std::string_view part);

    template <class T>
    StepInputs& field(std::string_view name, const T& value) {
        key_.field(name, value);
        return *this;
    }
    StepInputs& value(std::string_view name, const Value& value);

    bool known() const { return missing_.empty(); }
    /// Inputs that aren't known yet, each with who will give it for its new value.
    const std::vector<KeyChange>& missing() const { return missing_; }
    bool unresolved() const { return unresolved_; }
    const std::vector<std::string>& after() const { return after_; }
    Key finish() { return key_.finish(); }

private:
    KeyWriter key_;
    bool unresolved_ = false;
    std::vector<KeyChange> missing_;
    std::vector<std::string> after_;
};

class StepBook {
public:
    enum class Mode : std::uint8_t { plan, lock, run };
    /// Does the step; none: it came to nothing that could be kept (a shell came instead).
    using Execute = std::function<Result<std::optional<StepResult>>()>;
    /// `note` names the store's note with the keys of the project's last runs; `platform` is the part of it that is
    /// ours.
    static Result<StepBook> open(Store& store, EventSink& events, Mode mode, std::string note, std::string platform);

    /// A line of the book, in which the last run's result is looked up.
    std::size_t announce(const std::string& part, std::string_view step);
    /// Seconds that it took last; none if it never ran.
    std::optional<double> estimate(std::size_t line) const;

    /// The step's result: from the store, unless `anew`; or by `execute`, put there; or none in plan mode when it would
    /// run.
    Result<std::optional<StepResult>> step(std::size_t line, StepInputs inputs, bool anew, const Execute& execute);

    /// Remembers this run's keys for the next run's reasons and for `clean`. Also after a failure: what was done
    /// counts.
    Result<void> save();

    /// No step runs.
    bool planning() const { return mode_ != Mode::run; }
    bool may_ask() const { return mode_ != Mode::plan; }
    std::vector<PlannedStep> steps() const;

private:
    StepBook(Store& store, EventSink& events, Mode mode, std::string note, std::string platform)
        : store_(&store), events_(&events), mode_(mode), note_(std::move(note)), platform_(std::move(platform)) {}

    Store* store_;
    EventSink* events_;
    Mode mode_;
    std::string note_;
    std::string platform_;
    ProjectKeys last_keys_;

    struct Line {
        PlannedStep step;
        std::optional<Digest> last_key;
        std::optional<StepResult> last;
    };
    std::vector<Line> lines_;
};

}  // namespace rockbuild
