#include "parts/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

using Variables = std::vector<std::pair<std::string, std::string>>;

bool has_folder(const Tree& tree, const std::string& path) {
    const auto place = resolve(tree, path);
    const auto* entry = place ? tree.find(*place) : nullptr;
    return entry != nullptr && entry->type == EntryType::folder;
}

/// Those of `names` that exist, in install and then in stage, as `flag` + path, joined.
std::string existing(const ScriptSetting& setting, const std::vector<std::string>& names, const std::string& flag,
                     const std::string& joint) {
    std::string text;
    const auto add = [&](const std::string& path) { text += (text.empty() ? "" : joint) + flag + path; };
    for (const auto& name : names)
        if (has_folder(setting.install, name)) add(inside::part(setting.part.name) + "/install/" + name);
    for (const auto& name : names)
        if (has_folder(setting.stage, name)) add(inside::stage + "/" + name);
    return text;
}

}  // namespace

Variables script_variables(const ScriptSetting& setting) {
    const auto& part = setting.part;
    const std::string triplet(setting.build_for.triplet);
    const auto folder = inside::part(part.name);
    const auto work = part.source_subdir ? "/" + part.source_subdir->value : std::string();
    std::string step = step_name(setting.step);
    std::transform(step.begin(), step.end(), step.begin(),
                   [](unsigned char c) { return static_cast<char>(std::toupper(c)); });
    Variables variables{
        {"CRAFT_ARCH_TRIPLET", triplet},
        {"CRAFT_TARGET_ARCH", std::string(setting.build_for.debian)},
        {"CRAFT_ARCH_BUILD_ON", std::string(setting.build_on.debian)},
        {"CRAFT_ARCH_BUILD_FOR", std::string(setting.build_for.debian)},
        {"CRAFT_ARCH_TRIPLET_BUILD_ON", std::string(setting.build_on.triplet)},
        {"CRAFT_ARCH_TRIPLET_BUILD_FOR", triplet},
        {"CRAFT_PROJECT_DIR", inside::project},
        {"CRAFT_PROJECT_NAME", setting.project.name.value},
        {"CRAFT_PROJECT_VERSION", setting.project.version.value},
        {"CRAFT_OVERLAY", inside::overlay},
        {"CRAFT_STAGE", inside::stage},
        {"CRAFT_PRIME", inside::prime},
        {"CRAFT_PART_NAME", part.name},
        {"CRAFT_STEP_NAME", step},
        {"CRAFT_PART_SRC", folder + "/src"},
        {"CRAFT_PART_SRC_WORK", folder + "/src" + work},
        {"CRAFT_PART_BUILD", folder + "/build"},
        {"CRAFT_PART_BUILD_WORK", folder + "/build" + (setting.out_of_source ? "" : work)},
        {"CRAFT_PART_INSTALL", folder + "/install"},
    };
    const auto add = [&](const std::string& name, const std::string& found, const std::string& prefix) {
        if (!found.empty()) variables.emplace_back(name, prefix + found);
    };
    if (const auto found = existing(setting, {"usr/sbin", "usr/bin", "sbin", "bin"}, "", ":"); !found.empty())
        variables.emplace_back("PATH", found + ":$PATH");
    const auto include =
        existing(setting, {"include", "usr/include", "include/" + triplet, "usr/include/" + triplet}, "-isystem ", " ");
    for (const auto* name : {"CPPFLAGS", "CFLAGS", "CXXFLAGS"})
        add(name, include, fmt::format("${{{0}:+${0} }}", name));
    add("LDFLAGS", existing(setting, {"lib", "usr/lib", "lib/" + triplet, "usr/lib/" + triplet}, "-L", " "),
        "${LDFLAGS:+$LDFLAGS }");
    add("PKG_CONFIG_PATH",
        existing(setting,
                 {"lib/pkgconfig", "lib/" + triplet + "/pkgconfig", "usr/lib/pkgconfig",
                  "usr/lib/" + triplet + "/pkgconfig", "usr/share/pkgconfig", "usr/local/lib/pkgconfig",
                  "usr/local/lib/" + triplet + "/pkgconfig", "usr/local/share/pkgconfig"},
                 "", ":"),
        "${PKG_CONFIG_PATH:+$PKG_CONFIG_PATH:}");
    for (const auto& pair : setting.plugin) variables.push_back(pair);
    for (const auto& pair : part.build_environment) variables.push_back(pair);
    return variables;
}

std::string export_lines(const Variables& variables) {
    std::string text;
    for (const auto& [name, value] : variables) text += fmt::format("export {}=\"{}\"\n", name, value);
    return text;
}

}  // namespace rockbuild
