#include "project/fields.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace rockbuild {

Yaml Fields::take(const std::string& name) {
    known_.push_back(name);
    for (const auto& pair : map_->pairs)
        if (pair.key->text == name) return pair.value;
    return nullptr;
}

Span Fields::key_span(const std::string& name) const {
    for (const auto& pair : map_->pairs)
        if (pair.key->text == name) return pair.key->span;
    return map_->span;
}

Yaml Fields::required(const std::string& name, const std::string& hint) {
    auto value = take(name);
    if (!value || is_null(*value)) {
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

std::optional<PlacedText> Fields::choice(const std::string& name, const std::vector<std::string>& choices) {
    auto found = text(name);
    if (!found || std::find(choices.begin(), choices.end(), found->value) != choices.end()) return found;
    complaints_
        .error("RB0314", fmt::format("'{}' can't be '{}'", name, found->value), found->span,
               fmt::format("it is one of: {}", fmt::join(choices, ", ")))
        .suggestions = suggestions(found->value, choices);
    return std::nullopt;
}

void Fields::finish() {
    for (const auto& pair : map_->pairs) {
        if (std::find(known_.begin(), known_.end(), pair.key->text) != known_.end()) continue;
        complaints_.suggest(
            complaints_.error("RB0310", fmt::format("{} has no key '{}'", where_, pair.key->text), pair.key->span),
            pair.key->text, known_);
    }
}

}  // namespace rockbuild
