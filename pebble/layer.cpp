#include "pebble/layer.hpp"

#include <fmt/format.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

/// In double quotes; the emitter leaves some characters as they are that Pebble takes in escapes only.
void emit_quoted(YAML::Emitter& yaml, const std::string& text) {
    // U+007F, U+FFFE, U+FFFF; and U+2028, U+2029, which break lines.
    for (const std::string_view odd : {"\x7f", "\xef\xbf\xbe", "\xef\xbf\xbf", "\xe2\x80\xa8", "\xe2\x80\xa9"})
        if (text.find(odd) != std::string::npos) {
            yaml << YAML::EscapeNonAscii;
            break;
        }
    yaml << YAML::DoubleQuoted << text;
}

bool is_printable(std::string_view text) {
    return std::all_of(text.begin(), text.end(), [](char c) { return c >= ' ' && c <= '~'; });
}

void emit_key(YAML::Emitter& yaml, const std::string& key) {
    yaml << YAML::Key;
    if (key == "<<" || !is_printable(key))
        emit_quoted(yaml, key);  // `<<` is the one bare word that means something as a key
    else yaml << key;
    yaml << YAML::Value;
}

/// Plain where the user wrote it plain and Pebble reads the same text either way; quoted otherwise. Pebble's own rules
/// take any scalar as text (spec/pebble.md §9), so what matters is that the emitter doesn't change the characters.
void emit(YAML::Emitter& yaml, const PlacedValue& value) {
    switch (value.kind) {
        case PlacedValue::Kind::scalar:
            if (value.plain && !value.text.empty()) yaml << value.text;
            else emit_quoted(yaml, value.text);
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
    emit_quoted(yaml, project.summary.value);
    yaml << YAML::Key << "description" << YAML::Value;
    emit_quoted(yaml, project.description.value);
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
