#include "parts/step_book.hpp"

#include "system/host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace rockbuild {

// Part of every key: raised when the meaning of a step's inputs or outputs changes.
namespace {
constexpr std::uint32_t schema = 5;

std::string said_of_giver(const Value& value) {
    if (value.unresolved) return "what the network says";
    return value.from.empty() ? "what isn't made yet" : fmt::format("what {} gives", value.from);
}
}  // namespace

StepInputs::StepInputs(std::string_view step, std::string_view part) : key_("step " + std::string(step), schema) {
    key_.field("part", part);
}

StepInputs& StepInputs::value(std::string_view name, const Value& value) {
    if (!value.from.empty() && std::find(after_.begin(), after_.end(), value.from) == after_.end())
        after_.push_back(value.from);
    if (value) key_.field(name, *value.digest);
    else missing_.push_back({std::string(name), {}, said_of_giver(value)});
    unresolved_ = unresolved_ || value.unresolved;
    return *this;
}

ProjectKeys read_keys(const std::string& text) {
    ProjectKeys keys;
    std::istringstream lines(text);
    std::string id;
    std::string hex;
    for (std::string platform; lines >> platform >> id >> hex;)
        if (const auto digest = Digest::from_hex(hex)) keys.emplace(std::pair(platform, id), *digest);
    return keys;
}

std::string write_keys(const ProjectKeys& keys) {
    std::string text;
    for (const auto& [step, key] : keys) text += fmt::format("{} {} {}\n", step.first, step.second, key.hex());
    return text;
}

Result<StepBook> StepBook::open(Store& store, EventSink& events, Mode mode, std::string note, std::string platform) {
    StepBook book(store, events, mode, std::move(note), std::move(platform));
    if (const auto text = TRY(store.note(book.note_))) book.last_keys_ = read_keys(*text);
    return book;
}

std::size_t StepBook::announce(const std::string& part, std::string_view step) {
    auto& line = lines_.emplace_back();
    line.step.part = part;
    line.step.step = step;
    const auto key = last_keys_.find({platform_, line.step.id()});
    if (key == last_keys_.end()) return lines_.size() - 1;
    line.last_key = key->second;
    // A result that can't be read is one that isn't there: the step will run, and its reasons are then unknown.
    line.last = store_->result(key->second).value_or(std::nullopt);
    if (line.last) line.step.estimate = line.last->seconds;
    return lines_.size() - 1;
}

std::optional<double> StepBook::estimate(std::size_t line) const {
    const auto& last = lines_[line].last;
    return last ? std::optional(last->seconds) : std::nullopt;
}

Result<std::optional<StepResult>> StepBook::step(std::size_t line, StepInputs inputs, bool anew,
                                                 const Execute& execute) {
    auto& [planned, last_key, last] = lines_[line];
    planned.after = inputs.after();
    const auto id = planned.id();
    if (!inputs.known()) {
        planned.prediction = inputs.unresolved() ? Prediction::unresolved : Prediction::maybe;
        planned.reasons = inputs.missing();
        return std::nullopt;
    }
    const auto key = inputs.finish();
    planned.key = key.digest;
    auto found = last_key == key.digest ? last : TRY(store_->result(key.digest));
    if (found && !anew) {
        planned.prediction = Prediction::hit;
        planned.estimate = found->seconds;
        if (mode_ != Mode::lock) events_->finished(id, Outcome::cached, 0);
        return found;
    }
    planned.prediction = Prediction::miss;
    planned.reasons = last ? changes(last->inputs, key.fields) : std::vector<KeyChange>{};
    if (planning()) return std::nullopt;

    const auto begin = monotonic_seconds();
    events_->started(id);
    auto result = execute();
    const auto seconds = monotonic_seconds() - begin;
    events_->finished(id, outcome_of(result), seconds);
    if (!result) return std::unexpected(std::move(result).error());
    if (!*result) return std::nullopt;
    (*result)->seconds = seconds;
    (*result)->inputs = key.fields;
    TRY_VOID(store_->put_result(key.digest, **result));
    return result;
}

std::vector<PlannedStep> StepBook::steps() const {
    std::vector<PlannedStep> steps;
    for (const auto& line : lines_) steps.push_back(line.step);
    return steps;
}

Result<void> StepBook::save() {
    auto keys = last_keys_;
    for (const auto& line : lines_)
        if (!line.step.key.empty()) keys[{platform_, line.step.id()}] = line.step.key;
    if (keys == last_keys_) return {};
    last_keys_ = std::move(keys);
    return store_->put_note(note_, write_keys(last_keys_));
}

}  // namespace rockbuild
