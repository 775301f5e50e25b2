// Reading values out of a map that was checked, or is being checked by somebody else: nothing is complained about, and
// what isn't what it should be counts as absent.
#pragma once

#include "project/project.hpp"
#include "project/shape.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// What upstream takes for yes or no: YAML's own words, the numbers 0 and 1, and the same in quotes.
std::optional<bool> truth_of(const YamlNode& value);

/// A scalar's text; none for nothing, booleans and dates.
std::optional<PlacedText> text_of(const Yaml& value);
std::optional<PlacedText> text_at(const YamlNode& map, std::string_view key);
/// The same, none if it is empty.
std::optional<PlacedText> filled_text_at(const YamlNode& map, std::string_view key);
/// The texts of a list.
std::vector<PlacedText> texts_at(const YamlNode& map, std::string_view key);
/// The texts of a list, or the only one in its place.
std::vector<PlacedText> text_or_texts_at(const YamlNode& map, std::string_view key);
/// The text pairs of a map.
std::vector<std::pair<PlacedText, PlacedText>> text_pairs_at(const YamlNode& map, std::string_view key);
/// The pairs of a map whose values are maps.
std::vector<const YamlPair*> maps_at(const YamlNode& map, std::string_view key);
std::optional<Script> script_at(const YamlNode& map, std::string_view key);
/// The place of a key; of the map if it isn't there.
Span key_span(const YamlNode& map, std::string_view key);

/// The keys that `shape` knows, in its order, and their values.
PlacedValue object_value(const YamlNode& map, const ObjectShape& shape);
/// A value as the shape reads it: numbers as Python prints them.
PlacedValue value_of(const YamlNode& node, const Shape& shape);

const PlacedValue* find(const PlacedValue& object, std::string_view key);

/// An address as upstream writes it: scheme and host in lower case, and a path.
std::string normal_address(const std::string& url);

}  // namespace rockbuild
