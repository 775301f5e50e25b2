#include "parts/plugins.hpp"

#include "parts/plugins/plugin.hpp"
#include "project/reading.hpp"
#include "support/shell.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

const PlacedValue* property(const Part& part, std::string_view key) {
    for (const auto& [name, value] : part.properties)
        if (name == key) return &value;
    return nullptr;
}

/// The plugins of this version, with what makes a build of them; nothing runs for those without.
struct Builder {
    std::string_view plugin;
    Result<PluginBuild> (*make)(const PluginSetting&);
};
constexpr Builder builders[] = {
    {"autotools", autotools_build}, {"cmake", cmake_build}, {"dump", nullptr},    {"go", go_build},
    {"gradle", gradle_build},       {"jlink", jlink_build}, {"make", make_build}, {"maven", maven_build},
    {"meson", meson_build},         {"nil", nullptr},       {"npm", npm_build},   {"python", python_build}};

const Builder* find_builder(std::string_view plugin) {
    const auto found = std::ranges::find(builders, plugin, &Builder::plugin);
    return found == std::end(builders) ? nullptr : found;
}

}  // namespace

std::vector<std::string> property_texts(const Part& part, std::string_view key) {
    std::vector<std::string> result;
    if (const auto* value = property(part, key))
        for (const auto& item : value->items) result.push_back(item.text);
    return result;
}

std::optional<std::string> property_text(const Part& part, std::string_view key) {
    const auto* value = property(part, key);
    return value == nullptr || value->text.empty() ? std::nullopt : std::optional(value->text);
}

bool property_truth(const Part& part, std::string_view key) {
    const auto* value = property(part, key);
    if (value == nullptr) return false;
    YamlNode scalar;
    scalar.text = value->text;
    return truth_of(scalar).value_or(false);
}

Span property_span(const Part& part, std::string_view key) {
    const auto* value = property(part, key);
    return value == nullptr ? part.plugin.span : value->span;
}

std::string spaced(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += " " + word;
    return text;
}

bool is_self_contained(const Part& part) {
    return std::ranges::find(part.build_attributes, "self-contained", &PlacedText::value) !=
           part.build_attributes.end();
}

bool builds_plugin(std::string_view plugin) { return find_builder(plugin) != nullptr; }

Result<std::optional<PluginBuild>> plugin_build(const PluginSetting& setting) {
    const auto* builder = find_builder(setting.part.plugin.value);
    if (builder == nullptr || builder->make == nullptr) return std::nullopt;
    auto build = TRY(builder->make(setting));
    build.self_contained = is_self_contained(setting.part);
    return build;
}

std::string plugin_script(const PluginBuild& build) {
    std::string text = "set -euo pipefail\ncd \"$CRAFT_PART_BUILD_WORK\"\n";
    for (const auto& program : build.needs)
        if (program.always)
            text +=
                fmt::format("command -v {0} >/dev/null || {{ printf '\\036rockbuild-missing %s\\n' {0}; exit 127; }}\n",
                            shell_word(program.name));
    return text + "set -x\n" + build.commands;
}

}  // namespace rockbuild
