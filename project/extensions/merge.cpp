#include "project/extensions/merge.hpp"

#include "project/complaints.hpp"
#include "project/reading.hpp"

#include <algorithm>
#include <cstdint>
#include <set>

namespace rockbuild {

namespace {

std::shared_ptr<YamlNode> made_node(YamlNode::Kind kind, const Span& place, std::string_view extension) {
    auto node = std::make_shared<YamlNode>();
    node->kind = kind;
    node->span = place;
    node->made_by = extension;
    return node;
}

/// What Python takes for false: upstream lets an extension say it anew.
bool says_nothing(const YamlNode& value) {
    if (value.faulty) return false;
    switch (value.kind) {
        case YamlNode::Kind::list:
            return value.items.empty();
        case YamlNode::Kind::map:
            return value.pairs.empty();
        case YamlNode::Kind::scalar:
            break;
    }
    switch (yaml_type(value)) {
        case YamlType::null:
            return true;
        case YamlType::boolean:
            return !*yaml_boolean(value);
        case YamlType::integer:
            return yaml_integer(value) == 0;
        case YamlType::floating:
            return yaml_text(value) == "0.0" || yaml_text(value) == "-0.0";
        case YamlType::text:
            return value.text.empty();
    }
    return false;
}

bool is_text_node(const Yaml& node) {
    return node->kind == YamlNode::Kind::scalar && yaml_type(*node) == YamlType::text && !is_yaml_date(*node);
}

Yaml merge_lists(const Yaml& user, const Yaml& made) {
    auto list = std::make_shared<YamlNode>(*user);
    list->items.insert(list->items.begin(), made->items.begin(), made->items.end());
    if (!std::all_of(list->items.begin(), list->items.end(), is_text_node)) return list;
    std::set<std::string_view> seen;
    std::vector<Yaml> once;
    for (const auto& item : list->items)
        if (seen.insert(item->text).second) once.push_back(item);
    list->items = std::move(once);
    return list;
}

/// Where a map stands: keys of the language may be spelled in two ways, names are what they are.
enum class Level : std::uint8_t { project, services, service, other };

Level level_below(Level level, const std::string& key) {
    if (level == Level::services) return Level::service;
    return level == Level::project && key == "services" ? Level::services : Level::other;
}

Yaml merge_values(const Yaml& user, const Yaml& made, Level level);

Yaml merge_maps(const Yaml& user, const Yaml& made, Level level) {
    auto map = std::make_shared<YamlNode>(*user);
    const auto spelling =
        level == Level::project || level == Level::service ? Spelling::kebab_or_snake : Spelling::kebab_only;
    for (const auto& pair : made->pairs) {
        const auto same = [&](const YamlPair& other) {
            return normal_key(other.key->text, spelling) == normal_key(pair.key->text, spelling);
        };
        const auto found = std::find_if(map->pairs.begin(), map->pairs.end(), same);
        if (found == map->pairs.end()) map->pairs.push_back(pair);
        else found->value = merge_values(found->value, pair.value, level_below(level, pair.key->text));
    }
    return map;
}

Yaml merge_values(const Yaml& user, const Yaml& made, Level level) {
    if (says_nothing(*user)) return made;
    if (user->kind != made->kind || user->kind == YamlNode::Kind::scalar) return user;
    return user->kind == YamlNode::Kind::list ? merge_lists(user, made) : merge_maps(user, made, level);
}

}  // namespace

Yaml as_nodes(const Snippet& snippet, const Span& place, std::string_view extension) {
    if (snippet.is_object()) {
        auto map = made_node(YamlNode::Kind::map, place, extension);
        for (const auto& [key, value] : snippet.items()) {
            auto name = made_node(YamlNode::Kind::scalar, place, extension);
            name->text = key;
            map->pairs.push_back({std::move(name), as_nodes(value, place, extension)});
        }
        return map;
    }
    if (snippet.is_array()) {
        auto list = made_node(YamlNode::Kind::list, place, extension);
        for (const auto& item : snippet) list->items.push_back(as_nodes(item, place, extension));
        return list;
    }
    auto scalar = made_node(YamlNode::Kind::scalar, place, extension);
    scalar->plain = !snippet.is_string();
    scalar->text = snippet.is_string() ? snippet.get<std::string>() : snippet.dump();
    return scalar;
}

Yaml merge_project(const Yaml& user, const Yaml& made) { return merge_maps(user, made, Level::project); }

}  // namespace rockbuild
