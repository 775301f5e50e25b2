#include "pebble/plan_json.hpp"

#include "pebble/go_values.hpp"

#include <cmath>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

/// An object's keys; what is not set, or empty, is left out.
class JsonFields {
public:
    void put(const char* key, const std::optional<PlacedText>& text) {
        if (text && !text->value.empty()) json_[key] = text->value;
    }
    void put(const char* key, const std::optional<PlacedNumber>& number) {
        if (number) json_[key] = number->value;
    }
    void put(const char* key, const std::optional<PlacedDuration>& duration) {
        if (duration) json_[key] = go_duration_text(duration->value);
    }
    void put(const char* key, const std::optional<PlacedFactor>& factor) {
        if (!factor) return;
        if (std::isfinite(factor->value)) json_[key] = factor->value;
        else json_[key] = std::isnan(factor->value) ? ".nan" : ".inf";  // JSON has no such numbers
    }
    void put(const char* key, const std::vector<PlacedText>& list) {
        for (const auto& item : list) json_[key].push_back(item.value);
    }
    void put(const char* key, const PlacedEntries& entries) {
        for (const auto& [name, entry] : entries) json_[key][name] = entry.value;
    }
    void put(const Account& account) {
        put("user-id", account.user_id);
        put("user", account.user);
        put("group-id", account.group_id);
        put("group", account.group);
    }
    void put(const char* key, Json value) { json_[key] = std::move(value); }
    Json take() { return std::move(json_); }

private:
    Json json_ = Json::object();
};

Json object_json(const Service& service) {
    JsonFields fields;
    fields.put("summary", service.summary);
    fields.put("description", service.description);
    fields.put("startup", service.startup);
    fields.put("override", service.policy);
    fields.put("command", service.command);
    fields.put("after", service.after);
    fields.put("before", service.before);
    fields.put("requires", service.requirements);
    fields.put("workload", service.workload);
    fields.put("environment", service.environment);
    fields.put(service.account);
    fields.put("working-dir", service.working_dir);
    fields.put("on-success", service.on_success);
    fields.put("on-failure", service.on_failure);
    fields.put("on-check-failure", service.on_check_failure);
    fields.put("backoff-delay", service.backoff_delay);
    fields.put("backoff-factor", service.backoff_factor);
    fields.put("backoff-limit", service.backoff_limit);
    fields.put("kill-delay", service.kill_delay);
    return fields.take();
}

Json kind_json(const HttpCheck& http) {
    JsonFields fields;
    fields.put("url", http.url);
    fields.put("headers", http.headers);
    return fields.take();
}

Json kind_json(const TcpCheck& tcp) {
    JsonFields fields;
    fields.put("port", tcp.port);
    fields.put("host", tcp.host);
    return fields.take();
}

Json kind_json(const ExecCheck& exec) {
    JsonFields fields;
    fields.put("command", exec.command);
    fields.put("service-context", exec.service_context);
    fields.put("environment", exec.environment);
    fields.put(exec.account);
    fields.put("working-dir", exec.working_dir);
    return fields.take();
}

Json object_json(const Check& check) {
    JsonFields fields;
    fields.put("override", check.policy);
    fields.put("level", check.level);
    fields.put("startup", check.startup);
    fields.put("period", check.period);
    fields.put("timeout", check.timeout);
    fields.put("threshold", check.threshold);
    if (check.http) fields.put("http", kind_json(*check.http));
    if (check.tcp) fields.put("tcp", kind_json(*check.tcp));
    if (check.exec) fields.put("exec", kind_json(*check.exec));
    return fields.take();
}

Json object_json(const LogTarget& target) {
    JsonFields fields;
    fields.put("type", target.type);
    fields.put("location", target.location);
    fields.put("services", target.services);
    fields.put("override", target.policy);
    fields.put("labels", target.labels);
    return fields.take();
}

Json object_json(const Workload& workload) {
    JsonFields fields;
    fields.put("override", workload.policy);
    fields.put("environment", workload.environment);
    fields.put(workload.account);
    return fields.take();
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
