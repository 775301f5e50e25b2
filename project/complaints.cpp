#include "project/complaints.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <tuple>

namespace rockbuild {

namespace {

/// A message quotes what the file says, which may be megabytes.
std::string bounded(std::string message) {
    constexpr std::size_t longest = 600;
    if (message.size() <= longest) return message;
    const auto is_inside = [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) == 0x80U; };  // of a character
    auto head = longest * 2 / 3;
    auto tail = message.size() - longest / 3;
    while (head > 0 && is_inside(message[head])) --head;
    while (tail < message.size() && is_inside(message[tail])) ++tail;
    return message.substr(0, head) + "…" + message.substr(tail);
}

}  // namespace

Diagnostic& Complaints::error(std::string code, std::string message, const Span& place, std::string hint) {
    auto& item = all_.emplace_back();
    item.code = std::move(code);
    item.message = bounded(std::move(message));
    item.span = place;
    item.hint = std::move(hint);
    return item;
}

Diagnostic& Complaints::warning(std::string code, std::string message, const Span& place, std::string hint) {
    auto& item = error(std::move(code), std::move(message), place, std::move(hint));
    item.severity = Severity::warning;
    return item;
}

Diagnostic& Complaints::error(std::string code, std::string message, const YamlNode& at, std::string hint) {
    if (at.faulty) return discarded_ = {};
    return error(std::move(code), std::move(message), at.span, std::move(hint));
}

void Complaints::suggest(Diagnostic& item, const std::string& word, const std::vector<std::string>& candidates) const {
    constexpr std::size_t enough = 100;
    if (all_.size() <= enough) item.suggestions = suggestions(word, candidates);
}

std::size_t Complaints::errors() const {
    return static_cast<std::size_t>(
        std::count_if(all_.begin(), all_.end(), [](const auto& item) { return item.severity == Severity::error; }));
}

void put_in_order(Diagnostics& diagnostics) {
    std::stable_sort(diagnostics.begin(), diagnostics.end(), [](const auto& a, const auto& b) {
        return std::tie(a.span->file, a.span->begin) < std::tie(b.span->file, b.span->begin);
    });
    Diagnostics kept;
    for (auto& item : diagnostics) {
        const auto differs = [&](const Diagnostic& said) {
            return said.span->begin != item.span->begin || said.span->file != item.span->file;
        };
        const auto same = [&](const Diagnostic& said) {
            return said.code == item.code && said.message == item.message && said.span == item.span;
        };
        if (std::none_of(kept.rbegin(), std::find_if(kept.rbegin(), kept.rend(), differs), same))
            kept.push_back(std::move(item));
    }
    diagnostics = std::move(kept);
}

std::vector<std::string> key_texts(const Yaml& map) {
    std::vector<std::string> keys;
    if (map)
        for (const auto& pair : map->pairs) keys.push_back(pair.key->text);
    return keys;
}

bool is_null(const YamlNode& node) { return node.kind == YamlNode::Kind::scalar && yaml_type(node) == YamlType::null; }

std::string kind_of(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::list) return "a list";
    if (node.kind == YamlNode::Kind::map) return "a map";
    switch (yaml_type(node)) {
        case YamlType::null:
            return "nothing";
        case YamlType::boolean:
            return fmt::format("the boolean {}", node.text);
        case YamlType::integer:
        case YamlType::floating:
            return fmt::format("the number {}", node.text);
        default:
            return is_yaml_date(node) ? fmt::format("the date {}", node.text) : "a text";
    }
}

std::optional<PlacedText> as_text(Complaints& complaints, const Yaml& value, const std::string& what) {
    if (!value || is_null(*value)) return std::nullopt;
    if (value->kind != YamlNode::Kind::scalar) {
        complaints.error("RB0313", fmt::format("{} must be a text, not {}", what, kind_of(*value)), *value,
                         value->kind == YamlNode::Kind::list ? "write it as one text, without brackets or dashes" : "");
        return std::nullopt;
    }
    if (yaml_type(*value) == YamlType::boolean) {
        complaints.error("RB0313", fmt::format("{} must be a text, not {}", what, kind_of(*value)), *value,
                         fmt::format("YAML reads the bare word as yes or no: write \"{}\"", value->text));
        return std::nullopt;
    }
    if (is_yaml_date(*value)) {
        complaints.error("RB0313", fmt::format("{} must be a text, not {}", what, kind_of(*value)), *value,
                         fmt::format("YAML reads it as a date: write \"{}\"", value->text));
        return std::nullopt;
    }
    return PlacedText{yaml_text(*value), value->span};
}

std::optional<PlacedText> as_some_text(Complaints& complaints, const Yaml& value, const std::string& what) {
    if (is_null(*value))
        complaints.error("RB0313", fmt::format("{} must be a text, not nothing", what), *value,
                         "write \"\" for an empty text, or remove it");
    return as_text(complaints, value, what);
}

bool is_map(Complaints& complaints, const Yaml& value, const std::string& what) {
    if (value->kind == YamlNode::Kind::map) return true;
    complaints.error("RB0313", fmt::format("{} must be a map of keys and values, not {}", what, kind_of(*value)),
                     *value,
                     value->kind == YamlNode::Kind::list ? "write `NAME: …` lines, without the dashes"
                     : is_null(*value)                   ? "indent its keys under it"
                                                         : "write `KEY: VALUE` lines under it");
    return false;
}

}  // namespace rockbuild
