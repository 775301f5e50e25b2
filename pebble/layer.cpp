#include "pebble/layer.hpp"

#include "pebble/go_yaml.hpp"
#include "project/yaml_output.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>

namespace rockbuild {

namespace {

/// Quoted only where Pebble would read something else: it takes any scalar as text, but what says nothing, and as a key
/// the one word that merges (spec/pebble.md §9). How the author quoted is no matter: the same project is the same
/// layer.
void emit(YAML::Emitter& yaml, const std::string& text) {
    if (says_nothing_to_go(text) || text == "<<") write_quoted_text(yaml, text);
    else write_text(yaml, text);
}

void emit_key(YAML::Emitter& yaml, const std::string& key) {
    yaml << YAML::Key;
    emit(yaml, key);
    yaml << YAML::Value;
}

void emit(YAML::Emitter& yaml, const PlacedValue& value) {
    switch (value.kind) {
        case PlacedValue::Kind::scalar:
            emit(yaml, value.text);
            break;
        case PlacedValue::Kind::list:
            yaml << YAML::BeginSeq;
            for (const auto& item : value.items) emit(yaml, item);
            yaml << YAML::EndSeq;
            break;
        case PlacedValue::Kind::map:
            yaml << YAML::BeginMap;
            for (const auto& [key, inner] : value.pairs) {
                emit_key(yaml, key);
                emit(yaml, inner);
            }
            yaml << YAML::EndMap;
            break;
    }
}

void emit_section(YAML::Emitter& yaml, const char* name, const std::vector<PlacedPair>& objects) {
    if (objects.empty()) return;
    yaml << YAML::Key << name << YAML::Value << YAML::BeginMap;
    for (const auto& [key, object] : objects) {
        emit_key(yaml, key);
        emit(yaml, object);
    }
    yaml << YAML::EndMap;
}

/// `NNN-label.yaml` or `NNN-label.d`; the number, or none for other names. `.yml` is counted too: who ships one means
/// it.
std::optional<int> order_of(std::string_view name) {
    constexpr std::size_t digits = 3;
    if (name.size() <= digits + 1 || name[digits] != '-') return std::nullopt;
    if (!name.ends_with(".yaml") && !name.ends_with(".yml") && !name.ends_with(".d")) return std::nullopt;
    int order = 0;
    for (const char c : name.substr(0, digits)) {
        if (c < '0' || c > '9') return std::nullopt;
        order = order * 10 + (c - '0');
    }
    return order;
}

}  // namespace

std::string layer_text(const Project& project) {
    if (project.services.empty() && project.checks.empty()) return {};
    YAML::Emitter yaml;
    yaml << YAML::BeginMap;
    yaml << YAML::Key << "summary" << YAML::Value;
    write_quoted_text(yaml, project.summary.value);
    yaml << YAML::Key << "description" << YAML::Value;
    write_quoted_text(yaml, project.description.value);
    emit_section(yaml, "services", project.services);
    emit_section(yaml, "checks", project.checks);
    yaml << YAML::EndMap;
    return std::string(yaml.c_str()) + "\n";
}

Result<std::string> layer_path(const Project& project, const Tree& below) {
    const auto folder = fmt::format("{}/layers", pebble_folder);
    int highest = 0;
    const auto [begin, end] = below.range(folder);
    for (auto i = begin; i < end; ++i) {
        if (below.entries()[i].path == folder) continue;
        const auto name = std::string_view(below.entries()[i].path).substr(folder.size() + 1);
        if (name.find('/') == std::string_view::npos) highest = std::max(highest, order_of(name).value_or(0));
    }
    constexpr int most = 999;
    if (highest >= most) {
        auto error =
            fail("RB0601", "a layer of Pebble in this rock has the number 999: none is left for the rock's own",
                 "give that layer a lower number");
        error.error().span = project.name.span;
        return error;
    }
    // A rock's name always makes a label that Pebble takes: `rockcraft-` begins it, and its own rules are stricter.
    return fmt::format("{}/{:03}-rockcraft-{}.yaml", folder, highest + 1, project.name.value);
}

}  // namespace rockbuild
