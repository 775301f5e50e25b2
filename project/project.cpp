// From the checked tree of one build to the values that the rest of the program works with.
#include "project/project.hpp"

#include "project/document.hpp"
#include "project/language.hpp"
#include "project/reading.hpp"
#include "project/rules.hpp"

#include <algorithm>
#include <charconv>

namespace rockbuild {

namespace {

std::optional<std::uint32_t> digits(const YamlNode& map, std::string_view key, int base) {
    const auto text = text_at(map, key);
    if (!text) return std::nullopt;
    std::string_view rest = text->value;
    if (base == 8 && rest.starts_with("0o")) rest.remove_prefix(2);
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(rest.data(), rest.data() + rest.size(), value, base);
    if (parsed.ec != std::errc{} || parsed.ptr != rest.data() + rest.size()) return std::nullopt;
    return value;
}

std::vector<Permission> permissions_of(const YamlNode& part) {
    std::vector<Permission> result;
    const auto list = find_value(part, "permissions");
    if (!list) return result;
    for (const auto& item : list->items) {
        if (item->kind != YamlNode::Kind::map) continue;
        Permission permission;
        permission.span = item->span;
        if (const auto path = text_at(*item, "path")) permission.path = path->value;
        permission.owner = digits(*item, "owner", 10);
        permission.group = digits(*item, "group", 10);
        permission.mode = digits(*item, "mode", 8);
        result.push_back(std::move(permission));
    }
    return result;
}

std::vector<std::pair<std::string, std::string>> variables_of(const YamlNode& part) {
    std::vector<std::pair<std::string, std::string>> result;
    if (const auto list = find_value(part, "build-environment"))
        for (const auto& item : list->items)
            for (const auto& pair : item->pairs)
                if (const auto value = text_of(pair.value)) result.emplace_back(pair.key->text, value->value);
    return result;
}

std::vector<PlacedText> fileset_at(const YamlNode& part, std::string_view key) {
    if (!find_value(part, key)) return {{"*", key_span(part, key)}};
    return texts_at(part, key);
}

std::vector<PlacedPair> properties_of(const YamlNode& part, const PluginShape* plugin) {
    std::vector<PlacedPair> result;
    if (plugin != nullptr)
        for (const auto& key : plugin->keys.keys)
            if (const auto value = find_value(part, key.name))
                result.push_back({std::string(key.name), value_of(*value, key.shape)});
    return result;
}

Part part_of(const YamlPair& pair, Generation generation) {
    const auto& map = *pair.value;
    Part part;
    part.name = pair.key->text;
    part.span = pair.key->span;
    part.plugin = text_at(map, "plugin").value_or(PlacedText{"", pair.key->span});
    part.properties = properties_of(map, find_plugin(part.plugin.value, generation));
    part.source = filled_text_at(map, "source");
    part.source_type = filled_text_at(map, "source-type");
    part.source_checksum = filled_text_at(map, "source-checksum");
    part.source_branch = filled_text_at(map, "source-branch");
    part.source_tag = filled_text_at(map, "source-tag");
    part.source_commit = filled_text_at(map, "source-commit");
    part.source_depth = filled_text_at(map, "source-depth");
    part.source_subdir = filled_text_at(map, "source-subdir");
    if (find_value(map, "source-submodules")) part.source_submodules = texts_at(map, "source-submodules");
    if (const auto value = find_value(map, "disable-parallel"); value && truth_of(*value).value_or(false))
        part.disable_parallel = PlacedText{value->text, value->span};
    part.after = texts_at(map, "after");
    part.stage_packages = texts_at(map, "stage-packages");
    part.stage_slices = texts_at(map, "stage-slices");
    part.stage_snaps = texts_at(map, "stage-snaps");
    part.build_packages = texts_at(map, "build-packages");
    part.build_snaps = texts_at(map, "build-snaps");
    part.build_attributes = texts_at(map, "build-attributes");
    part.overlay_packages = texts_at(map, "overlay-packages");
    part.overlay_recommended_packages = texts_at(map, "overlay-recommended-packages");
    part.organize = text_pairs_at(map, "organize");
    part.overlay = fileset_at(map, "overlay");
    part.stage = fileset_at(map, "stage");
    part.prime = fileset_at(map, "prime");
    part.build_environment = variables_of(map);
    part.permissions = permissions_of(map);
    part.override_pull = script_at(map, "override-pull");
    part.overlay_script = script_at(map, "overlay-script");
    part.override_overlay = script_at(map, "override-overlay");
    part.override_build = script_at(map, "override-build");
    part.override_stage = script_at(map, "override-stage");
    part.override_prime = script_at(map, "override-prime");
    return part;
}

std::vector<PlacedPair> objects_of(const YamlNode& project, std::string_view key, const ObjectShape& shape) {
    std::vector<PlacedPair> objects;
    for (const auto* pair : maps_at(project, key)) {
        auto object = object_value(*pair->value, shape);
        object.span = pair->key->span;
        for (auto& [name, value] : object.pairs)
            if (name == "http")
                for (auto& [inner, text] : value.pairs)
                    if (inner == "url") text.text = normal_address(text.text);
        objects.push_back({pair->key->text, std::move(object)});
    }
    return objects;
}

PlacedText base_at(const YamlNode& project, std::string_view key) {
    auto name = filled_text_at(project, key).value_or(PlacedText{});
    if (const auto* base = find_base_name(name.value); base != nullptr && !base->modern.empty())
        name.value = base->modern;
    return name;
}

}  // namespace

Project project_for(const ProjectDocument& document, const Build& build) {
    const auto tree = tree_for(document, build);
    const auto& map = *tree;
    const auto text = [&](std::string_view key) {
        return text_at(map, key).value_or(PlacedText{"", key_span(map, key)});
    };
    Project project;
    project.file = document.file;
    project.name = text("name");
    project.title = filled_text_at(map, "title").value_or(project.name).value;
    project.version = text("version");
    project.summary = text("summary");
    project.description = text("description");
    project.adopt_info = filled_text_at(map, "adopt-info");
    if (const auto licence = filled_text_at(map, "license")) project.license = canonical_licence(licence->value);
    project.base = base_at(map, "base");
    project.build_base = base_at(map, "build-base");
    if (project.build_base.value.empty()) project.build_base = project.base;
    project.platforms = document.platforms;
    for (const auto& [name, value] : text_pairs_at(map, "environment"))
        project.environment.emplace_back(name.value, value.value);
    project.run_user = filled_text_at(map, "run-user").has_value();
    project.services = objects_of(map, "services", service_shape());
    project.checks = objects_of(map, "checks", check_shape());
    project.entrypoint_service = text_at(map, "entrypoint-service");
    project.entrypoint_command = text_at(map, "entrypoint-command");
    if (const auto list = find_value(map, "package-repositories"))
        for (const auto& item : list->items) project.package_repositories.push_back(value_of(*item, anything()));
    const auto generation = build_generation(map);
    for (const auto* pair : maps_at(map, "parts"))
        if (pair->key->text != "pebble") project.parts.push_back(part_of(*pair, generation));
    return project;
}

}  // namespace rockbuild
