#include "parts/step_book.hpp"

#include "system/host.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <sstream>

namespace rockbuild {

// Part of every key: raised when the meaning of a step's inputs or outputs changes.
namespace {
constexpr std::uint32_t schema = 3;
}

StepInputs::StepInputs(std::string_view step) : key_("step " + std::string(step), schema) {}

StepInputs& StepInputs::value(std::string_view name, const Value& value) {
    if (!value.from.empty() && std::find(after_.begin(), after_.end(), value.from) == after_.end())
        after_.push_back(value.from);
    if (value) key_.field(name, *value.digest);
    else known_ = false;
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

Result<std::optional<StepResult>> StepBook::step(const std::string& part, std::string_view step, StepInputs inputs,
                                                 const std::function<Result<StepResult>()>& execute) {
    auto& planned = steps_.emplace_back();
    planned.part = part;
    planned.step = step;
    planned.after = inputs.after();
    const auto id = planned.id();
    std::optional<StepResult> last;
    if (const auto key = last_keys_.find({platform_, id}); key != last_keys_.end())
        last = TRY(store_->result(key->second));
    if (last) planned.estimate = last->seconds;
    if (!inputs.known()) {
        planned.prediction = inputs.unresolved() ? Prediction::unresolved : Prediction::maybe;
        return std::nullopt;
    }
    const auto key = inputs.finish();
    planned.key = key.digest;
    if (auto found = TRY(store_->result(key.digest))) {
        planned.prediction = Prediction::hit;
        planned.estimate = found->seconds;
        events_->finished(id, Outcome::cached, 0);
        return found;
    }
    planned.prediction = Prediction::miss;
    planned.reasons = last ? changes(last->inputs, key.fields) : std::vector<KeyChange>{};
    if (planning()) return std::nullopt;

    const auto begin = monotonic_seconds();
    events_->started(id);
    auto result = execute();
    const auto seconds = monotonic_seconds() - begin;
    events_->finished(id, result ? Outcome::ran : Outcome::failed, seconds);
    if (!result) return std::unexpected(std::move(result).error());
    result->seconds = seconds;
    result->inputs = key.fields;
    TRY_VOID(store_->put_result(key.digest, *result));
    return std::move(*result);
}

Result<void> StepBook::save() {
    auto keys = last_keys_;
    for (const auto& step : steps_)
        if (!step.key.empty()) keys[{platform_, step.id()}] = step.key;
    if (keys == last_keys_) return {};
    last_keys_ = std::move(keys);
    return store_->put_note(note_, write_keys(last_keys_));
}

}  // namespace rockbuild
