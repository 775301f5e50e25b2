// What Pebble refuses in one layer by itself, whatever others say.
#include "pebble/command.hpp"
#include "pebble/plan_rules.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

namespace {

using Words = std::vector<std::string>;

class LayerRules {
public:
    LayerRules(const PebbleLayer& layer, LayerReading& reading) : layer_(layer), reading_(reading) {}

    void check() {
        for (const auto& [name, service] : layer_.services) check_service(name, service);
        for (const auto& [name, check] : layer_.checks) check_check(name, check);
        for (const auto& [name, target] : layer_.log_targets) check_log_target(name, target);
        for (const auto& [name, workload] : layer_.workloads) {
            object_ = "workloads." + name;
            if (name.empty()) refuse_name("a workload needs a name", workload.span);
            check_policy("workload", name, workload);
        }
        if (layer_.pairing) {
            object_ = "pairing";
            check_word("mode", layer_.pairing->mode, {"disabled", "single", "multiple"});
        }
    }

private:
    Diagnostic& error(std::string code, std::string message, const Span& place, std::string hint) {
        return reading_.error(object_, std::move(code), std::move(message), place, std::move(hint));
    }

    void refuse_name(std::string message, const Span& place) {
        error("RB0613", std::move(message), place, "give it another one");
    }

    /// One of `words`; nothing counts as not set.
    void check_word(std::string_view key, const std::optional<PlacedText>& given, const Words& words) {
        if (!given || given->value.empty() || std::find(words.begin(), words.end(), given->value) != words.end())
            return;
        auto& item = error("RB0314", fmt::format("'{}' can't be '{}'", key, given->value), given->span,
                           fmt::format("it is one of: {}", fmt::join(words, ", ")));
        item.suggestions = suggestions(given->value, words);
    }

    void check_policy(std::string_view noun, const std::string& name, const PlanObject& object) {
        if (object.policy && !object.policy->value.empty()) check_word("override", object.policy, {"merge", "replace"});
        else if (!object.faulty)
            error("RB0312", fmt::format("{} '{}' needs 'override'", noun, name), object.span,
                  "write `override: replace`");
    }

    void check_service(const std::string& name, const Service& service) {
        object_ = "services." + name;
        if (name == "pebble" || name.empty() || name.starts_with('-'))
            error("RB0613", fmt::format("'{}' can't be a service's name", name), service.span,
                  "choose another one; Pebble keeps this for itself");
        check_policy("service", name, service);
        std::string problem;
        if (service.command && !parse_pebble_command(service.command->value, problem))
            error("RB0611", fmt::format("Pebble can't read this command: {}", problem), service.command->span,
                  "quote as in a shell; `[ ]` around default arguments comes last");
        check_word("on-success", service.on_success, {"restart", "shutdown", "failure-shutdown", "ignore"});
        const Words failure{"restart", "shutdown", "success-shutdown", "ignore"};
        check_word("on-failure", service.on_failure, failure);
        for (const auto& [check, action] : service.on_check_failure)
            check_word("on-check-failure", PlacedText{action.value, action.span}, failure);
        if (service.backoff_factor && service.backoff_factor->value < 1)
            error("RB0314", fmt::format("'backoff-factor' must be 1 or more, not {}", service.backoff_factor->value),
                  service.backoff_factor->span, "write 1 or more");
    }

    void check_check(const std::string& name, const Check& check) {
        object_ = "checks." + name;
        if (name.empty()) refuse_name("a check needs a name", check.span);
        check_policy("check", name, check);
        check_word("level", check.level, {"alive", "ready"});
        check_word("startup", check.startup, {"enabled", "disabled"});
        for (const auto& [key, given] : {std::pair("period", &check.period), std::pair("timeout", &check.timeout)})
            if (*given && (*given)->value.count() == 0)
                error("RB0610", fmt::format("'{}' must not be zero", key), (*given)->span,
                      "leave it out for the default");
        if (!check.exec) return;
        std::string problem;
        if (check.exec->command && !split_pebble_words(check.exec->command->value, problem))
            error("RB0611", fmt::format("Pebble can't read this command: {}", problem), check.exec->command->span,
                  "quote as in a shell");
        if (const auto group = group_alone(check.exec->account))
            error("RB0614", "a group is given without a user", *group, "add user or user-id");
    }

    void check_log_target(const std::string& name, const LogTarget& target) {
        object_ = "log-targets." + name;
        check_policy("log target", name, target);
        check_word("type", target.type, {"loki", "opentelemetry", "syslog"});
        for (const auto& [label, entry] : target.labels)
            if (label.starts_with("pebble_"))
                error("RB0613",
                      fmt::format("'{}' can't be a label: Pebble keeps those that begin with 'pebble_'", label),
                      entry.key, "name it otherwise");
    }

    const PebbleLayer& layer_;
    LayerReading& reading_;
    std::string object_;
};

}  // namespace

std::optional<Span> group_alone(const Account& account) {
    const auto is_there = [](const std::optional<PlacedText>& name) { return name && !name->value.empty(); };
    if (is_there(account.user) || account.user_id) return std::nullopt;
    if (is_there(account.group)) return account.group->span;
    return account.group_id ? std::optional(account.group_id->span) : std::nullopt;
}

void check_layer(const PebbleLayer& layer, LayerReading& reading) { LayerRules(layer, reading).check(); }

}  // namespace rockbuild
