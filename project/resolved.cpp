#include "project/resolved.hpp"

#include "project/language.hpp"
#include "project/reading.hpp"
#include "project/rules.hpp"

#include <algorithm>
#include <cstdlib>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

Json object_json(const YamlNode& map, const std::vector<const ObjectShape*>& shapes);

Json number_json(const YamlNode& node, bool whole) {
    YamlNode bare;
    bare.text = node.text;
    bare.plain = true;
    if (const auto number = yaml_integer(bare); number && whole) return *number;
    const auto decimal = std::strtod(yaml_text(bare).c_str(), nullptr);
    return decimal;
}

/// As the file has it where no table says more.
Json plain_json(const YamlNode& node) {
    if (node.kind == YamlNode::Kind::list) {
        auto list = Json::array();
        for (const auto& item : node.items) list.push_back(plain_json(*item));
        return list;
    }
    if (node.kind == YamlNode::Kind::map) {
        auto map = Json::object();
        for (const auto& pair : node.pairs) map[pair.key->text] = plain_json(*pair.value);
        return map;
    }
    switch (yaml_type(node)) {
        case YamlType::null:
            return nullptr;
        case YamlType::boolean:
            return *yaml_boolean(node);
        case YamlType::integer:
        case YamlType::floating:
            return number_json(node, yaml_type(node) == YamlType::integer);
        case YamlType::text:
            break;
    }
    return node.text;
}

Json value_json(const YamlNode& node, const Shape& shape) {
    switch (shape.kind) {
        case Shape::Kind::text:
            if (node.kind != YamlNode::Kind::scalar) return plain_json(node);
            return shape.otherwise.empty() || yaml_type(node) == YamlType::text ? Json(yaml_text(node))
                                                                                : plain_json(node);
        case Shape::Kind::boolean:
            return truth_of(node).value_or(false);
        case Shape::Kind::integer:
        case Shape::Kind::number:
            return number_json(node, shape.kind == Shape::Kind::integer);
        case Shape::Kind::list: {
            auto list = Json::array();
            if (node.kind == YamlNode::Kind::list)
                for (const auto& item : node.items) list.push_back(value_json(*item, shape.item.front()));
            else return value_json(node, shape.item.front());
            return list;
        }
        case Shape::Kind::map: {
            auto map = Json::object();
            for (const auto& pair : node.pairs) map[pair.key->text] = value_json(*pair.value, shape.item.front());
            return map;
        }
        case Shape::Kind::object:
            return object_json(node, {shape.object});
        case Shape::Kind::anything:
            return plain_json(node);
    }
    return nullptr;
}

/// The given keys in the file's order.
Json object_json(const YamlNode& map, const std::vector<const ObjectShape*>& shapes) {
    auto json = Json::object();
    for (const auto& pair : map.pairs) {
        if (is_null(*pair.value)) continue;
        for (const auto* shape : shapes) {
            const auto name = normal_key(pair.key->text, shape->spelling);
            const auto key = std::find_if(shape->keys.begin(), shape->keys.end(),
                                          [&](const KeyShape& candidate) { return candidate.name == name; });
            if (key != shape->keys.end()) json[name] = value_json(*pair.value, key->shape);
        }
    }
    return json;
}

Json platforms_json(const std::vector<Platform>& platforms) {
    auto json = Json::object();
    for (const auto& platform : platforms) {
        auto on = Json::array();
        for (const auto& arch : platform.build_on) on.push_back(arch.debian);
        json[platform.label] = {{"build-on", on}, {"build-for", Json::array({platform.build_for.debian})}};
    }
    return json;
}

Json parts_json(const YamlNode& project) {
    auto json = Json::object();
    const auto generation = build_generation(project);
    for (const auto* pair : maps_at(project, "parts")) {
        if (pair->key->text == "pebble") continue;
        std::vector<const ObjectShape*> shapes{&part_shape()};
        const auto name = text_at(*pair->value, "plugin");
        if (const auto* plugin = name ? find_plugin(name->value, generation) : nullptr) shapes.push_back(&plugin->keys);
        json[pair->key->text] = object_json(*pair->value, shapes);
    }
    return json;
}

}  // namespace

nlohmann::ordered_json resolved(const ProjectDocument& document, const Build& build,
                                const std::vector<std::string>& part_order) {
    const auto tree = tree_for(document, build);
    const auto project = project_for(document, build);
    auto json = object_json(*tree, {&project_shape()});
    json["title"] = project.title;
    json["base"] = project.base.value;
    json["build-base"] = project.build_base.value;
    if (project.license) json["license"] = *project.license;
    else json.erase("license");
    json["platforms"] = platforms_json(document.platforms);
    json["parts"] = parts_json(*tree);
    if (json.contains("checks"))
        for (auto& [name, check] : json["checks"].items())
            if (check.contains("http")) check["http"]["url"] = normal_address(check["http"]["url"]);
    return {{"schema", "rockbuild.resolve/1"},
            {"platform", build.platform.label},
            {"build_on", build.build_on.debian},
            {"build_for", build.platform.build_for.debian},
            {"project", json},
            {"part_order", part_order}};
}

}  // namespace rockbuild
