#include "project/reading.hpp"

#include <algorithm>
#include <array>

namespace rockbuild {

namespace {

PlacedValue value_under(const YamlPair& pair, const Shape& shape) {
    auto value = value_of(*pair.value, shape);
    value.key = pair.key->span;
    return value;
}

char lower_letter(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

}  // namespace

std::optional<bool> truth_of(const YamlNode& value) {
    static constexpr std::array<std::string_view, 6> yes{"1", "t", "y", "yes", "on", "true"};
    static constexpr std::array<std::string_view, 6> no{"0", "f", "n", "no", "off", "false"};
    if (value.kind != YamlNode::Kind::scalar) return std::nullopt;
    std::string lower = value.text;
    std::transform(lower.begin(), lower.end(), lower.begin(), lower_letter);
    if (std::find(yes.begin(), yes.end(), lower) != yes.end()) return true;
    if (std::find(no.begin(), no.end(), lower) != no.end()) return false;
    return std::nullopt;
}

std::optional<PlacedText> text_of(const Yaml& value) {
    if (!value || value->kind != YamlNode::Kind::scalar || is_null(*value) || is_yaml_date(*value) ||
        yaml_type(*value) == YamlType::boolean)
        return std::nullopt;
    return PlacedText{yaml_text(*value), value->span};
}

std::optional<PlacedText> text_at(const YamlNode& map, std::string_view key) { return text_of(find_value(map, key)); }

std::optional<PlacedText> filled_text_at(const YamlNode& map, std::string_view key) {
    auto text = text_at(map, key);
    return text && text->value.empty() ? std::nullopt : text;
}

std::vector<PlacedText> texts_at(const YamlNode& map, std::string_view key) {
    std::vector<PlacedText> texts;
    if (const auto value = find_value(map, key))
        for (const auto& item : value->items)
            if (auto text = text_of(item)) texts.push_back(std::move(*text));
    return texts;
}

std::vector<PlacedText> text_or_texts_at(const YamlNode& map, std::string_view key) {
    if (auto text = text_at(map, key)) return {std::move(*text)};
    return texts_at(map, key);
}

std::vector<std::pair<PlacedText, PlacedText>> text_pairs_at(const YamlNode& map, std::string_view key) {
    std::vector<std::pair<PlacedText, PlacedText>> pairs;
    if (const auto value = find_value(map, key))
        for (const auto& pair : value->pairs)
            if (auto text = text_of(pair.value))
                pairs.emplace_back(PlacedText{pair.key->text, pair.key->span}, std::move(*text));
    return pairs;
}

std::vector<const YamlPair*> maps_at(const YamlNode& map, std::string_view key) {
    std::vector<const YamlPair*> pairs;
    if (const auto value = find_value(map, key))
        for (const auto& pair : value->pairs)
            if (pair.value->kind == YamlNode::Kind::map) pairs.push_back(&pair);
    return pairs;
}

std::optional<Script> script_at(const YamlNode& map, std::string_view key) {
    const auto value = find_value(map, key);
    const auto text = text_of(value);
    if (!text) return std::nullopt;
    Script script{text->value, value->anchor.value_or(value->span), 1, value->literal};
    script.first_line =
        script.span.begin.line + (value->literal || value->folded ? 1 : 0);  // a block begins below its indicator
    return script;
}

Span key_span(const YamlNode& map, std::string_view key) {
    const auto* pair = find_pair(map, key);
    return pair != nullptr ? pair->key->span : map.span;
}

PlacedValue value_of(const YamlNode& node, const Shape& shape) {
    PlacedValue value;
    value.span = node.span;
    if (node.kind == YamlNode::Kind::scalar) {
        YamlNode bare;
        bare.text = node.text;
        bare.plain = node.plain || shape.kind == Shape::Kind::integer || shape.kind == Shape::Kind::number;
        value.text = yaml_text(bare);
        return value;
    }
    if (shape.kind == Shape::Kind::object) return object_value(node, *shape.object);
    static const Shape plain_text;
    const auto& inner = shape.item.empty() ? plain_text : shape.item.front();
    value.kind = node.kind == YamlNode::Kind::list ? PlacedValue::Kind::list : PlacedValue::Kind::map;
    for (const auto& item : node.items) value.items.push_back(value_of(*item, inner));
    for (const auto& pair : node.pairs) value.pairs.push_back({pair.key->text, value_under(pair, inner)});
    return value;
}

PlacedValue object_value(const YamlNode& map, const ObjectShape& shape) {
    PlacedValue object;
    object.kind = PlacedValue::Kind::map;
    object.span = map.span;
    for (const auto& key : shape.keys)
        if (find_value(map, key.name, shape.spelling))
            object.pairs.push_back(
                {std::string(key.name), value_under(*find_pair(map, key.name, shape.spelling), key.shape)});
    return object;
}

const PlacedValue* find(const PlacedValue& object, std::string_view key) {
    for (const auto& [name, value] : object.pairs)
        if (name == key) return &value;
    return nullptr;
}

std::string normal_address(const std::string& url) {
    auto text = url;
    const auto host = text.find("://");
    if (host == std::string::npos) return text;
    const auto path = std::min(text.find_first_of("/?#", host + 3), text.size());
    std::transform(text.begin(), text.begin() + static_cast<std::ptrdiff_t>(path), text.begin(), lower_letter);
    if (path == text.size() || text[path] != '/') text.insert(path, "/");
    return text;
}

}  // namespace rockbuild
