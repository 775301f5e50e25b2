#include "project/json_schema.hpp"

#include "project/language.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <string>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

Json ref(const std::string& name) { return {{"$ref", "#/$defs/" + name}}; }

Json any_of(std::vector<Json> schemas) {
    if (schemas.size() == 1) return schemas.front();
    Json json;
    json["anyOf"] = Json(std::move(schemas));
    return json;
}

Json word_list(const std::vector<std::string_view>& words) {
    auto list = Json::array();
    for (const auto word : words) list.push_back(std::string(word));
    return list;
}

/// What stands there is more than nothing: as the rules between keys count it.
Json given() {
    Json json;
    json["not"] = {{"enum", Json::array({nullptr, "", Json::array()})}};
    return json;
}

Json with_keys(const std::vector<std::string_view>& keys) {
    Json json{{"required", word_list(keys)}};
    for (const auto key : keys) json["properties"][std::string(key)] = given();
    return json;
}

/// A variable stands for what isn't known before a build: `$CRAFT_ARCH_BUILD_FOR`.
constexpr const char* variable = "[$][{]?CRAFT_";

Json text_schema(const Shape& shape) {
    if (!shape.choices.empty()) {
        auto words = word_list(shape.choices);
        for (const auto old : shape.old_choices) words.push_back(std::string(old));
        if (shape.empty_too) words.push_back("");
        return any_of({{{"enum", words}}, {{"type", "string"}, {"pattern", variable}}});
    }
    Json json;
    json["type"] = shape.numbers_too ? Json::array({"string", "number"}) : Json("string");
    if (shape.shortest > 0) json["minLength"] = shape.shortest;
    if (shape.longest != Shape::any_length) json["maxLength"] = shape.longest;
    if (shape.rule != nullptr) json["pattern"] = fmt::format("{}|{}", shape.rule->pattern, variable);
    if (!shape.empty_too || (shape.shortest == 0 && shape.rule == nullptr)) return json;
    return any_of({{{"const", ""}}, json});
}

Json boolean_schema() {
    return any_of({{{"type", "boolean"}},
                   {{"enum", Json::array({0, 1})}},
                   {{"type", "string"},
                    {"pattern",
                     "^([01ftnyFTNY]|[nN][oO]|[oO][fF][fF]|[fF][aA][lL][sS][eE]|[yY][eE][sS]|[oO][nN]|"
                     "[tT][rR][uU][eE])$"}}});
}

Json number_schema(const Shape& shape) {
    const bool whole = shape.kind == Shape::Kind::integer;
    Json json{{"type", whole ? "integer" : "number"}};
    if (shape.least != std::numeric_limits<std::int64_t>::min()) json["minimum"] = shape.least;
    if (shape.most != std::numeric_limits<std::int64_t>::max()) json["maximum"] = shape.most;
    if (shape.forbidden) json["not"] = {{"const", *shape.forbidden}};
    return any_of({json, {{"type", "string"}, {"pattern", whole ? "^-?[0-9]+$" : "^-?[0-9]+([.][0-9]*)?$"}}});
}

class Writer {
public:
    Json write() {
        Json schema{{"$schema", "https://json-schema.org/draft/2020-12/schema"},
                    {"title", "rockcraft.yaml"},
                    {"description", "A rock: an OCI image with Pebble as its entry point."}};
        auto project = with_needs(object(project_shape()), project_shape());
        project["properties"]["package-repositories"] = repositories();
        project["properties"]["package_repositories"] = repositories();
        for (auto& [key, value] : project.items()) schema[key] = value;
        schema["allOf"].push_back(needs_build_base());
        definitions_["part"] = part();
        schema["if"] = {{"required", Json::array({"extensions"})}};
        schema["else"] = needs_without_extensions();
        schema["$defs"] = definitions_;
        return schema;
    }

private:
    Json value(const Shape& shape) {
        auto json = first_value(shape);
        if (!shape.otherwise.empty()) json = any_of({json, value(shape.otherwise.front())});
        return json;
    }

    Json first_value(const Shape& shape) {
        switch (shape.kind) {
            case Shape::Kind::text:
                return text_schema(shape);
            case Shape::Kind::boolean:
                return boolean_schema();
            case Shape::Kind::integer:
            case Shape::Kind::number:
                return number_schema(shape);
            case Shape::Kind::list:
                return list(shape);
            case Shape::Kind::map:
                return map(shape);
            case Shape::Kind::object: {
                auto json = named(*shape.object);
                return shape.nothing_too ? any_of({json, {{"type", "null"}}}) : json;
            }
            case Shape::Kind::anything:
                break;
        }
        return true;
    }

    Json list(const Shape& shape) {
        const auto item = value(shape.item.front());
        Json json{{"type", "array"}, {"items", item}};
        if (shape.unique) json["uniqueItems"] = true;
        if (shape.fewest_items > 0) json["minItems"] = shape.fewest_items;
        if (shape.most_items != Shape::any_length) json["maxItems"] = shape.most_items;
        return shape.one_will_do ? any_of({item, json}) : json;
    }

    Json map(const Shape& shape) {
        Json json{{"type", "object"}, {"additionalProperties", value(shape.item.front())}};
        if (shape.key_rule != nullptr) json["propertyNames"] = {{"pattern", std::string(shape.key_rule->pattern)}};
        if (shape.fewest_items > 0) json["minProperties"] = shape.fewest_items;
        return json;
    }

    /// Objects that have a name are written once.
    Json named(const ObjectShape& shape) {
        if (shape.noun.empty()) {
            auto json = object(shape);
            return with_needs(std::move(json), shape);
        }
        const std::string name(shape.noun);
        if (!definitions_.contains(name)) {
            definitions_[name] = Json();  // it may be asked for while it is made
            // What services and checks need is asked for where no extension brings it.
            definitions_[name] = &shape == &service_shape() || &shape == &check_shape()
                                     ? object(shape)
                                     : with_needs(object(shape), shape);
        }
        return ref(name);
    }

    /// A key's value: nothing counts as its absence, and clauses may stand for it.
    Json key_value(const KeyShape& key) {
        std::vector<Json> choices{value(key.shape)};
        if (key.clauses) choices.push_back(clauses(key.shape));
        if (!key.required && !key.never_nothing) choices.push_back({{"type", "null"}});
        auto json = any_of(std::move(choices));
        if (json.is_boolean()) json = Json::object();
        json["description"] = std::string(key.help);
        return json;
    }

    /// A list with `on …`, `else` entries in place of a value.
    Json clauses(const Shape& shape) {
        const auto item = value(shape.kind == Shape::Kind::list ? shape.item.front() : shape);
        const auto [found, fresh] =
            clause_names_.try_emplace(item.dump(), fmt::format("clause{}", clause_names_.size() + 1));
        const auto& name = found->second;
        const Json entries{{"type", "array"}, {"items", any_of({item, ref(name), {{"const", "else fail"}}})}};
        if (fresh)
            definitions_[name] = {
                {"type", "object"},
                {"minProperties", 1},
                {"maxProperties", 1},
                {"patternProperties",
                 {{"^((on|to|for) [^ ]+|on [^ ]+ to [^ ]+|else)$", any_of({item, entries, {{"type", "null"}}})}}},
                {"additionalProperties", false}};
        Json list = entries;
        list["contains"] = any_of({ref(name), {{"const", "else fail"}}});
        return list;
    }

    static std::vector<std::string> spellings(std::string_view key, Spelling spelling) {
        std::vector<std::string> all{std::string(key)};
        if (spelling == Spelling::kebab_only || key.find('-') == std::string_view::npos) return all;
        auto& snake = all.emplace_back(key);
        std::replace(snake.begin(), snake.end(), '-', '_');
        return all;
    }

    Json properties(const std::vector<KeyShape>& keys, Spelling spelling) {
        auto json = Json::object();
        for (const auto& key : keys)
            for (const auto& name : spellings(key.name, spelling)) json[name] = key_value(key);
        return json;
    }

    static Json rule(const KeyRule& rule) {
        switch (rule.kind) {
            case KeyRule::Kind::exclusive:
                return {{"not", with_keys(rule.keys)}};
            case KeyRule::Kind::together: {
                Json json;
                for (const auto key : rule.keys) json["dependentRequired"][std::string(key)] = word_list(rule.keys);
                return json;
            }
            case KeyRule::Kind::needs: {
                std::vector<Json> others;
                for (auto key = rule.keys.begin() + 1; key != rule.keys.end(); ++key)
                    others.push_back(with_keys({*key}));
                return {{"if", with_keys({rule.keys.front()})}, {"then", any_of(std::move(others))}};
            }
            case KeyRule::Kind::one_of: {
                Json json;
                json["oneOf"] = Json::array();
                for (const auto key : rule.keys) json["oneOf"].push_back(with_keys({key}));
                return json;
            }
        }
        return true;
    }

    /// The keys of an object, without what it needs.
    Json object(const ObjectShape& shape) {
        Json json{{"type", "object"}, {"properties", properties(shape.keys, shape.spelling)}};
        if (!shape.open) json["additionalProperties"] = false;
        for (const auto& one : shape.rules)
            if (one.kind != KeyRule::Kind::one_of) json["allOf"].push_back(rule(one));
        return json;
    }

    static Json with_needs(Json json, const ObjectShape& shape) {
        for (const auto& key : shape.keys) {
            if (!key.required) continue;
            std::vector<Json> ways;
            for (const auto& name : spellings(key.name, shape.spelling))
                ways.push_back({{"required", Json::array({name})}});
            if (!key.unless.empty())
                for (const auto& name : spellings(key.unless, shape.spelling))
                    ways.push_back({{"required", Json::array({name})}});
            if (ways.size() == 1) json["required"].push_back(std::string(key.name));
            else json["allOf"].push_back(any_of(std::move(ways)));
        }
        for (const auto& one : shape.rules)
            if (one.kind == KeyRule::Kind::one_of) json["allOf"].push_back(rule(one));
        return json;
    }

    Json repositories() {
        const auto& kinds = repository_kinds();
        auto json = with_needs(object(*kinds.back().shape), *kinds.back().shape);
        for (auto kind = kinds.rbegin() + 1; kind != kinds.rend(); ++kind)
            json = {{"if", {{"required", word_list({kind->key})}}},
                    {"then", with_needs(object(*kind->shape), *kind->shape)},
                    {"else", json}};
        return {{"type", Json::array({"array", "null"})}, {"items", json}};
    }

    Json part() {
        auto json = object(part_shape());
        json.erase("additionalProperties");
        json["properties"]["plugin"] = plugins();
        std::map<std::string_view, Json> keys_of;
        auto every_key = Json::object();
        for (const auto& plugin : plugin_shapes()) {
            auto keys = properties(plugin.keys.keys, Spelling::kebab_only);
            for (const auto& [key, shape] : keys.items()) {
                keys_of[plugin.name][key] = shape;
                every_key[key] = true;
            }
        }
        for (const auto& [name, keys] : keys_of)
            json["allOf"].push_back({{"if", is_plugin(name)}, {"then", {{"properties", keys}}}});
        // Where the plugin comes from a clause or an extension, any plugin's keys may be right.
        json["allOf"].push_back(
            {{"if", {{"properties", {{"plugin", {{"type", "string"}}}}}, {"required", Json::array({"plugin"})}}},
             {"then", true},
             {"else", {{"properties", every_key}}}});
        json["unevaluatedProperties"] = false;
        return json;
    }

    Json plugins() {
        Shape shape;
        for (const auto& plugin : plugin_shapes())
            if (find_plugin(plugin.name, Generation::none) == &plugin) shape.choices.push_back(plugin.name);
        auto json = any_of({value(shape), clauses(shape), {{"type", "null"}}});
        json["description"] = "What builds the part.";
        return json;
    }

    static Json is_plugin(std::string_view name) {
        return {{"properties", {{"plugin", {{"const", std::string(name)}}}}}, {"required", Json::array({"plugin"})}};
    }

    static Json needs_build_base() {
        return {{"if",
                 {{"properties", {{"base", {{"enum", Json::array({"bare", "ubuntu@26.10"})}}}}},
                  {"required", Json::array({"base"})}}},
                {"then",
                 any_of({{{"required", Json::array({"build-base"})}}, {{"required", Json::array({"build_base"})}}})}};
    }

    /// What must be there, where no extension brings it.
    static Json needs_without_extensions() {
        Json needs;
        Json part{{"required", Json::array({"plugin"})}, {"properties", {{"plugin", given()}}}};
        for (const auto& plugin : plugin_shapes())
            if (plugin.needs_source && find_plugin(plugin.name, Generation::none) == &plugin)
                part["allOf"].push_back(
                    {{"if", is_plugin(plugin.name)}, {"then", {{"required", Json::array({"source"})}}}});
        needs["properties"] = {{"parts", {{"additionalProperties", part}}},
                               {"services", {{"additionalProperties", with_needs(Json::object(), service_shape())}}},
                               {"checks", {{"additionalProperties", with_needs(Json::object(), check_shape())}}}};
        return needs;
    }

    std::map<std::string, Json> definitions_;
    std::map<std::string, std::string> clause_names_;
};

}  // namespace

nlohmann::ordered_json json_schema() { return Writer().write(); }

}  // namespace rockbuild
