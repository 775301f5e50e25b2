#include "pebble/layer_fields.hpp"

#include "pebble/go_values.hpp"
#include "pebble/go_yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace rockbuild {

namespace {

std::string kind_to_pebble(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::list) return "a list";
    if (node.kind == YamlNode::Kind::map) return "a map";
    if (is_go_null(node)) return "nothing";
    return node.text.empty() ? "an empty text" : fmt::format("'{}'", node.text);
}

/// Of all tags durations and factors mind this one alone: it says that there is nothing where something is.
bool says_null(const YamlNode& scalar) { return scalar.tag == "!!null"; }

}  // namespace

Diagnostic& LayerReading::error(const std::string& object, std::string code, std::string message, const Span& place,
                                std::string hint) {
    auto& item = complaints.error(std::move(code), std::move(message), place, std::move(hint));
    item.object = object;
    return item;
}

Diagnostic& LayerReading::warn(const std::string& object, std::string code, std::string message, const Span& place,
                               std::string hint) {
    auto& item = error(object, std::move(code), std::move(message), place, std::move(hint));
    item.severity = Severity::warning;
    return item;
}

std::vector<LayerPair> layer_pairs(LayerReading& reading, const std::string& object, const YamlNode& map) {
    std::vector<LayerPair> pairs;
    for (const auto& [key, value] : map.pairs) {
        if (is_go_null(*key)) {
            reading.warn(object, "RB0642",
                         fmt::format("the key '{}' is nothing: Pebble drops it and its value", key->text), key->span,
                         "put it in quotes, or remove it");
            continue;
        }
        auto text = go_text(*key);
        if (!text) {
            reading.error(object, "RB0313", fmt::format("the key '{}' isn't what its tag {} says", key->text, key->tag),
                          key->span, "remove the tag");
            continue;
        }
        const auto same = std::find_if(pairs.begin(), pairs.end(), [&](const auto& pair) { return pair.key == *text; });
        if (same != pairs.end()) pairs.erase(same);
        pairs.push_back({std::move(*text), key->span, value});
    }
    return pairs;
}

LayerFields::LayerFields(LayerReading& reading, const YamlNode& map, std::string object, std::string where,
                         std::vector<std::string> known)
    : reading_(reading),
      object_(std::move(object)),
      where_(std::move(where)),
      span_(map.span),
      pairs_(layer_pairs(reading, object_, map)) {
    for (const auto& pair : pairs_) {
        if (std::find(known.begin(), known.end(), pair.key) != known.end()) continue;
        auto& item =
            reading_.error(object_, "RB0310", fmt::format("{} has no key '{}'", where_, pair.key), pair.key_span, "");
        reading_.complaints.suggest(item, pair.key, known);
    }
}

Yaml LayerFields::value(std::string_view key) const {
    const auto found = std::find_if(pairs_.begin(), pairs_.end(), [&](const auto& pair) { return pair.key == key; });
    return found == pairs_.end() || is_go_null(*found->value) ? nullptr : found->value;
}

Diagnostic& LayerFields::wrong(std::string_view key, const YamlNode& value, std::string_view wanted,
                               std::string hint) const {
    return reading_.error(object_, "RB0313",
                          fmt::format("'{}' of {} must be {}, not {}", key, where_, wanted, kind_to_pebble(value)),
                          value.span, std::move(hint));
}

/// Any scalar is a text to Pebble.
std::optional<std::string> LayerFields::scalar(std::string_view what, const YamlNode& value) const {
    if (value.kind != YamlNode::Kind::scalar) {
        wrong(what, value, "a text", "write it as one text");
        return std::nullopt;
    }
    auto text = go_text(value);
    if (!text)
        reading_.error(object_, "RB0313", fmt::format("'{}' isn't what its tag {} says", value.text, value.tag),
                       value.span, "remove the tag");
    return text;
}

std::optional<PlacedText> LayerFields::text(std::string_view key) const {
    const auto found = value(key);
    if (!found) return std::nullopt;
    auto text = scalar(key, *found);
    return text ? std::optional(PlacedText{std::move(*text), found->span}) : std::nullopt;
}

std::vector<PlacedText> LayerFields::texts(std::string_view key) const {
    std::vector<PlacedText> result;
    const auto list = value(key);
    if (!list) return result;
    if (list->kind != YamlNode::Kind::list) {
        wrong(key, *list, "a list",
              list->kind == YamlNode::Kind::scalar ? fmt::format("write [{}]", list->text) : std::string());
        return result;
    }
    for (const auto& item : list->items) {
        if (is_go_null(*item)) {
            reading_.warn(object_, "RB0642", fmt::format("an entry of '{}' is nothing: Pebble drops it", key),
                          item->span, "put it in quotes, or remove it");
            continue;
        }
        if (auto text = scalar(fmt::format("an entry of {}", key), *item))
            result.push_back({std::move(*text), item->span});
    }
    return result;
}

PlacedEntries LayerFields::entries(std::string_view key) const {
    PlacedEntries result;
    const auto map = value(key);
    if (!map) return result;
    if (map->kind != YamlNode::Kind::map) {
        wrong(key, *map, "a map", "write `NAME: VALUE` lines under it");
        return result;
    }
    for (const auto& pair : layer_pairs(reading_, object_, *map))
        if (auto text = scalar(pair.key, *pair.value))
            result.insert_or_assign(pair.key, PlacedEntry{std::move(*text), pair.value->span, pair.key_span});
    return result;
}

std::optional<PlacedNumber> LayerFields::number(std::string_view key) const {
    const auto found = value(key);
    if (!found) return std::nullopt;
    const auto number = found->kind == YamlNode::Kind::scalar ? go_number(*found) : std::nullopt;
    if (!number) {
        wrong(key, *found, "a whole number",
              found->kind == YamlNode::Kind::scalar && !found->plain ? "write it without quotes" : "");
        return std::nullopt;
    }
    if (number->cut)
        reading_.warn(object_, "RB0641", fmt::format("'{}' is {} to Pebble, not {}", key, number->value, found->text),
                      found->span, "write a whole number");
    return PlacedNumber{number->value, found->span};
}

std::optional<PlacedDuration> LayerFields::duration(std::string_view key) const {
    const auto found = value(key);
    if (!found) return std::nullopt;
    if (found->kind != YamlNode::Kind::scalar) {
        reading_.error(object_, "RB0610", fmt::format("'{}' must be a duration, not {}", key, kind_to_pebble(*found)),
                       found->span, "write a number with a unit: 500ms, 10s, 1m30s");
        return std::nullopt;
    }
    const auto duration = says_null(*found) ? std::nullopt : parse_go_duration(found->text);
    if (!duration) {
        reading_.error(object_, "RB0610", fmt::format("'{}' is no duration for '{}'", found->text, key), found->span,
                       "write a number with a unit: 500ms, 10s, 1m30s");
        return std::nullopt;
    }
    return PlacedDuration{*duration, found->span};
}

std::optional<PlacedFactor> LayerFields::factor(std::string_view key) const {
    const auto found = value(key);
    if (!found) return std::nullopt;
    const bool readable = found->kind == YamlNode::Kind::scalar && !says_null(*found);
    const auto number = readable ? parse_go_float(found->text) : std::nullopt;
    if (!number) {
        wrong(key, *found, "a number", "write 2 or 1.5");
        return std::nullopt;
    }
    return PlacedFactor{*number, found->span};
}

std::unique_ptr<LayerFields> LayerFields::within(std::string_view key, std::vector<std::string> known) const {
    const auto map = value(key);
    if (!map) return nullptr;
    if (map->kind != YamlNode::Kind::map) {
        wrong(key, *map, "a map", "write `KEY: VALUE` lines under it");
        return nullptr;
    }
    return std::make_unique<LayerFields>(reading_, *map, object_, fmt::format("'{}' of {}", key, where_),
                                         std::move(known));
}

}  // namespace rockbuild
