#include "pebble/fold.hpp"

#include "pebble/plan_fields.hpp"

#include <algorithm>
#include <utility>

namespace rockbuild {

namespace {

/// Lays what a later layer says of an object over an earlier one's fields: a text that is empty, a number that is zero
/// and a list without entries say nothing.
struct Lay {
    void operator()(const char*, std::optional<PlacedText>& below, const std::optional<PlacedText>& above) const {
        if (above && (!above->value.empty() || !below)) below = above;
    }
    void operator()(const char*, std::optional<PlacedNumber>& below, const std::optional<PlacedNumber>& above) const {
        if (above && (above->value != 0 || !below)) below = above;
    }
    void operator()(const char*, std::vector<PlacedText>& below, const std::vector<PlacedText>& above) const {
        below.insert(below.end(), above.begin(), above.end());
    }
    void operator()(const char*, PlacedEntries& below, const PlacedEntries& above) const {
        for (const auto& [key, entry] : above) below.insert_or_assign(key, entry);
    }
    /// Durations and factors: zero says something.
    template <class Value>
    void operator()(const char*, std::optional<Placed<Value>>& below, const std::optional<Placed<Value>>& above) const {
        if (above) below = above;
    }
    /// http, tcp, exec.
    template <class Kind>
    void operator()(const char*, std::optional<Kind>& below, const std::optional<Kind>& above) const {
        if (!above) return;
        if (!below) {
            below = above;
            return;
        }
        below->span = above->span;
        walk_fields(*this, *below, *above);
    }
    /// Of ids zero is one: root's.
    void operator()(Account& below, const Account& above) const {
        (*this)("user", below.user, above.user);
        (*this)("group", below.group, above.group);
        if (above.user_id) below.user_id = above.user_id;
        if (above.group_id) below.group_id = above.group_id;
    }
};

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
        const auto policy = place->second.policy;
        walk_fields(Lay(), place->second, object);
        place->second.policy = policy;
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
            Lay()("mode", plan.pairing->mode, layer.pairing->mode);
        }
        plan.faulty = plan.faulty || layer.faulty;
    }
    return plan;
}

}  // namespace rockbuild
