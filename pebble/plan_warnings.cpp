// What Pebble takes, and does something else with than what stands there suggests: each kind with a code of its own.
#include "pebble/command.hpp"
#include "pebble/go_values.hpp"
#include "pebble/plan_rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <set>

namespace rockbuild {

namespace {

bool has_scheme(std::string_view url) {
    const auto end = url.find("://");
    return end != std::string_view::npos && end > 0;
}

class PlanWarnings {
public:
    PlanWarnings(const PebblePlan& plan, LayerReading& reading) : plan_(plan), reading_(reading) {}

    void all() {
        for (const auto& [name, service] : plan_.services) of_service(name, service);
        for (const auto& [name, check] : plan_.checks) of_check(name, check);
        for (const auto& [name, target] : plan_.log_targets) of_log_target(name, target);
        of_requirements();
        of_startup();
    }

private:
    Diagnostic& warn(std::string code, std::string message, const Span& place, std::string hint) {
        return reading_.warn(object_, std::move(code), std::move(message), place, std::move(hint));
    }

    void of_service(const std::string& name, const Service& service) {
        object_ = "services." + name;
        if (name == "all" || name == "default" || name == "none")
            warn("RB0637",
                 fmt::format("'{}' as a service's name is deprecated: Pebble has a use of its own for it", name),
                 service.span, "choose another one");
        if (const auto& startup = service.startup;
            startup && !startup->value.empty() && startup->value != "enabled" && startup->value != "disabled")
            warn("RB0621", fmt::format("Pebble knows no startup '{}', and doesn't start the service", startup->value),
                 startup->span, "write enabled or disabled");
        if (service.command) of_command(service.command->value, service.command->span, true);
        if (const auto group = group_alone(service.account))
            warn("RB0634", "a group is given without a user: Pebble won't start this service", *group,
                 "add user or user-id");
        of_names(name, service);
        of_delays(service);
    }

    /// Brackets mean nothing special in the command of a check.
    void of_command(const std::string& command, const Span& place, bool grouped) {
        std::string problem;
        const auto split = grouped ? parse_pebble_command(command, problem) : split_pebble_words(command, problem);
        if (split && split->comment)
            warn("RB0627", "Pebble takes what follows the '#' for a comment", place,
                 "put the word with '#' in quotes, or leave it out");
        if (split && split->unclosed)
            warn("RB0626", "the '[' of the arguments is never closed", place, "end the command with ' ]'");
    }

    void of_names(const std::string& name, const Service& service) {
        of_list(name, "after", service.after, true);
        of_list(name, "before", service.before, true);
        of_list(name, "requires", service.requirements, false);  // its other names are errors
        if (plan_.faulty) return;
        for (const auto& [check, action] : service.on_check_failure)
            if (!plan_.checks.contains(check))
                reading_.complaints.suggest(warn("RB0622", fmt::format("there is no check '{}'", check), action.key,
                                                 "name a check that is there, or leave it out"),
                                            check, check_names());
    }

    void of_list(const std::string& name, std::string_view key, const std::vector<PlacedText>& list, bool may_be_none) {
        of_twice(key, list);
        for (const auto& other : list) {
            if (other.value == name)
                warn("RB0624", fmt::format("the service names itself in '{}'", key), other.span, "leave it out");
            else if (may_be_none && !plan_.faulty && !plan_.services.contains(other.value))
                reading_.complaints.suggest(
                    warn("RB0623", fmt::format("there is no service '{}': '{}' means nothing here", other.value, key),
                         other.span, "name a service that is there, or leave it out"),
                    other.value, service_names());
        }
    }

    /// A later layer that merges can only append.
    void of_twice(std::string_view key, const std::vector<PlacedText>& list) {
        std::map<std::string_view, const Span*> known;
        for (const auto& item : list) {
            const auto [first, fresh] = known.try_emplace(item.value, &item.span);
            if (fresh) continue;
            warn("RB0638", fmt::format("'{}' is in '{}' twice", item.value, key), item.span,
                 first->second->file == item.span.file
                     ? "leave one of them out"
                     : "a layer that merges adds to the list of the earlier one: leave it out here, or replace")
                .notes.push_back({"first given here", *first->second});
        }
    }

    void of_delays(const Service& service) {
        for (const auto& [key, given] :
             {std::pair("backoff-delay", &service.backoff_delay), std::pair("backoff-limit", &service.backoff_limit),
              std::pair("kill-delay", &service.kill_delay)})
            if (*given && (*given)->value.count() <= 0)
                warn("RB0628", fmt::format("'{}' is {}", key, (*given)->value.count() < 0 ? "negative" : "zero"),
                     (*given)->span, "write a positive duration, or leave it out for the default");
        if (const auto& factor = service.backoff_factor; factor && !std::isfinite(factor->value))
            warn("RB0640", fmt::format("'backoff-factor' is {}", std::isnan(factor->value) ? "no number" : "infinite"),
                 factor->span, "write a number such as 2");
    }

    void of_check(const std::string& name, const Check& check) {
        object_ = "checks." + name;
        const auto period = check.period ? check.period->value : pebble_defaults::period;
        if (check.timeout && check.timeout->value.count() < 0)
            warn("RB0628", "'timeout' is negative: the check fails each time", check.timeout->span,
                 "write a positive duration");
        else if (check.timeout && period.count() > 0 && check.timeout->value > period)
            warn("RB0631",
                 fmt::format("the time-out is longer than the period, and is cut to its {}", go_duration_text(period)),
                 check.timeout->span, "make the period longer");
        if (check.threshold && check.threshold->value < 0)
            warn("RB0632", "'threshold' is negative: Pebble acts upon the first failure", check.threshold->span,
                 "write 1 or more");
        if (check.exec && check.exec->command) of_command(check.exec->command->value, check.exec->command->span, false);
        constexpr std::int64_t last_port = 65535;
        if (check.tcp && check.tcp->port && check.tcp->port->value != 0 &&
            (check.tcp->port->value < 0 || check.tcp->port->value > last_port))
            warn("RB0629", fmt::format("there is no port {}: the check fails each time", check.tcp->port->value),
                 check.tcp->port->span, "write a number from 1 to 65535");
        if (check.http && check.http->url && !check.http->url->value.empty()) of_url(*check.http->url);
    }

    void of_url(const PlacedText& url) {
        if (!has_scheme(url.value))
            warn("RB0630", fmt::format("'{}' is no address: it begins with no scheme", url.value), url.span,
                 fmt::format("write http://{}", url.value));
        const auto [first, fresh] = urls_.try_emplace(url.value, url.span);
        if (!fresh)
            warn("RB0636", fmt::format("another check asks '{}' too", url.value), url.span, "one of them is enough")
                .notes.push_back({"first asked here", first->second});
    }

    void of_log_target(const std::string& name, const LogTarget& target) {
        object_ = "log-targets." + name;
        of_twice("services", target.services);
        if (target.services.empty() && !target.faulty)
            warn("RB0644", fmt::format("log target '{}' names no services: no logs go there", name), target.span,
                 "add `services: [all]`");
    }

    /// Pebble takes circles of `requires`, and starts their services in any order.
    void of_requirements() {
        for (const auto& circle : requiring_circles(plan_)) {
            object_ = "services." + circle.names.front();
            auto& item = warn("RB0625",
                              fmt::format("these services require each other: {} -> {}",
                                          fmt::join(circle.names, " -> "), circle.names.front()),
                              circle.entries.front(), "leave one of these out");
            for (std::size_t i = 1; i < circle.names.size(); ++i)
                item.notes.push_back(
                    {fmt::format("'{}' needs the next one because of this", circle.names[i]), circle.entries[i]});
        }
    }

    void of_startup() {
        object_ = "plan";
        const auto none = [](const auto& pair) { return !pair.second.enabled(); };
        if (plan_.services.empty() || plan_.faulty || !std::all_of(plan_.services.begin(), plan_.services.end(), none))
            return;
        const auto first = std::min_element(plan_.services.begin(), plan_.services.end(),
                                            [](const auto& a, const auto& b) { return a.second.span < b.second.span; });
        warn("RB0633", "no service is enabled: the rock starts Pebble and nothing else", first->second.span,
             "add `startup: enabled` to one of them");
    }

    std::vector<std::string> service_names() const { return keys_of(plan_.services); }
    std::vector<std::string> check_names() const { return keys_of(plan_.checks); }

    template <class Object>
    static std::vector<std::string> keys_of(const std::map<std::string, Object>& objects) {
        std::vector<std::string> names;
        for (const auto& [name, object] : objects) names.push_back(name);
        return names;
    }

    const PebblePlan& plan_;
    LayerReading& reading_;
    std::string object_;
    std::map<std::string, Span> urls_;
};

}  // namespace

void warn_of_plan(const PebblePlan& plan, LayerReading& reading) { PlanWarnings(plan, reading).all(); }

}  // namespace rockbuild
