#include "pebble/plan_json.hpp"

#include "pebble/go_values.hpp"
#include "pebble/plan_fields.hpp"

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

template <class Object>
Json object_json(const Object& object);

/// Puts what is set, and not empty.
struct PutField {
    Json& json;

    void operator()(const char* key, const std::optional<PlacedText>& text) const {
        if (text && !text->value.empty()) json[key] = text->value;
    }
    void operator()(const char* key, const std::optional<PlacedNumber>& number) const {
        if (number) json[key] = number->value;
    }
    void operator()(const char* key, const std::optional<PlacedDuration>& duration) const {
        if (duration) json[key] = go_duration_text(duration->value);
    }
    void operator()(const char* key, const std::optional<PlacedFactor>& factor) const {
        if (!factor) return;
        if (std::isfinite(factor->value)) json[key] = factor->value;
        else json[key] = std::isnan(factor->value) ? ".nan" : ".inf";  // JSON has no such numbers
    }
    void operator()(const char* key, const std::vector<PlacedText>& list) const {
        for (const auto& item : list) json[key].push_back(item.value);
    }
    void operator()(const char* key, const PlacedEntries& entries) const {
        for (const auto& [name, entry] : entries) json[key][name] = entry.value;
    }
    template <class Kind>
    void operator()(const char* key, const std::optional<Kind>& kind) const {
        if (kind) json[key] = object_json(*kind);
    }
    void operator()(const Account& account) const { walk_fields(*this, account); }
};

template <class Object>
Json object_json(const Object& object) {
    auto json = Json::object();
    walk_fields(PutField{json}, object);
    return json;
}

template <class Object>
void put_section(Json& json, const char* name, const std::map<std::string, Object>& objects) {
    for (const auto& [key, object] : objects) json[name][key] = object_json(object);
}

void put_sections(Json& json, const PlanSections& sections) {
    put_section(json, "services", sections.services);
    put_section(json, "checks", sections.checks);
    put_section(json, "log-targets", sections.log_targets);
    put_section(json, "workloads", sections.workloads);
    if (sections.pairing && sections.pairing->mode && !sections.pairing->mode->value.empty())
        json["pairing"] = {{"mode", sections.pairing->mode->value}};
}

}  // namespace

nlohmann::ordered_json plan_json(const PebblePlan& plan) {
    auto shown = plan;
    for (auto& [name, check] : shown.checks)
        if (!check.threshold || check.threshold->value == 0)
            check.threshold = PlacedNumber{pebble_defaults::threshold, check.span};
    auto json = Json::object();
    put_sections(json, shown);
    return json;
}

}  // namespace rockbuild
