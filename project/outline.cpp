#include "project/outline.hpp"

#include "project/yaml.hpp"

#include <algorithm>
#include <optional>

namespace rockbuild {

namespace {

void add_name(std::vector<std::string>& names, std::string name) {
    if (!name.empty() && std::ranges::find(names, name) == names.end()) names.push_back(std::move(name));
}

std::vector<std::string>* names_under(ProjectOutline& outline, std::string_view key) {
    if (key == "parts") return &outline.parts;
    return key == "platforms" ? &outline.platforms : nullptr;
}

ProjectOutline outline_of_tree(const YamlNode& root) {
    ProjectOutline outline;
    for (const auto& [key, value] : root.pairs)
        if (auto* names = names_under(outline, key->text))
            for (const auto& pair : value->pairs) add_name(*names, pair.key->text);
    return outline;
}

struct KeyLine {
    std::size_t indent = 0;
    std::string key;
};

/// `  name: …`, the name maybe in quotes. Nothing of lines that are no such thing.
std::optional<KeyLine> key_line(std::string_view line) {
    const auto indent = line.find_first_not_of(' ');
    if (indent == std::string_view::npos) return std::nullopt;
    line.remove_prefix(indent);
    if (line.front() == '#' || line.front() == '\t' || line.starts_with("- ")) return std::nullopt;
    const bool quoted = line.front() == '"' || line.front() == '\'';
    const auto from = quoted ? line.find(line.front(), 1) : 0;
    const auto colon = from == std::string_view::npos ? from : line.find(':', from);
    if (colon == std::string_view::npos) return std::nullopt;
    if (colon + 1 < line.size() && std::string_view(" \t\r").find(line[colon + 1]) == std::string_view::npos)
        return std::nullopt;
    auto key = line.substr(0, colon);
    key = key.substr(0, key.find_last_not_of(" \t") + 1);
    if (quoted && key.size() >= 2) key = key.substr(1, key.size() - 2);
    return KeyLine{indent, std::string(key)};
}

/// The keys one level below `parts:` and `platforms:`.
ProjectOutline outline_of_lines(std::string_view text) {
    ProjectOutline outline;
    std::vector<std::string>* names = nullptr;
    std::size_t level = 0;  // how far names are indented; 0: not known yet
    while (!text.empty()) {
        const auto end = text.find('\n');
        const auto line = key_line(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
        if (!line) continue;
        if (line->indent == 0) {
            names = names_under(outline, line->key);
            level = 0;
        } else if (names != nullptr) {
            if (level == 0) level = line->indent;
            if (line->indent == level) add_name(*names, line->key);
        }
    }
    return outline;
}

}  // namespace

ProjectOutline outline_of(std::string_view text) {
    const auto reading = read_yaml(text, {});
    return reading.root ? outline_of_tree(*reading.root) : outline_of_lines(text);
}

}  // namespace rockbuild
