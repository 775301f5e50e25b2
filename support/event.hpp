// What the program does, as a stream of values (DESIGN.md §3.6). Work reports to an EventSink; the terminal, plain
// text and JSON lines are sinks in rockbuild/. No other part of the program prints.
#pragma once

#include "support/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace rockbuild {

enum class EventType : std::uint8_t {
    started,   // `subject` begins
    progress,  // `done` of `total` bytes (total 0: not known), or `text` alone
    log,       // one line that a command wrote: `text`, without its newline
    finished,  // `outcome`, `seconds`
    message,   // a word to the user that belongs to no step: `text`
    finding,   // something about what is built, with its place: `diagnostic`
};

enum class Outcome : std::uint8_t {
    ran,
    cached,
    failed,
    stopped,  // by another's failure, or by the user
};

/// How that ended which gave this result.
template <class T>
Outcome outcome_of(const Result<T>& result) {
    if (result) return Outcome::ran;
    return result.error().exit == ExitCode::interrupted ? Outcome::stopped : Outcome::failed;
}

struct Event {
    EventType type = EventType::message;
    std::string subject;  // "nginx:build", "base debian@12", "layer", "pebble"
    std::string text;
    std::uint64_t done = 0;
    std::uint64_t total = 0;
    Outcome outcome = Outcome::ran;
    double seconds = 0;
    std::optional<Diagnostic> diagnostic;
};

/// Takes events from any thread, one at a time or several at once: an implementation locks for itself.
class EventSink {
public:
    EventSink() = default;
    virtual ~EventSink() = default;
    EventSink(const EventSink&) = delete;
    EventSink& operator=(const EventSink&) = delete;

    virtual void on(const Event& event) = 0;

    void started(std::string subject) { on(of(EventType::started, std::move(subject))); }
    void progress(std::string subject, std::uint64_t done, std::uint64_t total) {
        auto event = of(EventType::progress, std::move(subject));
        event.done = done;
        event.total = total;
        on(event);
    }
    void log(std::string subject, std::string line) {
        auto event = of(EventType::log, std::move(subject));
        event.text = std::move(line);
        on(event);
    }
    void finished(std::string subject, Outcome outcome, double seconds) {
        auto event = of(EventType::finished, std::move(subject));
        event.outcome = outcome;
        event.seconds = seconds;
        on(event);
    }
    void message(std::string text) {
        auto event = of(EventType::message, {});
        event.text = std::move(text);
        on(event);
    }
    void finding(Diagnostic diagnostic) {
        auto event = of(EventType::finding, {});
        event.diagnostic = std::move(diagnostic);
        on(event);
    }

private:
    static Event of(EventType type, std::string subject) {
        Event event;
        event.type = type;
        event.subject = std::move(subject);
        return event;
    }
};

}  // namespace rockbuild
