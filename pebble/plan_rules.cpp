// What Pebble refuses in the folded plan.
#include "pebble/plan_rules.hpp"

#include "pebble/command.hpp"
#include "project/circles.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace rockbuild {

namespace {

template <class Object>
std::vector<std::string> names_of(const std::map<std::string, Object>& objects) {
    std::vector<std::string> names;
    for (const auto& [name, object] : objects) names.push_back(name);
    return names;
}

class PlanRules {
public:
    PlanRules(const PebblePlan& plan, LayerReading& reading) : plan_(plan), reading_(reading) {}

    void check() {
        started_ = started();
        for (const auto& [name, service] : plan_.services) check_service(name, service);
        for (const auto& [name, check] : plan_.checks) check_check(name, check);
        for (const auto& [name, target] : plan_.log_targets) check_log_target(name, target);
        for (const auto& [name, workload] : plan_.workloads) {
            object_ = "workloads." + name;
            check_group(workload.account);
        }
        for (const auto& circle : waiting_circles(plan_)) tell(circle);
    }

private:
    Diagnostic& error(std::string code, std::string message, const Span& place, std::string hint) {
        return reading_.error(object_, std::move(code), std::move(message), place, std::move(hint));
    }

    /// A thing that the plan needs; of an object that couldn't be read it may be there.
    void lacks(const PlanObject& object, std::string message, const Span& place, std::string hint) {
        if (!object.faulty) error("RB0615", std::move(message), place, std::move(hint));
    }

    /// Where a layer could not be read, nobody knows what it would have defined.
    template <class Object>
    void check_name(const std::map<std::string, Object>& objects, std::string_view noun, const std::string& name,
                    const Span& place) {
        if (plan_.faulty || objects.contains(name)) return;
        auto& item = error("RB0612", fmt::format("there is no {} '{}'", noun, name), place,
                           fmt::format("name a {} that is there, or leave it out", noun));
        reading_.complaints.suggest(item, name, names_of(objects));
    }

    void check_group(const Account& account) {
        if (const auto group = group_alone(account))
            error("RB0614", "a group is given without a user", *group, "add user or user-id");
    }

    /// Pebble loads it all the same, and ends with a panic when it comes to it: at its start, or when somebody asks for
    /// it.
    void crashes(bool at_start, const char* what, const Span& place, std::string hint) {
        if (at_start) error("RB0605", fmt::format("{}: Pebble would crash on it", what), place, std::move(hint));
        else
            reading_.warn(object_, "RB0645", fmt::format("{}: Pebble would crash if somebody started it", what), place,
                          std::move(hint));
    }

    /// The services that Pebble starts with, and what these require.
    std::set<std::string> started() const {
        std::set<std::string> names;
        std::vector<std::string> next;
        for (const auto& [name, service] : plan_.services)
            if (service.enabled()) next.push_back(name);
        while (!next.empty()) {
            const auto name = std::move(next.back());
            next.pop_back();
            const auto found = plan_.services.find(name);
            if (found == plan_.services.end() || !names.insert(name).second) continue;
            for (const auto& other : found->second.requirements) next.push_back(other.value);
        }
        return names;
    }

    void check_blank(const std::optional<PlacedText>& command, bool is_service, bool at_start) {
        std::string problem;
        if (!is_filled(command)) return;
        const auto split =
            is_service ? parse_pebble_command(command->value, problem) : split_pebble_words(command->value, problem);
        if (split && split->words.empty())
            crashes(at_start, "the command is blank", command->span, "name the program to run");
    }

    void check_service(const std::string& name, const Service& service) {
        object_ = "services." + name;
        if (!is_filled(service.command))
            lacks(service, fmt::format("service '{}' has no command", name),
                  service.command ? service.command->span : service.span, "add `command`: the program to run");
        check_blank(service.command, true, started_.contains(name));
        for (const auto& other : service.requirements) check_name(plan_.services, "service", other.value, other.span);
        if (!is_filled(service.workload)) return;
        check_name(plan_.workloads, "workload", service.workload->value, service.workload->span);
        const auto& account = service.account;
        const bool user = is_filled(account.user) || account.user_id;
        if (user || is_filled(account.group) || account.group_id)
            error("RB0616",
                  fmt::format("service '{}' has a workload, and {} of its own", name, user ? "a user" : "a group"),
                  service.workload->span, "leave user and group to the workload, or the workload out");
    }

    void check_check(const std::string& name, const Check& check) {
        object_ = "checks." + name;
        const int kinds = int{check.http.has_value()} + int{check.tcp.has_value()} + int{check.exec.has_value()};
        if (kinds == 0)
            lacks(check, fmt::format("check '{}' checks nothing", name), check.span, "give it one of http, tcp, exec");
        else if (kinds > 1)
            lacks(check, fmt::format("check '{}' is of two kinds", name), check.span,
                  "give it one of http, tcp, exec; a later layer changes the kind with `override: replace`");
        if (check.period && check.period->value.count() < 0)
            crashes(starts(check), "'period' is negative", check.period->span, "write a positive duration");
        if (check.http && !is_filled(check.http->url))
            lacks(check, "the http check has no url", check.http->url ? check.http->url->span : check.http->span,
                  "say what is checked: add `url`");
        if (check.tcp && (!check.tcp->port || check.tcp->port->value == 0))
            lacks(check, "the tcp check has no port", check.tcp->port ? check.tcp->port->span : check.tcp->span,
                  "say what is checked: add `port`");
        if (check.exec) check_exec(check, *check.exec);
    }

    /// A check runs from the start unless it says otherwise.
    static bool starts(const Check& check) { return !check.startup || check.startup->value != "disabled"; }

    void check_exec(const Check& check, const ExecCheck& exec) {
        if (!is_filled(exec.command))
            lacks(check, "the exec check has no command", exec.command ? exec.command->span : exec.span,
                  "say what is checked: add `command`");
        check_blank(exec.command, false, starts(check));
        if (is_filled(exec.service_context))
            check_name(plan_.services, "service", exec.service_context->value, exec.service_context->span);
    }

    void check_log_target(const std::string& name, const LogTarget& target) {
        object_ = "log-targets." + name;
        if (!is_filled(target.type))
            lacks(target, fmt::format("log target '{}' has no type", name),
                  target.type ? target.type->span : target.span, "add `type`: loki, opentelemetry or syslog");
        if (!is_filled(target.location))
            lacks(target, fmt::format("log target '{}' has no location", name),
                  target.location ? target.location->span : target.span, "add `location`: where logs go");
        for (const auto& service : target.services) {
            const auto named = service.value.starts_with('-') ? service.value.substr(1) : service.value;
            if (named != "all") check_name(plan_.services, "service", named, service.span);
        }
    }

    void tell(const ServiceCircle& circle) {
        object_ = "services." + circle.names.front();
        auto& item = error("RB0612",
                           fmt::format("these services wait for each other: {} -> {}", fmt::join(circle.names, " -> "),
                                       circle.names.front()),
                           circle.entries.front(), "remove one of these before or after entries");
        for (std::size_t i = 1; i < circle.names.size(); ++i)
            item.notes.push_back({fmt::format("'{}' waits because of this", circle.names[i]), circle.entries[i]});
    }

    const PebblePlan& plan_;
    LayerReading& reading_;
    std::string object_;
    std::set<std::string> started_;
};

/// Which services wait for which, and the entry that says so.
class Waiting {
public:
    explicit Waiting(const PebblePlan& plan) {
        for (const auto& [name, service] : plan.services) {
            index_.emplace(name, names_.size());
            names_.push_back(name);
        }
        edges_.resize(names_.size());
        entries_.resize(names_.size());
    }

    /// A service that names itself waits for none.
    void add(const std::string& later, const std::string& earlier, const Span& entry) {
        const auto from = index_.find(later);
        const auto to = index_.find(earlier);
        if (from == index_.end() || to == index_.end() || from == to) return;
        edges_[from->second].push_back(to->second);
        entries_[from->second].push_back(entry);
    }

    std::vector<ServiceCircle> circles() const {
        std::vector<ServiceCircle> result;
        for (const auto& found : find_circles(edges_)) {
            auto& circle = result.emplace_back();
            for (const auto& step : found) {
                circle.names.push_back(names_[step.node]);
                circle.entries.push_back(entries_[step.node][step.edge]);
            }
        }
        return result;
    }

private:
    std::map<std::string, std::size_t> index_;
    std::vector<std::string> names_;
    std::vector<std::vector<std::size_t>> edges_;
    std::vector<std::vector<Span>> entries_;
};

}  // namespace

std::vector<ServiceCircle> waiting_circles(const PebblePlan& plan) {
    Waiting waiting(plan);
    for (const auto& [name, service] : plan.services) {
        for (const auto& other : service.after) waiting.add(name, other.value, other.span);
        for (const auto& other : service.before) waiting.add(other.value, name, other.span);
    }
    return waiting.circles();
}

std::vector<ServiceCircle> requiring_circles(const PebblePlan& plan) {
    Waiting waiting(plan);
    for (const auto& [name, service] : plan.services)
        for (const auto& other : service.requirements) waiting.add(name, other.value, other.span);
    return waiting.circles();
}

void check_plan(const PebblePlan& plan, LayerReading& reading) { PlanRules(plan, reading).check(); }

}  // namespace rockbuild
