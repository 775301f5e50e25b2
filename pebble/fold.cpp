#include "pebble/fold.hpp"

#include <algorithm>
#include <utility>

namespace rockbuild {

namespace {

// What a later layer says of an earlier one's fields: a text that is empty, a number that is zero and a list without
// entries say nothing.

void lay_text(std::optional<PlacedText>& below, const std::optional<PlacedText>& above) {
    if (above && (!above->value.empty() || !below)) below = above;
}

template <class T>
void lay(std::optional<T>& below, const std::optional<T>& above) {
    if (above) below = above;
}

void lay_count(std::optional<PlacedNumber>& below, const std::optional<PlacedNumber>& above) {
    if (above && (above->value != 0 || !below)) below = above;
}

void lay_list(std::vector<PlacedText>& below, const std::vector<PlacedText>& above) {
    below.insert(below.end(), above.begin(), above.end());
}

void lay_entries(PlacedEntries& below, const PlacedEntries& above) {
    for (const auto& [key, entry] : above) below.insert_or_assign(key, entry);
}

void lay_account(Account& below, const Account& above) {
    lay_text(below.user, above.user);
    lay(below.user_id, above.user_id);
    lay_text(below.group, above.group);
    lay(below.group_id, above.group_id);
}

void merge_object(Service& below, const Service& above) {
    lay_text(below.summary, above.summary);
    lay_text(below.description, above.description);
    lay_text(below.startup, above.startup);
    lay_text(below.command, above.command);
    lay_list(below.after, above.after);
    lay_list(below.before, above.before);
    lay_list(below.requirements, above.requirements);
    lay_text(below.workload, above.workload);
    lay_entries(below.environment, above.environment);
    lay_account(below.account, above.account);
    lay_text(below.working_dir, above.working_dir);
    lay_text(below.on_success, above.on_success);
    lay_text(below.on_failure, above.on_failure);
    lay_entries(below.on_check_failure, above.on_check_failure);
    lay(below.backoff_delay, above.backoff_delay);
    lay(below.backoff_factor, above.backoff_factor);
    lay(below.backoff_limit, above.backoff_limit);
    lay(below.kill_delay, above.kill_delay);
}

void merge_kind(HttpCheck& below, const HttpCheck& above) {
    lay_text(below.url, above.url);
    lay_entries(below.headers, above.headers);
}

void merge_kind(TcpCheck& below, const TcpCheck& above) {
    lay_count(below.port, above.port);
    lay_text(below.host, above.host);
}

void merge_kind(ExecCheck& below, const ExecCheck& above) {
    lay_text(below.command, above.command);
    lay_text(below.service_context, above.service_context);
    lay_entries(below.environment, above.environment);
    lay_account(below.account, above.account);
    lay_text(below.working_dir, above.working_dir);
}

template <class Kind>
void lay_kind(std::optional<Kind>& below, const std::optional<Kind>& above) {
    if (!above) return;
    if (!below) {
        below = above;
        return;
    }
    below->span = above->span;
    merge_kind(*below, *above);
}

void merge_object(Check& below, const Check& above) {
    lay_text(below.level, above.level);
    lay_text(below.startup, above.startup);
    lay(below.period, above.period);
    lay(below.timeout, above.timeout);
    lay_count(below.threshold, above.threshold);
    lay_kind(below.http, above.http);
    lay_kind(below.tcp, above.tcp);
    lay_kind(below.exec, above.exec);
}

void merge_object(LogTarget& below, const LogTarget& above) {
    lay_text(below.type, above.type);
    lay_text(below.location, above.location);
    lay_list(below.services, above.services);
    lay_entries(below.labels, above.labels);
}

void merge_object(Workload& below, const Workload& above) {
    lay_entries(below.environment, above.environment);
    lay_account(below.account, above.account);
}

/// The policy of an object stays that of its first layer, or of the one that replaced it.
template <class Object>
void lay_objects(std::map<std::string, Object>& below, const std::map<std::string, Object>& above) {
    for (const auto& [name, object] : above) {
        const auto [place, fresh] = below.try_emplace(name, object);
        if (fresh) continue;
        if (object.policy && object.policy->value == "replace") {
            place->second = object;
            continue;
        }
        merge_object(place->second, object);
        place->second.span = object.span;
        place->second.faulty = place->second.faulty || object.faulty;
    }
}

}  // namespace

PebblePlan fold_layers(std::vector<PebbleLayer> layers) {
    std::stable_sort(layers.begin(), layers.end(), [](const auto& a, const auto& b) { return a.order < b.order; });
    PebblePlan plan;
    for (const auto& layer : layers) {
        lay_objects(plan.services, layer.services);
        lay_objects(plan.checks, layer.checks);
        lay_objects(plan.log_targets, layer.log_targets);
        lay_objects(plan.workloads, layer.workloads);
        if (layer.pairing) {
            if (!plan.pairing) plan.pairing.emplace();
            lay_text(plan.pairing->mode, layer.pairing->mode);
        }
        plan.faulty = plan.faulty || layer.faulty;
    }
    return plan;
}

}  // namespace rockbuild
