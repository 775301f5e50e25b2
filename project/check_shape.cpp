#include "project/check_shape.hpp"

#include "project/pattern.hpp"
#include "project/reading.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <set>

namespace rockbuild {

std::string normal_key(const std::string& key, Spelling spelling) {
    auto text = key;
    if (spelling == Spelling::kebab_or_snake) std::replace(text.begin(), text.end(), '_', '-');
    return text;
}

const YamlPair* find_pair(const YamlNode& map, std::string_view name, Spelling spelling) {
    const auto same = [&](const std::string& key) {
        if (spelling == Spelling::kebab_only) return key == name;
        return std::equal(key.begin(), key.end(), name.begin(), name.end(),
                          [](char a, char b) { return (a == '_' ? '-' : a) == b; });
    };
    for (const auto& pair : map.pairs)
        if (same(pair.key->text)) return &pair;
    return nullptr;
}

Yaml find_value(const YamlNode& map, std::string_view name, Spelling spelling) {
    const auto* pair = find_pair(map, name, spelling);
    return pair == nullptr || is_null(*pair->value) ? nullptr : pair->value;
}

bool follows(const TextRule& rule, const std::string& text) {
    static std::map<const TextRule*, Pattern> compiled;
    if (text.size() > most_matched) return false;
    const auto found = compiled.try_emplace(&rule, rule.pattern).first;
    return found->second.found_in(text);
}

namespace {

std::size_t characters(const std::string& text) {
    return static_cast<std::size_t>(std::count_if(
        text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

std::vector<std::string> strings(const std::vector<std::string_view>& views) { return {views.begin(), views.end()}; }

Span begin_of(const YamlNode& node) { return {node.span.file, node.span.begin, node.span.begin}; }

void wrong_length(Complaints& complaints, const PlacedText& text, const Shape& shape, const std::string& what) {
    const auto size = characters(text.value);
    if (size == 0)
        complaints.error("RB0314", fmt::format("{} is empty", what), text.span, "write something, or leave it out");
    else
        complaints.error(
            "RB0314",
            fmt::format("{} must have {} to {} characters, not {}", what, shape.shortest, shape.longest, size),
            text.span, size > shape.longest ? "make it shorter" : "make it longer");
}

void check_text(Complaints& complaints, const Yaml& value, const Shape& shape, const std::string& what) {
    const auto before = complaints.errors();
    const auto text = as_some_text(complaints, value, what);
    if (!text && !shape.choices.empty() && complaints.errors() > before)
        complaints.all().back().hint = fmt::format("it is one of: {}", fmt::join(shape.choices, ", "));
    if (!text) return;
    const auto type = yaml_type(*value);
    const bool number = type == YamlType::integer || type == YamlType::floating;
    if (number && !shape.numbers_too) {
        complaints.error("RB0313", fmt::format("{} must be a text, not {}", what, kind_of(*value)), *value,
                         fmt::format("write \"{}\"", value->text));
        return;
    }
    if (number && text->value != value->text)
        complaints.warning(
            "RB0317", fmt::format("{} is '{}', not '{}': YAML reads it as a number", what, text->value, value->text),
            value->span, fmt::format("write \"{}\"", value->text));
    if (text->value.empty() && shape.empty_too) return;
    if (!shape.choices.empty()) {
        const auto is = [&](const auto& choices) {
            return std::find(choices.begin(), choices.end(), text->value) != choices.end();
        };
        if (is(shape.choices) || is(shape.old_choices)) return;
        complaints.suggest(complaints.error("RB0314", fmt::format("{} can't be '{}'", what, text->value), text->span,
                                            fmt::format("it is one of: {}", fmt::join(shape.choices, ", "))),
                           text->value, strings(shape.choices));
        return;
    }
    const auto size = characters(text->value);
    const bool fits = shape.shortest <= size && size <= shape.longest;
    if (shape.rule == nullptr && !fits) wrong_length(complaints, *text, shape, what);
    else if (shape.rule != nullptr && (!fits || !follows(*shape.rule, text->value)))
        complaints.error("RB0314", fmt::format("'{}' {}, in {}", text->value, shape.rule->wrong, what), text->span,
                         std::string(shape.rule->cure));
}

void check_boolean(Complaints& complaints, const Yaml& value, const std::string& what) {
    if (!truth_of(*value))
        complaints.error("RB0313", fmt::format("{} must be true or false, not {}", what, kind_of(*value)), *value);
}

/// A number in quotes counts too, if it is a plain decimal one.
YamlNode unquoted(const YamlNode& node) {
    YamlNode bare;
    bare.text = node.text;
    const auto digits = std::string_view(node.text).substr(node.text.starts_with('-') ? 1 : 0);
    bare.plain =
        node.plain || (node.text.find(':') == std::string::npos && (digits == "0" || !digits.starts_with('0')));
    return bare;
}

void check_number(Complaints& complaints, const Yaml& value, const Shape& shape, const std::string& what) {
    const bool whole = shape.kind == Shape::Kind::integer;
    const auto bare = unquoted(*value);
    const auto type = value->kind == YamlNode::Kind::scalar ? yaml_type(bare) : YamlType::text;
    if (type != YamlType::integer && (whole || type != YamlType::floating)) {
        complaints.error(
            "RB0313", fmt::format("{} must be a {}, not {}", what, whole ? "whole number" : "number", kind_of(*value)),
            *value);
        return;
    }
    const auto whole_number = whole ? yaml_integer(bare) : std::nullopt;
    const auto decimal = std::strtod(yaml_text(bare).c_str(), nullptr);
    const auto exact = whole_number.value_or(shape.most);
    const bool wrong = whole ? !whole_number || exact < shape.least || exact > shape.most || exact == shape.forbidden
                             : !(decimal >= static_cast<double>(shape.least));
    std::string cure;
    if (shape.most != std::numeric_limits<std::int64_t>::max())
        cure = fmt::format("it goes from {} to {}", shape.least, shape.most);
    else if (shape.least != std::numeric_limits<std::int64_t>::min())
        cure = fmt::format("it is at least {}", shape.least);
    if (wrong) complaints.error("RB0314", fmt::format("{} can't be {}", what, value->text), *value, std::move(cure));
}

void check_list(Complaints& complaints, const Yaml& value, const Shape& shape, const std::string& what) {
    if (value->kind != YamlNode::Kind::list) {
        if (shape.one_will_do) return check_value(complaints, value, shape.item.front(), what, value->span);
        complaints.error(
            "RB0313", fmt::format("{} must be a list, not {}", what, kind_of(*value)), *value,
            value->kind == YamlNode::Kind::scalar && !is_null(*value) ? fmt::format("write [{}]", value->text) : "");
        return;
    }
    if (value->items.size() < shape.fewest_items)
        complaints.error("RB0314", fmt::format("{} is empty", what), *value, "name one at least");
    if (value->items.size() > shape.most_items)
        complaints.error("RB0314", fmt::format("{} can have one entry only", what), *value->items[shape.most_items],
                         "keep one");
    std::map<std::string, const YamlNode*> seen;
    for (const auto& item : value->items) {
        check_value(complaints, item, shape.item.front(), fmt::format("an entry of {}", what), begin_of(*item));
        if (!shape.unique || item->kind != YamlNode::Kind::scalar) continue;
        if (const auto [first, fresh] = seen.try_emplace(yaml_text(*item), item.get()); !fresh)
            complaints.error("RB0314", fmt::format("{} names '{}' twice", what, item->text), *item, "keep one of them")
                .notes.push_back({"first named here", first->second->span});
    }
}

void check_map(Complaints& complaints, const Yaml& value, const Shape& shape, const std::string& what) {
    if (!is_map(complaints, value, what)) return;
    if (value->pairs.size() < shape.fewest_items)
        complaints.error("RB0312", fmt::format("{} is empty", what), *value, "name one at least");
    for (const auto& pair : value->pairs) {
        const auto name = pair.key->text;
        if (shape.key_rule != nullptr && !follows(*shape.key_rule, name)) {
            complaints.error("RB0314", fmt::format("'{}' {}", name, shape.key_rule->wrong), pair.key->span,
                             std::string(shape.key_rule->cure));
            continue;
        }
        const auto* object = shape.item.front().object;
        const auto noun = object == nullptr || object->noun.empty() ? std::string() : fmt::format("{} ", object->noun);
        check_value(complaints, pair.value, shape.item.front(), fmt::format("{}'{}'", noun, name), pair.key->span);
    }
}

/// "'a' and 'b'".
std::string names(const std::vector<std::string_view>& keys, std::string_view joint) {
    std::string text;
    for (const auto key : keys)
        text += fmt::format("{}'{}'", text.empty() ? "" : key == keys.back() ? fmt::format(" {} ", joint) : ", ", key);
    return text;
}

class RuleCheck {
public:
    RuleCheck(Complaints& complaints, const ObjectAt& object, Spelling spelling)
        : complaints_(complaints), object_(object), spelling_(spelling) {}

    void check(const KeyRule& rule) {
        std::vector<const YamlPair*> given;
        for (const auto key : rule.keys)
            if (const auto* pair = find_pair(object_.map, key, spelling_);
                pair != nullptr && is_given(*pair->value, rule.even_empty))
                given.push_back(pair);
        std::sort(given.begin(), given.end(),
                  [](const auto* a, const auto* b) { return a->key->span.begin < b->key->span.begin; });
        switch (rule.kind) {
            case KeyRule::Kind::exclusive:
                if (given.size() > 1)
                    say(rule, fmt::format("{} exclude each other", names(rule.keys, "and")), given[1]->key->span)
                        .notes.push_back({"given here", given[0]->key->span});
                break;
            case KeyRule::Kind::together:
                if (!given.empty() && given.size() < rule.keys.size())
                    say(rule, fmt::format("{} go together", names(rule.keys, "and")), given[0]->key->span);
                break;
            case KeyRule::Kind::one_of:
                if (given.empty())
                    say(rule, fmt::format("{} needs one of {}", object_.where, names(rule.keys, "and")), object_.name);
                else if (given.size() > 1)
                    say(rule, fmt::format("{} can have only one of {}", object_.where, names(rule.keys, "and")),
                        given[1]->key->span)
                        .notes.push_back({"given here", given[0]->key->span});
                break;
            case KeyRule::Kind::needs:
                if (given.size() == 1 && normal_key(given[0]->key->text, spelling_) == rule.keys[0])
                    say(rule,
                        fmt::format("'{}' needs {}", rule.keys[0],
                                    names({rule.keys.begin() + 1, rule.keys.end()}, "or")),
                        given[0]->key->span);
                break;
        }
    }

private:
    /// An empty text or list is as if nothing stood there.
    static bool is_given(const YamlNode& value, bool even_empty) {
        if (is_null(value)) return false;
        if (value.kind == YamlNode::Kind::scalar) return even_empty || value.literal || !value.text.empty();
        return value.kind == YamlNode::Kind::map || !value.items.empty();
    }

    Diagnostic& say(const KeyRule& rule, std::string otherwise, const Span& place) {
        return complaints_.error("RB0316", rule.wrong.empty() ? std::move(otherwise) : std::string(rule.wrong), place,
                                 std::string(rule.cure));
    }

    Complaints& complaints_;
    const ObjectAt& object_;
    Spelling spelling_;
};

class ObjectCheck {
public:
    ObjectCheck(Complaints& complaints, const ObjectAt& object, const std::vector<const ObjectShape*>& shapes)
        : complaints_(complaints), object_(object), shapes_(shapes) {}

    void check() {
        for (const auto& pair : object_.map.pairs) check_pair(pair);
        for (const auto* shape : shapes_)
            for (const auto& key : shape->keys)
                if (key.required && (shape->always || !complaints_.missing_allowed())) check_there(*shape, key);
        for (const auto* shape : shapes_)
            for (const auto& rule : shape->rules)
                if (!is_meant(rule)) RuleCheck(complaints_, object_, shape->spelling).check(rule);
    }

private:
    bool is_meant(const KeyRule& rule) const {
        return std::any_of(rule.keys.begin(), rule.keys.end(),
                           [&](std::string_view key) { return meant_.contains(std::string(key)); });
    }

    void check_pair(const YamlPair& pair) {
        for (const auto* shape : shapes_) {
            const auto name = normal_key(pair.key->text, shape->spelling);
            const auto key = std::find_if(shape->keys.begin(), shape->keys.end(),
                                          [&](const KeyShape& candidate) { return candidate.name == name; });
            if (key == shape->keys.end()) continue;
            if (const auto [first, fresh] = seen_.try_emplace(name, &pair); !fresh) {
                complaints_
                    .error("RB0301", fmt::format("'{}' is given in both spellings", name), pair.key->span,
                           "keep one of them")
                    .notes.push_back({"first given here", first->second->key->span});
                return;
            }
            if (!is_null(*pair.value) || (key->never_nothing && !pair.value->faulty))
                check_value(complaints_, pair.value, key->shape, fmt::format("'{}'", name), pair.key->span);
            return;
        }
        unknown(pair);
    }

    void unknown(const YamlPair& pair) {
        const auto& text = pair.key->text;
        if (object_.known_elsewhere && object_.known_elsewhere(text)) return;
        if (std::any_of(shapes_.begin(), shapes_.end(), [](const auto* shape) { return shape->open; })) return;
        auto& item =
            complaints_.error("RB0310", fmt::format("{} has no key '{}'", object_.where, text), pair.key->span);
        for (const auto* shape : shapes_)
            if (const auto found = shape->synonyms.find(text); found != shape->synonyms.end())
                item.hint = std::string(found->second);
        std::vector<std::string> candidates;
        for (const auto* shape : shapes_)
            for (const auto& key : shape->keys) candidates.emplace_back(key.name);
        if (const auto meant = item.hint.starts_with("write ") ? item.hint.substr(6) : std::string();
            std::find(candidates.begin(), candidates.end(), meant) != candidates.end())
            item.suggestions = {meant};
        else if (item.hint.empty()) complaints_.suggest(item, text, candidates);
        for (const auto& word : item.suggestions) meant_.insert(word);
        if (item.suggestions.empty() && item.hint.empty() && candidates.size() < 12)
            item.hint = fmt::format("its keys are: {}", fmt::join(candidates, ", "));
    }

    void check_there(const ObjectShape& shape, const KeyShape& key) {
        const auto* pair = find_pair(object_.map, key.name, shape.spelling);
        if (meant_.contains(std::string(key.name)) || (!key.unless.empty() && find_value(object_.map, key.unless)))
            return;
        if (object_.map.faulty || (pair != nullptr && (pair->value->faulty || !is_null(*pair->value)))) return;
        complaints_.error("RB0312", fmt::format("{} needs '{}'", object_.where, key.name),
                          pair != nullptr ? pair->key->span : object_.name, std::string(key.cure));
    }

    Complaints& complaints_;
    const ObjectAt& object_;
    const std::vector<const ObjectShape*>& shapes_;
    std::map<std::string, const YamlPair*> seen_;
    std::set<std::string> meant_;  // keys that misspelt ones are near to: they are not missing
};

/// Is this the kind of value that the shape asks for first?
bool is_of_kind(const YamlNode& value, const Shape& shape) {
    const auto type = value.kind == YamlNode::Kind::scalar ? yaml_type(value) : YamlType::null;
    return (shape.kind == Shape::Kind::integer) == (type == YamlType::integer);
}

}  // namespace

void check_value(Complaints& complaints, const Yaml& value, const Shape& shape, const std::string& what,
                 const Span& name) {
    if (!shape.otherwise.empty() && !is_of_kind(*value, shape))
        return check_value(complaints, value, shape.otherwise.front(), what, name);
    switch (shape.kind) {
        case Shape::Kind::text:
            return check_text(complaints, value, shape, what);
        case Shape::Kind::boolean:
            return check_boolean(complaints, value, what);
        case Shape::Kind::integer:
        case Shape::Kind::number:
            return check_number(complaints, value, shape, what);
        case Shape::Kind::list:
            return check_list(complaints, value, shape, what);
        case Shape::Kind::map:
            return check_map(complaints, value, shape, what);
        case Shape::Kind::object:
            if (shape.nothing_too && is_null(*value)) return;
            if (is_map(complaints, value, what)) check_object(complaints, {*value, what, name}, {shape.object});
            return;
        case Shape::Kind::anything:
            return;
    }
}

void check_object(Complaints& complaints, const ObjectAt& object, const std::vector<const ObjectShape*>& shapes) {
    ObjectCheck(complaints, object, shapes).check();
}

}  // namespace rockbuild
