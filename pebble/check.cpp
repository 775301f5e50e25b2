#include "pebble/check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>

namespace rockbuild {

namespace {

const PebbleValue* find(const PebbleValue& object, std::string_view key) {
    for (const auto& [name, value] : object.pairs)
        if (name == key) return &value;
    return nullptr;
}

/// Seconds of a Go duration (`1.5h`, `2h45m`, `300ms`, plain `0`); none if it is none.
std::optional<double> duration(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    if (text == "0") return 0;
    static const std::map<std::string_view, double> units{{"ns", 1e-9}, {"us", 1e-6}, {"µs", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
    if (text.empty()) return std::nullopt;
    double total = 0;
    while (!text.empty()) {
        const auto digits = std::min(text.find_first_not_of("0123456789."), text.size());
        const auto number = text.substr(0, digits);
        if (number.empty() || number == "." || std::count(number.begin(), number.end(), '.') > 1) return std::nullopt;
        text.remove_prefix(digits);
        const auto letters = std::min(text.find_first_of("0123456789."), text.size());
        const auto unit = units.find(text.substr(0, letters));
        if (unit == units.end()) return std::nullopt;
        total += std::stod(std::string(number)) * unit->second;
        text.remove_prefix(letters);
    }
    return negative ? -total : total;
}

class Checker {
public:
    explicit Checker(const Project& project) : project_(project) {}

    Diagnostics all() {
        for (const auto& [name, service] : project_.services) check_service(name, service);
        for (const auto& [name, check] : project_.checks) check_check(name, check);
        check_loops();
        if (!project_.services.empty() && std::none_of(project_.services.begin(), project_.services.end(), [](const auto& item) {
                const auto* startup = find(item.second, "startup");
                return startup != nullptr && startup->text == "enabled";
            }))
            warn("no service is enabled: the rock starts Pebble and nothing else", project_.services.front().second.span, "add `startup: enabled` to one of them");
        std::stable_sort(found_.begin(), found_.end(), [](const auto& a, const auto& b) { return a.span->begin < b.span->begin; });
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
    void warn(std::string message, const Span& place, std::string hint) { error("RB0620", std::move(message), place, std::move(hint)).severity = Severity::warning; }

    bool has_service(const std::string& name) const {
        return std::any_of(project_.services.begin(), project_.services.end(), [&](const auto& item) { return item.first == name; });
    }

    std::optional<double> check_duration(const PebbleValue& object, const char* key) {
        const auto* value = find(object, key);
        if (value == nullptr) return std::nullopt;
        const auto seconds = duration(value->text);
        if (!seconds) error("RB0610", fmt::format("'{}' is no duration for '{}'", value->text, key), value->span, "write a number with a unit: 500ms, 10s, 1m30s");
        else if (*seconds < 0) warn(fmt::format("'{}' is negative", key), value->span, "write a positive duration");
        return seconds;
    }

    void check_command(const PebbleValue& command) {
        std::string problem;
        const auto line = split_command(command.text, problem);
        if (!line) {
            error("RB0611", fmt::format("Pebble can't read this command: {}", problem), command.span, "quote as in a shell; `[ ]` around default arguments comes last");
            return;
        }
        if (line->words.empty())
            error("RB0611", line->arguments ? "the command is nothing but arguments" : "the command is blank: Pebble would crash on it", command.span, "name the program to run");
        const auto& text = command.text;
        if (line->arguments && text.find_last_not_of(" \t\n") != std::string::npos && text[text.find_last_not_of(" \t\n")] != ']')
            warn("the '[' of the arguments is never closed", command.span, "end the command with ' ]'");
    }

    void check_service(const std::string& name, const PebbleValue& service) {
        if (name == "pebble" || name.empty() || name.starts_with('-'))
            error("RB0613", fmt::format("'{}' can't be a service's name", name), service.span, "choose another one; Pebble keeps this for itself");
        for (const auto* key : {"backoff-delay", "backoff-limit", "kill-delay"}) check_duration(service, key);
        if (const auto* command = find(service, "command")) check_command(*command);
        for (const auto* key : {"after", "before", "requires"})
            if (const auto* others = find(service, key))
                for (const auto& other : others->items) {
                    if (other.text == name) warn(fmt::format("the service names itself in '{}'", key), other.span, "leave it out");
                    else if (has_service(other.text)) continue;
                    else if (std::string_view(key) == "requires")
                        error("RB0612", fmt::format("there is no service '{}'", other.text), other.span, "name a service of this file, or leave it out");
                    else warn(fmt::format("there is no service '{}' in this file", other.text), other.span, "name a service of this file, or leave it out");
                }
        if (const auto* actions = find(service, "on-check-failure"))
            for (const auto& [check, action] : actions->pairs)
                if (std::none_of(project_.checks.begin(), project_.checks.end(), [&, &wanted = check](const auto& item) { return item.first == wanted; }))
                    warn(fmt::format("there is no check '{}' in this file", check), action.span, "name a check of this file, or leave it out");
    }

    void check_check(const std::string& name, const PebbleValue& check) {
        if (name.empty()) error("RB0613", "a check needs a name", check.span, "give it one");
        const auto period = check_duration(check, "period");
        const auto timeout = check_duration(check, "timeout");
        for (const auto& [key, seconds] : {std::pair("period", period), std::pair("timeout", timeout)})
            if (seconds && *seconds == 0) error("RB0610", fmt::format("'{}' must not be zero", key), find(check, key)->span, "leave it out for the default");
        constexpr double default_period = 10;
        if (timeout && *timeout > period.value_or(default_period)) warn("the time-out is longer than the period, and is cut to it", find(check, "timeout")->span, "make the period longer");
        if (const auto* exec = find(check, "exec")) {
            if (const auto* command = find(*exec, "command")) check_command(*command);
            if (const auto* context = find(*exec, "service-context"); context != nullptr && !has_service(context->text))
                error("RB0612", fmt::format("there is no service '{}'", context->text), context->span, "name a service of this file");
        }
    }

    /// Pebble refuses circles made by `before` and `after`.
    void check_loops() {
        std::map<std::string, std::vector<std::string>> earlier;
        for (const auto& [name, service] : project_.services) {
            if (const auto* after = find(service, "after"))
                for (const auto& other : after->items)
                    if (has_service(other.text)) earlier[name].push_back(other.text);
            if (const auto* before = find(service, "before"))
                for (const auto& other : before->items)
                    if (has_service(other.text)) earlier[other.text].push_back(name);
        }
        std::set<std::string> done;
        std::vector<std::string> road;
        const std::function<bool(const std::string&)> circle = [&](const std::string& name) {
            if (const auto begin = std::find(road.begin(), road.end(), name); begin != road.end()) {
                std::string names;
                for (auto it = begin; it != road.end(); ++it) names += *it + " -> ";
                const auto service = std::find_if(project_.services.begin(), project_.services.end(), [&](const auto& item) { return item.first == name; });
                error("RB0612", fmt::format("these services wait for each other: {}{}", names, name), service->second.span, "remove one of their before or after entries");
                return true;
            }
            if (!done.insert(name).second) return false;
            road.push_back(name);
            const bool found = std::any_of(earlier[name].begin(), earlier[name].end(), circle);
            road.pop_back();
            return found;
        };
        for (const auto& [name, service] : project_.services)
            if (circle(name)) return;
    }

    const Project& project_;
    Diagnostics found_;
};

}  // namespace

Diagnostics check_pebble(const Project& project) { return Checker(project).all(); }

}  // namespace rockbuild
