// The book of one build's steps: for each, its key, whether its result is in the store, and what to do if not. `plan`
// and the run keep the same book with the same keys; they differ in one line: what happens on a miss.
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
    explicit StepInputs(std::string_view step);

    template <class T>
    StepInputs& field(std::string_view name, const T& value) {
        key_.field(name, value);
        return *this;
    }
    StepInputs& value(std::string_view name, const Value& value);

    bool known() const { return known_; }
    bool unresolved() const { return unresolved_; }
    const std::vector<std::string>& after() const { return after_; }
    Key finish() { return key_.finish(); }

private:
    KeyWriter key_;
    bool known_ = true;
    bool unresolved_ = false;
    std::vector<std::string> after_;
};

class StepBook {
public:
    enum class Mode : std::uint8_t { plan, run };
    /// `note` names the store's note with the keys of the project's last runs; `platform` is the part of it that is
    /// ours.
    static Result<StepBook> open(Store& store, EventSink& events, Mode mode, std::string note, std::string platform);

    /// The step's result: from the store; or by `execute`, put there; or none in plan mode when it would run.
    Result<std::optional<StepResult>> step(const std::string& part, std::string_view step, StepInputs inputs,
                                           const std::function<Result<StepResult>()>& execute);

    /// Remembers this run's keys for the next run's reasons and for `clean`. Also after a failure: what was done
    /// counts.
    Result<void> save();

    bool planning() const { return mode_ == Mode::plan; }
    const std::vector<PlannedStep>& steps() const { return steps_; }

private:
    StepBook(Store& store, EventSink& events, Mode mode, std::string note, std::string platform)
        : store_(&store), events_(&events), mode_(mode), note_(std::move(note)), platform_(std::move(platform)) {}

    Store* store_;
    EventSink* events_;
    Mode mode_;
    std::string note_;
    std::string platform_;
    ProjectKeys last_keys_;
    std::vector<PlannedStep> steps_;
};

}  // namespace rockbuild
