// What Pebble is told to run, as values (spec/pebble.md §3–§7, §10): a layer is what one file says, a plan is layers
// folded in their order. Each field knows where it was said; in a plan, where it was said last.
//
// A field that is not set is none; what Pebble then takes is in `pebble_defaults`. Where Pebble takes an empty text or
// a zero for "not set", the place of it is kept all the same, so that a complaint has somewhere to point at.
#pragma once

#include "project/complaints.hpp"
#include "support/diagnostic.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

using PlacedNumber = Placed<std::int64_t>;
using PlacedFactor = Placed<double>;
using PlacedDuration = Placed<std::chrono::nanoseconds>;

namespace pebble_defaults {
inline constexpr std::chrono::nanoseconds backoff_delay = std::chrono::milliseconds(500);
inline constexpr std::chrono::nanoseconds backoff_limit = std::chrono::seconds(30);
inline constexpr std::chrono::nanoseconds kill_delay = std::chrono::seconds(5);
inline constexpr double backoff_factor = 2;
inline constexpr std::chrono::nanoseconds period = std::chrono::seconds(10);
inline constexpr std::chrono::nanoseconds timeout = std::chrono::seconds(3);
inline constexpr std::int64_t threshold = 3;
}  // namespace pebble_defaults

/// One pair of a map: its text, and the places of key and value.
struct PlacedEntry {
    std::string value;
    Span span;  // of the value
    Span key;
};
using PlacedEntries = std::map<std::string, PlacedEntry>;

/// An empty text says as little as none.
inline bool is_filled(const std::optional<PlacedText>& text) { return text && !text->value.empty(); }

/// Who a process runs as.
struct Account {
    std::optional<PlacedText> user;
    std::optional<PlacedNumber> user_id;
    std::optional<PlacedText> group;
    std::optional<PlacedNumber> group_id;
};

/// The place of a group that is given without a user.
std::optional<Span> group_alone(const Account& account);

/// What every object of a layer has.
struct PlanObject {
    Span span;                         // of its name, where it was given last
    std::optional<PlacedText> policy;  // `override`: "merge" or "replace"
    bool faulty = false;               // an error of it has been said: nothing is concluded from it
};

struct Service : PlanObject {
    std::optional<PlacedText> summary;
    std::optional<PlacedText> description;
    std::optional<PlacedText> startup;
    std::optional<PlacedText> command;  // as written: parse_pebble_command (command.hpp) splits it
    std::vector<PlacedText> after;
    std::vector<PlacedText> before;
    std::vector<PlacedText> requirements;  // `requires`
    std::optional<PlacedText> workload;
    PlacedEntries environment;
    Account account;
    std::optional<PlacedText> working_dir;
    std::optional<PlacedText> on_success;
    std::optional<PlacedText> on_failure;
    PlacedEntries on_check_failure;
    std::optional<PlacedDuration> backoff_delay;
    std::optional<PlacedFactor> backoff_factor;
    std::optional<PlacedDuration> backoff_limit;
    std::optional<PlacedDuration> kill_delay;

    bool enabled() const { return startup && startup->value == "enabled"; }
};

struct HttpCheck {
    Span span;
    std::optional<PlacedText> url;
    PlacedEntries headers;
};
struct TcpCheck {
    Span span;
    std::optional<PlacedNumber> port;
    std::optional<PlacedText> host;
};
struct ExecCheck {
    Span span;
    std::optional<PlacedText> command;
    std::optional<PlacedText> service_context;
    PlacedEntries environment;
    Account account;
    std::optional<PlacedText> working_dir;
};

struct Check : PlanObject {
    std::optional<PlacedText> level;
    std::optional<PlacedText> startup;
    std::optional<PlacedDuration> period;
    std::optional<PlacedDuration> timeout;
    std::optional<PlacedNumber> threshold;
    std::optional<HttpCheck> http;
    std::optional<TcpCheck> tcp;
    std::optional<ExecCheck> exec;
};

struct LogTarget : PlanObject {
    std::optional<PlacedText> type;
    std::optional<PlacedText> location;
    std::vector<PlacedText> services;  // NAME, -NAME, all, -all
    PlacedEntries labels;
};

struct Workload : PlanObject {
    PlacedEntries environment;
    Account account;
};

struct Pairing {
    std::optional<PlacedText> mode;
};

/// The objects that a layer or a plan holds, by name.
struct PlanSections {
    std::map<std::string, Service> services;
    std::map<std::string, Check> checks;
    std::map<std::string, LogTarget> log_targets;
    std::map<std::string, Workload> workloads;
    std::optional<Pairing> pairing;
};

/// What one file says.
struct PebbleLayer : PlanSections {
    int order = 0;      // 1000 × the number in its name (or in its folder's), plus the number within a folder
    std::string label;  // `web`, within a folder `web/inner`
    std::string file;   // as diagnostics name it
    std::optional<PlacedText> summary;
    std::optional<PlacedText> description;
    bool faulty = false;  // a section could not be read: what it would have defined is unknown
};

/// All layers folded.
struct PebblePlan : PlanSections {
    bool faulty = false;  // some layer is: names that nothing defines may have been defined there
};

}  // namespace rockbuild
