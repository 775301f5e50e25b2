#include "project/extensions/requirements.hpp"

#include "project/pattern.hpp"

#include <fmt/format.h>
#include <toml++/toml.h>

#include <algorithm>
#include <cctype>

namespace rockbuild {

namespace {

using Names = std::set<std::string, std::less<>>;

constexpr std::size_t longest_requirement = 4096;

std::string_view trimmed(std::string_view text) {
    const auto first = text.find_first_not_of(" \t\r\f\v");
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(" \t\r\f\v") - first + 1);
}

void of_requirements(ExtensionWork& work, Names& names) {
    const auto text = work.text_of_file(requirements_file);
    if (!text) return;
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";  // pip passes over it
    for (std::size_t begin = text->starts_with(byte_order_mark) ? byte_order_mark.size() : 0; begin < text->size();) {
        const auto end = std::min(text->find('\n', begin), text->size());
        if (auto name = requirement_name(std::string_view(*text).substr(begin, end - begin)))
            names.insert(*std::move(name));
        begin = end + 1;
    }
}

Position place_of(const toml::source_region& region) { return {region.begin.line, region.begin.column}; }

void of_dependencies(ExtensionWork& work, const toml::node& dependencies, Names& names) {
    const auto wrong = [&](const toml::node& node, std::string message) {
        work.error_in(pyproject_file, place_of(node.source()), "RB0336", std::move(message),
                      "write dependencies = [\"NAME\", …] under [project]");
    };
    const auto* list = dependencies.as_array();
    if (list == nullptr) return wrong(dependencies, "'dependencies' must be a list of texts");
    for (const auto& item : *list) {
        const auto* text = item.as_string();
        if (text == nullptr) wrong(item, "an entry of 'dependencies' is no text");
        else if (auto name = requirement_name(text->get())) names.insert(*std::move(name));
    }
}

void of_pyproject(ExtensionWork& work, Names& names) {
    const auto text = work.text_of_file(pyproject_file);
    if (!text) return;
    try {
        const auto table = toml::parse(*text);
        if (const auto* project = table["project"].as_table())
            if (const auto* dependencies = project->get("dependencies")) of_dependencies(work, *dependencies, names);
    } catch (const toml::parse_error& error) {
        work.error_in(pyproject_file, place_of(error.source()), "RB0335",
                      fmt::format("this is no TOML: {}", error.description()), "mend the file");
    }
}

}  // namespace

std::optional<std::string> requirement_name(std::string_view line) {
    // A name, what it brings besides, and then a version, an address, a condition, an option or nothing.
    static const Pattern pattern(
        R"(^[A-Za-z0-9]([A-Za-z0-9._-]*[A-Za-z0-9])?\s*(\[[^\]]*\])?\s*($|[<>=!~(;@#]|--|\\$))");
    line = trimmed(line);
    if (line.size() > longest_requirement || !pattern.found_in(std::string(line))) return std::nullopt;
    const auto end = std::ranges::find_if_not(
        line, [](unsigned char c) { return std::isalnum(c) != 0 || c == '.' || c == '_' || c == '-'; });
    std::string name(line.begin(), end);
    while (name.ends_with('-')) name.pop_back();  // of `name--hash`
    std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return name;
}

Names required_packages(ExtensionWork& work) {
    Names names;
    if (work.exists(requirements_file)) of_requirements(work, names);
    if (work.exists(pyproject_file)) of_pyproject(work, names);
    return names;
}

}  // namespace rockbuild
