#include "pebble/check.hpp"

#include "project/circles.hpp"
#include "project/reading.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <map>
#include <set>
#include <string_view>

namespace rockbuild {

namespace {

/// Seconds of a Go duration (`1.5h`, `2h45m`, `300ms`, plain `0`); none if it is none, or too long for Go.
std::optional<double> duration(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text == "0") return 0;
    static const std::map<std::string_view, double> units{{"ns", 1e-9},      {"us", 1e-6}, {"\u00b5s", 1e-6},
                                                          {"\u03bcs", 1e-6}, {"ms", 1e-3}, {"s", 1},
                                                          {"m", 60},         {"h", 3600}};
    if (text.empty()) return std::nullopt;
    constexpr double longest = 9223372036.854775;  // 2^63 nanoseconds
    double total = 0;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
        const auto number = text.substr(0, digits);
        if (number.empty() || number == "." || std::count(number.begin(), number.end(), '.') > 1) return std::nullopt;
        text.remove_prefix(digits);
        const auto letters = std::min(text.find_first_of("0123456789."), text.size());
        const auto unit = units.find(text.substr(0, letters));
        if (unit == units.end()) return std::nullopt;
        total += std::strtod(std::string(number).c_str(), nullptr) * unit->second;
        text.remove_prefix(letters);
    }
    if (total > longest) return std::nullopt;
    return negative ? -total : total;
}

bool is_quoted_right(std::string_view command) {
    char quote = 0;
    for (std::size_t i = 0; i < command.size(); ++i) {
        if (command[i] == '\\' && quote != '\'') {
            if (++i == command.size()) return false;
        } else if (quote != 0 ? command[i] == quote : command[i] == '\'' || command[i] == '"') {
            quote = quote != 0 ? '\0' : command[i];
        }
    }
    return quote == 0;
}

/// Where Pebble sees a comment begin: a `#` outside quotes at the begin of a word. npos if nowhere.
std::size_t comment_in(std::string_view command) {
    char quote = 0;
    bool in_word = false;
    for (std::size_t i = 0; i < command.size(); ++i) {
        const char c = command[i];
        if (c == '\\' && quote != '\'') {
            ++i;
            in_word = true;
        } else if (quote != 0) {
            if (c == quote) quote = 0;
        } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
            in_word = false;
        } else if (c == '#' && !in_word) {
            return i;
        } else {
            if (c == '\'' || c == '"') quote = c;
            in_word = true;
        }
    }
    return std::string_view::npos;
}

class Checker {
public:
    explicit Checker(const Project& project) : project_(project) {
        for (const auto& [name, service] : project.services) services_.insert(name);
        for (const auto& [name, check] : project.checks) checks_.insert(name);
    }

    Diagnostics all() {
        for (const auto& [name, service] : project_.services) check_service(name, service);
        for (const auto& [name, check] : project_.checks) check_check(name, check);
        check_loops();
        if (!project_.services.empty() &&
            std::none_of(project_.services.begin(), project_.services.end(), [](const auto& item) {
                const auto* startup = find(item.second, "startup");
                return startup != nullptr && startup->text == "enabled";
            }))
            warn("no service is enabled: the rock starts Pebble and nothing else",
                 project_.services.front().second.span, "add `startup: enabled` to one of them");
        std::stable_sort(found_.begin(), found_.end(),
                         [](const auto& a, const auto& b) { return a.span->begin < b.span->begin; });
        return std::move(found_);
    }

private:
    Diagnostic& error(std::string code, std::string message, const Span& place, std::string hint) {
        auto& item = found_.emplace_back();
        item.code = std::move(code);
        item.message = std::move(message);
        item.span = place;
        item.hint = std::move(hint);
        return item;
    }
    Diagnostic& warn(std::string message, const Span& place, std::string hint) {
        auto& item = error("RB0620", std::move(message), place, std::move(hint));
        item.severity = Severity::warning;
        return item;
    }

    bool has_service(const std::string& name) const { return services_.contains(name); }

    std::optional<double> check_duration(const PlacedValue& object, const char* key, bool negative_is_refused = false) {
        const auto* value = find(object, key);
        if (value == nullptr) return std::nullopt;
        const auto seconds = duration(value->text);
        if (!seconds)
            error("RB0610", fmt::format("'{}' is no duration for '{}'", value->text, key), value->span,
                  "write a number with a unit: 500ms, 10s, 1m30s");
        else if (*seconds < 0 && negative_is_refused)
            error("RB0610", fmt::format("'{}' is negative: Pebble would crash on it", key), value->span,
                  "write a positive duration");
        else if (*seconds < 0) warn(fmt::format("'{}' is negative", key), value->span, "write a positive duration");
        return seconds;
    }

    /// The words of a command, as far as Pebble reads it; none if it can't.
    std::optional<CommandLine> read_command(const PlacedValue& command) {
        const auto comment = comment_in(command.text);
        const auto text = command.text.substr(0, comment);
        if (comment != std::string::npos)
            warn("Pebble takes what follows the '#' for a comment", command.span,
                 "put the word with '#' in quotes, or leave it out");
        std::string problem;
        auto line = split_command(text, problem);
        if (!line)
            error("RB0611", fmt::format("Pebble can't read this command: {}", problem), command.span,
                  "quote as in a shell; `[ ]` around default arguments comes last");
        return line;
    }

    void check_service_command(const PlacedValue& command) {
        const auto line = read_command(command);
        if (!line) return;
        if (line->words.empty())
            error("RB0611",
                  line->arguments ? "the command is nothing but arguments"
                                  : "the command is blank: Pebble would crash on it",
                  command.span, "name the program to run");
        const auto text = std::string_view(command.text).substr(0, comment_in(command.text));
        const auto last = text.find_last_not_of(" \t\n\r");
        if (line->arguments && last != std::string_view::npos && text[last] != ']')
            warn("the '[' of the arguments is never closed", command.span, "end the command with ' ]'");
    }

    /// Brackets mean nothing special in the command of a check.
    void check_exec_command(const PlacedValue& command) {
        const auto text = std::string_view(command.text).substr(0, comment_in(command.text));
        if (!is_quoted_right(text))
            error("RB0611", "Pebble can't read this command: a quote is not closed", command.span,
                  "quote as in a shell");
        else if (text.find_first_not_of(" \t\n\r") == std::string::npos)
            error("RB0611", "the command is blank", command.span, "name the program to run");
    }

    /// Pebble starts nothing for a group alone; of a check it refuses that when it loads.
    void check_user(const PlacedValue& object, bool refused) {
        const auto* group = find(object, "group");
        if (group == nullptr) group = find(object, "group-id");
        if (group == nullptr || find(object, "user") != nullptr || find(object, "user-id") != nullptr) return;
        const std::string message = "a group is given without a user";
        if (refused) error("RB0614", message, group->span, "add user or user-id");
        else warn(message + ": Pebble won't start this service", group->span, "add user or user-id");
    }

    void check_service(const std::string& name, const PlacedValue& service) {
        if (name == "pebble" || name.empty() || name.starts_with('-'))
            error("RB0613", fmt::format("'{}' can't be a service's name", name), service.span,
                  "choose another one; Pebble keeps this for itself");
        for (const auto* key : {"backoff-delay", "backoff-limit", "kill-delay"}) check_duration(service, key);
        if (const auto* command = find(service, "command")) check_service_command(*command);
        check_user(service, false);
        for (const auto* key : {"after", "before", "requires"})
            if (const auto* others = find(service, key))
                for (const auto& other : others->items) {
                    if (other.text == name)
                        warn(fmt::format("the service names itself in '{}'", key), other.span, "leave it out");
                    else if (has_service(other.text)) continue;
                    else if (std::string_view(key) == "requires")
                        error("RB0612", fmt::format("there is no service '{}'", other.text), other.span,
                              "name a service of this file, or leave it out");
                    else
                        warn(fmt::format("there is no service '{}' in this file", other.text), other.span,
                             "name a service of this file, or leave it out");
                }
        if (const auto* actions = find(service, "on-check-failure"))
            for (const auto& [check, action] : actions->pairs)
                if (!checks_.contains(check))
                    warn(fmt::format("there is no check '{}' in this file", check), action.span,
                         "name a check of this file, or leave it out");
    }

    void check_check(const std::string& name, const PlacedValue& check) {
        if (name.empty()) error("RB0613", "a check needs a name", check.span, "give it one");
        const auto period = check_duration(check, "period", true);
        const auto timeout = check_duration(check, "timeout");
        for (const auto& [key, seconds] : {std::pair("period", period), std::pair("timeout", timeout)})
            if (seconds && *seconds == 0)
                error("RB0610", fmt::format("'{}' must not be zero", key), find(check, key)->span,
                      "leave it out for the default");
        constexpr double default_period = 10;
        if (timeout && *timeout > period.value_or(default_period))
            warn("the time-out is longer than the period, and is cut to it", find(check, "timeout")->span,
                 "make the period longer");
        if (const auto* exec = find(check, "exec")) {
            if (const auto* command = find(*exec, "command")) check_exec_command(*command);
            check_user(*exec, true);
            if (const auto* context = find(*exec, "service-context"); context != nullptr && !has_service(context->text))
                error("RB0612", fmt::format("there is no service '{}'", context->text), context->span,
                      "name a service of this file");
        }
    }

    /// Which services wait for which, and the entry that says so.
    struct Waiting {
        std::vector<std::vector<std::size_t>> edges;
        std::vector<std::vector<const PlacedValue*>> entries;
    };

    /// From the lists of these keys; an entry of `before` makes the other one wait. A service that names itself waits
    /// for none.
    Waiting waiting(const std::vector<std::string_view>& keys) const {
        const auto& services = project_.services;
        std::map<std::string_view, std::size_t> index;
        for (std::size_t i = 0; i < services.size(); ++i) index.try_emplace(services[i].first, i);
        Waiting result;
        result.edges.resize(services.size());
        result.entries.resize(services.size());
        for (std::size_t i = 0; i < services.size(); ++i)
            for (const auto key : keys)
                if (const auto* others = find(services[i].second, key))
                    for (const auto& other : others->items) {
                        const auto found = index.find(other.text);
                        if (found == index.end() || found->second == i) continue;
                        const auto [later, earlier] =
                            key == "before" ? std::pair(found->second, i) : std::pair(i, found->second);
                        result.edges[later].push_back(earlier);
                        result.entries[later].push_back(&other);
                    }
        return result;
    }

    /// Pebble refuses circles made by `before` and `after`. Those of `requires` it takes, and starts their services in
    /// any order.
    void check_loops() {
        report_loops(waiting({"after", "before"}), true);
        report_loops(waiting({"requires"}), false);
    }

    void report_loops(const Waiting& waits, bool refused) {
        const auto& services = project_.services;
        for (const auto& circle : find_circles(waits.edges)) {
            std::string names;
            for (const auto& step : circle) names += services[step.node].first + " -> ";
            names += services[circle.front().node].first;
            const auto entry = [&](const CircleStep& step) -> const Span& {
                return waits.entries[step.node][step.edge]->span;
            };
            auto& item = refused ? error("RB0612", fmt::format("these services wait for each other: {}", names),
                                         entry(circle.front()), "remove one of these before or after entries")
                                 : warn(fmt::format("these services require each other: {}", names),
                                        entry(circle.front()), "leave one of these out");
            for (auto step = circle.begin() + 1; step != circle.end(); ++step)
                item.notes.push_back({fmt::format("'{}' {} because of this", services[step->node].first,
                                                  refused ? "waits" : "needs the next one"),
                                      entry(*step)});
        }
    }

    const Project& project_;
    std::set<std::string_view> services_;
    std::set<std::string_view> checks_;
    Diagnostics found_;
};

}  // namespace

Diagnostics check_pebble(const Project& project) { return Checker(project).all(); }

}  // namespace rockbuild
