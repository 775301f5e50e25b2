// `services:` and `checks:` — Pebble's objects as rockcraft takes them (spec/rockcraft-yaml.md §5). They are validated
// here and written as the user wrote them; what only Pebble would refuse is found in pebble/.
#include "project/sections.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cstdlib>

namespace rockbuild {

namespace {

enum class Shape : std::uint8_t { text, whole_number, decimal, list, map };

struct Key {
    const char* name;
    Shape shape;
    std::vector<std::string> choices = {};
};

const std::vector<std::string> policies{"merge", "replace"};
const std::vector<std::string> success_actions{"restart", "shutdown", "failure-shutdown", "ignore"};
const std::vector<std::string> failure_actions{"restart", "shutdown", "success-shutdown", "ignore"};

// In the order in which Pebble's plan shows them.
const std::vector<Key> service_keys{
    {"summary", Shape::text},
    {"description", Shape::text},
    {"startup", Shape::text, {"enabled", "disabled"}},
    {"override", Shape::text, policies},
    {"command", Shape::text},
    {"after", Shape::list},
    {"before", Shape::list},
    {"requires", Shape::list},
    {"environment", Shape::map},
    {"user-id", Shape::whole_number},
    {"user", Shape::text},
    {"group-id", Shape::whole_number},
    {"group", Shape::text},
    {"working-dir", Shape::text},
    {"on-success", Shape::text, success_actions},
    {"on-failure", Shape::text, failure_actions},
    {"on-check-failure", Shape::map, failure_actions},
    {"backoff-delay", Shape::text},
    {"backoff-factor", Shape::decimal},
    {"backoff-limit", Shape::text},
    {"kill-delay", Shape::text},
};
const std::vector<Key> check_keys{
    {"override", Shape::text, policies},
    {"level", Shape::text, {"alive", "ready"}},
    {"period", Shape::text},
    {"timeout", Shape::text},
    {"threshold", Shape::whole_number},
};
const std::vector<Key> http_keys{{"url", Shape::text}, {"headers", Shape::map}};
const std::vector<Key> tcp_keys{{"port", Shape::whole_number}, {"host", Shape::text}};
const std::vector<Key> exec_keys{{"command", Shape::text},    {"service-context", Shape::text},
                                 {"environment", Shape::map}, {"user-id", Shape::whole_number},
                                 {"user", Shape::text},       {"group-id", Shape::whole_number},
                                 {"group", Shape::text},      {"working-dir", Shape::text}};

const LaterKeys later_service_keys{
    {"workload", "Pebble knows workloads, a project file has none: give user and group here"}};
const LaterKeys later_check_keys{{"startup", "Pebble knows it, a project file doesn't: leave it out"}};
const Synonyms service_synonyms{{"cmd", "write command"},
                                {"exec", "write command"},
                                {"env", "write environment"},
                                {"cwd", "write working-dir"},
                                {"workdir", "write working-dir"},
                                {"uid", "write user-id"},
                                {"gid", "write group-id"},
                                {"ports", "a service's port isn't declared: a check may watch it"},
                                {"restart", "write on-failure"},
                                {"restart-condition", "write on-failure"},
                                {"daemon", "leave it out: services run in the foreground"},
                                {"depends-on", "write requires or after"}};
const Synonyms check_synonyms{{"interval", "write period"},
                              {"retries", "write threshold"},
                              {"failures", "write threshold"},
                              {"test", "write exec, with the command in it"},
                              {"command", "write exec, with the command in it"},
                              {"url", "write http, with the url in it"},
                              {"port", "write tcp, with the port in it"}};

PebbleValue scalar(const PlacedText& text, const YamlNode& node) {
    PebbleValue value;
    value.text = text.value;
    value.plain = node.plain;
    value.span = text.span;
    return value;
}

std::optional<PebbleValue> text_value(Complaints& complaints, const Key& key, const Yaml& node,
                                      const std::string& what) {
    const auto text = as_some_text(complaints, node, what);
    if (!text) return std::nullopt;
    if (!key.choices.empty() && std::find(key.choices.begin(), key.choices.end(), text->value) == key.choices.end()) {
        complaints
            .error("RB0314", fmt::format("{} can't be '{}'", what, text->value), *node,
                   fmt::format("it is one of: {}", fmt::join(key.choices, ", ")))
            .suggestions = suggestions(text->value, key.choices);
        return std::nullopt;
    }
    return scalar(*text, *node);
}

std::optional<PebbleValue> number_value(Complaints& complaints, const Key& key, const Yaml& node,
                                        const std::string& what) {
    YamlNode bare;  // upstream takes a number in quotes too, if it is a plain decimal one
    bare.text = node->text;
    bare.plain = node->plain || (!node->text.starts_with('0') && node->text.find(':') == std::string::npos);
    const auto type = node->kind == YamlNode::Kind::scalar ? yaml_type(bare) : YamlType::text;
    if (type == YamlType::integer || (type == YamlType::floating && key.shape == Shape::decimal)) {
        PebbleValue value;
        value.text = yaml_text(bare);
        value.span = node->span;
        if (key.shape == Shape::decimal || yaml_integer(bare).value_or(-1) >= 0) return value;
        complaints.error("RB0314", fmt::format("{} can't be {}", what, node->text), *node,
                         "write a whole number that isn't negative");
        return std::nullopt;
    }
    complaints.error("RB0313",
                     fmt::format("{} must be a {}, not {}", what,
                                 key.shape == Shape::decimal ? "number" : "whole number", kind_of(*node)),
                     *node);
    return std::nullopt;
}

std::optional<PebbleValue> read_value(Complaints& complaints, const Key& key, const Yaml& node) {
    const auto what = fmt::format("'{}'", key.name);
    PebbleValue value;
    value.span = node->span;
    switch (key.shape) {
        case Shape::text:
            return text_value(complaints, key, node, what);
        case Shape::whole_number:
        case Shape::decimal:
            return number_value(complaints, key, node, what);
        case Shape::list:
            value.kind = PebbleValue::Kind::list;
            if (node->kind != YamlNode::Kind::list) {
                complaints.error("RB0313", fmt::format("{} must be a list, not {}", what, kind_of(*node)), *node);
                return std::nullopt;
            }
            for (const auto& item : node->items)
                if (const auto text = as_some_text(complaints, item, fmt::format("an entry of {}", what)))
                    value.items.push_back(scalar(*text, *item));
            return value;
        case Shape::map:
            value.kind = PebbleValue::Kind::map;
            if (!is_map(complaints, node, what)) return std::nullopt;
            for (const auto& pair : node->pairs) {
                const Key inner{pair.key->text.c_str(), Shape::text, key.choices};
                if (auto text = text_value(complaints, inner, pair.value, fmt::format("'{}'", pair.key->text)))
                    value.pairs.emplace_back(pair.key->text, std::move(*text));
            }
            return value;
    }
    return std::nullopt;
}

/// The keys of one object, in the order of the table; those that are given and good.
void read_keys_of(Fields& fields, const std::vector<Key>& keys, PebbleValue& object) {
    for (const auto& key : keys) {
        const auto node = fields.take(key.name);
        if (!node || is_null(*node)) continue;
        if (auto value = read_value(fields.complaints(), key, node))
            object.pairs.emplace_back(key.name, std::move(*value));
    }
}

PebbleValue object_at(const Span& span) {
    PebbleValue object;
    object.kind = PebbleValue::Kind::map;
    object.span = span;
    return object;
}

const PebbleValue* find(const PebbleValue& object, std::string_view name) {
    for (const auto& [key, value] : object.pairs)
        if (key == name) return &value;
    return nullptr;
}

/// Pebble asks no other scheme; what comes after `//` must name a host.
bool is_web_address(std::string_view url) {
    for (const std::string_view scheme : {"http://", "https://"})
        if (url.starts_with(scheme))
            return url.size() > scheme.size() &&
                   std::string_view("/?#:").find(url[scheme.size()]) == std::string_view::npos;
    return false;
}

void read_probe(Fields& check, const std::string& kind, const std::vector<Key>& keys, const std::string& needed,
                PebbleValue& object) {
    auto& complaints = check.complaints();
    const auto node = check.take(kind);
    if (!node || is_null(*node) || !is_map(complaints, node, fmt::format("'{}'", kind))) return;
    Fields fields(complaints, node, fmt::format("'{}'", kind), Spelling::kebab_or_snake);
    fields.named_at(check.key_span(kind));
    auto probe = object_at(node->span);
    (void)fields.required(needed, fmt::format("say what is checked: add `{}`", needed));
    read_keys_of(fields, keys, probe);
    fields.finish();
    if (const auto* url = find(probe, "url"); url != nullptr && !is_web_address(url->text))
        complaints.error("RB0314", fmt::format("'{}' is no address for an http check", url->text), url->span,
                         "write http://HOST or https://HOST");
    constexpr long most_port = 65535;
    if (const auto* port = find(probe, "port");
        port != nullptr && (port->text.size() > 5 || std::stol(port->text) < 1 || std::stol(port->text) > most_port))
        complaints.error("RB0314", fmt::format("there is no port {}", port->text), port->span,
                         "ports go from 1 to 65535");
    object.pairs.emplace_back(kind, std::move(probe));
}

}  // namespace

std::vector<std::pair<std::string, PebbleValue>> read_services(Complaints& complaints, const Yaml& map) {
    std::vector<std::pair<std::string, PebbleValue>> services;
    if (!map || is_null(*map) || !is_map(complaints, map, "'services'")) return services;
    for (const auto& pair : map->pairs) {
        const auto where = fmt::format("service '{}'", pair.key->text);
        if (!is_map(complaints, pair.value, where)) continue;
        Fields fields(complaints, pair.value, where, Spelling::kebab_or_snake);
        fields.named_at(pair.key->span);
        auto object = object_at(pair.key->span);
        (void)fields.required("override", "write `override: replace`");
        (void)fields.required("command", "write the program to run, in the foreground");
        read_keys_of(fields, service_keys, object);
        fields.finish(later_service_keys, service_synonyms);
        if (const auto* factor = find(object, "backoff-factor");
            factor != nullptr && !(std::strtod(factor->text.c_str(), nullptr) >= 1))
            complaints.error("RB0314", fmt::format("'backoff-factor' can't be {}", factor->text), factor->span,
                             "it is at least 1.0");
        services.emplace_back(pair.key->text, std::move(object));
    }
    return services;
}

std::vector<std::pair<std::string, PebbleValue>> read_checks(Complaints& complaints, const Yaml& map) {
    std::vector<std::pair<std::string, PebbleValue>> checks;
    if (!map || is_null(*map) || !is_map(complaints, map, "'checks'")) return checks;
    for (const auto& pair : map->pairs) {
        const auto where = fmt::format("check '{}'", pair.key->text);
        if (!is_map(complaints, pair.value, where)) continue;
        Fields fields(complaints, pair.value, where, Spelling::kebab_or_snake);
        fields.named_at(pair.key->span);
        auto object = object_at(pair.key->span);
        (void)fields.required("override", "write `override: replace`");
        read_keys_of(fields, check_keys, object);
        std::vector<std::string> kinds;
        for (const auto* kind : {"http", "tcp", "exec"})
            if (fields.take(kind)) kinds.emplace_back(kind);
        if (kinds.empty())
            complaints.error("RB0316", fmt::format("{} checks nothing", where), pair.key->span,
                             "give it one of http, tcp, exec");
        else if (kinds.size() > 1)
            complaints.error("RB0316",
                             fmt::format("{} has more than one kind of check: {}", where, fmt::join(kinds, ", ")),
                             fields.key_span(kinds[1]), "keep one");
        read_probe(fields, "http", http_keys, "url", object);
        read_probe(fields, "tcp", tcp_keys, "port", object);
        read_probe(fields, "exec", exec_keys, "command", object);
        if (const auto* threshold = find(object, "threshold"); threshold != nullptr && threshold->text == "0")
            complaints.error("RB0314", fmt::format("'threshold' can't be {}", threshold->text), threshold->span,
                             "it is at least 1");
        fields.finish(later_check_keys, check_synonyms);
        checks.emplace_back(pair.key->text, std::move(object));
    }
    return checks;
}

}  // namespace rockbuild
