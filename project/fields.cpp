#include "project/fields.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

Diagnostic& Complaints::error(std::string code, std::string message, const Span& place, std::string hint) {
    auto& item = all_.emplace_back();
    item.code = std::move(code);
    item.message = std::move(message);
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

bool Complaints::has_errors() const {
    return std::any_of(all_.begin(), all_.end(), [](const auto& item) { return item.severity == Severity::error; });
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
        complaints.error("RB0313", fmt::format("{} must be a text, not {}", what, kind_of(*value)), *value);
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

namespace {

/// `- on amd64: …`, `- to arm64: …`, `- else: …` (spec/rockcraft-yaml.md §7).
bool is_clause(const YamlNode& item) {
    if (item.kind != YamlNode::Kind::map || item.pairs.size() != 1) return false;
    const auto& key = item.pairs.front().key->text;
    return key.starts_with("on ") || key.starts_with("to ") || key.starts_with("for ") || key == "else" ||
           key == "else fail";
}

}  // namespace

bool is_map(Complaints& complaints, const Yaml& value, const std::string& what) {
    if (value->kind == YamlNode::Kind::map) return true;
    complaints.error("RB0313", fmt::format("{} must be a map of keys and values, not {}", what, kind_of(*value)),
                     *value);
    return false;
}

std::string Fields::normal(const std::string& key) const {
    auto text = key;
    if (spelling_ == Spelling::kebab_or_snake) std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

Yaml Fields::take(const std::string& name) {
    known_.push_back(name);
    Yaml found;
    for (const auto& pair : map_->pairs) {
        if (normal(pair.key->text) != name) continue;
        if (found) {
            complaints_.error("RB0301", fmt::format("'{}' is given in both spellings", name), pair.key->span,
                              "keep one of them");
            continue;
        }
        found = pair.value;
    }
    if (found && clauses_refused_) {
        const auto clause =
            std::find_if(found->items.begin(), found->items.end(), [](const auto& item) { return is_clause(*item); });
        if (clause != found->items.end()) {
            if (!refused(name)) {
                refused_.push_back(name);
                complaints_.error(
                    "RB0311",
                    fmt::format(
                        "'{}' is part of the language, but this version of rockbuild doesn't read such clauses yet",
                        (*clause)->pairs.front().key->text),
                    *(*clause)->pairs.front().key, "write what holds for the architecture that you build for");
            }
            return nullptr;
        }
    }
    return found;
}

bool Fields::refused(const std::string& name) const {
    return std::find(refused_.begin(), refused_.end(), name) != refused_.end();
}

Span Fields::key_span(const std::string& name) const {
    for (const auto& pair : map_->pairs)
        if (normal(pair.key->text) == name) return pair.key->span;
    return map_->span;
}

Yaml Fields::required(const std::string& name, const std::string& hint) {
    auto value = take(name);
    if (!value || is_null(*value)) {
        if (refused(name) || complaints_.missing_allowed()) return nullptr;
        // Said at the map's name, or at the key that has no value.
        const auto place =
            value ? key_span(name) : name_.value_or(Span{map_->span.file, map_->span.begin, map_->span.begin});
        complaints_.error("RB0312", fmt::format("{} needs '{}'", where_, name), place, hint);
        return nullptr;
    }
    return value;
}

std::optional<PlacedText> Fields::text(const std::string& name) {
    return as_text(complaints_, take(name), fmt::format("'{}'", name));
}

std::vector<PlacedText> Fields::texts(const std::string& name) {
    std::vector<PlacedText> result;
    const auto value = take(name);
    if (!value || is_null(*value)) return result;
    if (value->kind != YamlNode::Kind::list) {
        complaints_.error(
            "RB0313", fmt::format("'{}' must be a list, not {}", name, kind_of(*value)), *value,
            value->kind == YamlNode::Kind::scalar ? fmt::format("write [{}]", value->text) : std::string());
        return result;
    }
    for (const auto& item : value->items) {
        if (auto text = as_some_text(complaints_, item, fmt::format("an entry of '{}'", name))) {
            if (text->value.empty()) complaints_.error("RB0314", fmt::format("an entry of '{}' is empty", name), *item);
            result.push_back(std::move(*text));
        }
    }
    return result;
}

std::optional<std::vector<std::pair<PlacedText, PlacedText>>> Fields::text_map(const std::string& name) {
    const auto value = take(name);
    if (!value || is_null(*value)) return std::nullopt;
    if (!is_map(complaints_, value, fmt::format("'{}'", name))) return std::nullopt;
    std::vector<std::pair<PlacedText, PlacedText>> result;
    for (const auto& pair : value->pairs) {
        auto key = PlacedText{pair.key->text, pair.key->span};
        if (auto text = as_some_text(complaints_, pair.value, fmt::format("'{}'", pair.key->text)))
            result.emplace_back(std::move(key), std::move(*text));
    }
    return result;
}

std::optional<Script> Fields::script(const std::string& name) {
    const auto value = take(name);
    if (!value || is_null(*value)) return std::nullopt;
    const auto text = as_text(complaints_, value, fmt::format("'{}'", name));
    if (!text) return std::nullopt;
    Script script{text->value, value->anchor.value_or(value->span), 1, value->literal};
    script.first_line =
        script.span.begin.line + (value->literal || value->folded ? 1 : 0);  // a block begins below its indicator
    return script;
}

std::optional<PlacedText> Fields::choice(const std::string& name, const std::vector<std::string>& choices) {
    auto found = text(name);
    if (!found || std::find(choices.begin(), choices.end(), found->value) != choices.end()) return found;
    complaints_
        .error("RB0314", fmt::format("'{}' can't be '{}'", name, found->value), found->span,
               fmt::format("it is one of: {}", fmt::join(choices, ", ")))
        .suggestions = suggestions(found->value, choices);
    return std::nullopt;
}

void Fields::finish(const LaterKeys& later, const Synonyms& synonyms) {
    for (const auto& pair : map_->pairs) {
        const auto key = normal(pair.key->text);
        if (std::find(known_.begin(), known_.end(), key) != known_.end()) continue;
        if (const auto found = later.find(key); found != later.end()) {
            complaints_.error(
                "RB0311",
                fmt::format("'{}' is part of the language, but this version of rockbuild doesn't build it yet", key),
                pair.key->span, std::string(found->second));
            continue;
        }
        auto& item =
            complaints_.error("RB0310", fmt::format("{} has no key '{}'", where_, pair.key->text), pair.key->span);
        if (const auto found = synonyms.find(key); found != synonyms.end()) item.hint = std::string(found->second);
        else complaints_.suggest(item, pair.key->text, known_);
    }
}

}  // namespace rockbuild
