// `platforms:` in its three forms (spec/rockcraft-yaml.md §4): nothing, build-on alone, both.
#include "project/sections.hpp"

#include "support/suggest.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <set>

namespace rockbuild {

namespace {

std::vector<std::string> arch_names() {
    std::vector<std::string> names;
    for (const auto& arch : architectures) names.emplace_back(arch.debian);
    return names;
}

/// `build-on` and `build-for`: one architecture or a list of different ones.
std::vector<PlacedText> arch_list(Complaints& complaints, const Yaml& value, const std::string& what) {
    std::vector<PlacedText> result;
    if (!value || is_null(*value)) return result;
    const auto items = value->kind == YamlNode::Kind::list ? value->items : std::vector<Yaml>{value};
    std::set<std::string> seen;
    for (const auto& item : items) {
        auto text = as_text(complaints, item, fmt::format("an entry of '{}'", what));
        if (!text) continue;
        if (!seen.insert(text->value).second)
            complaints.error("RB0314", fmt::format("'{}' names {} twice", what, text->value), *item);
        else result.push_back(std::move(*text));
    }
    if (value->kind == YamlNode::Kind::list && value->items.empty())
        complaints.error("RB0314", fmt::format("'{}' is empty", what), *value, "name an architecture");
    return result;
}

std::optional<Arch> known(Complaints& complaints, const PlacedText& name, const std::string& what) {
    if (const auto arch = arch_from_debian(name.value)) return arch;
    auto& item = complaints.error(
        "RB0314", fmt::format("'{}' of '{}' is no architecture that rocks are made for", name.value, what), name.span,
        fmt::format("they are: {}", fmt::join(arch_names(), ", ")));
    item.suggestions = suggestions(name.value, arch_names());
    return std::nullopt;
}

void read_one(Complaints& complaints, const YamlPair& pair, std::vector<Platform>& platforms) {
    const auto& label = pair.key->text;
    const auto where = fmt::format("platform '{}'", label);
    Platform platform;
    platform.label = label;
    platform.span = pair.key->span;
    if (label.empty() || label.find('/') != std::string::npos || label.find(' ') != std::string::npos ||
        label == "any" || label == "*") {
        complaints.error("RB0314", fmt::format("'{}' can't be a platform's name", label), pair.key->span,
                         "name it by its architecture, or give it a word of its own");
        return;
    }
    const auto named = arch_from_debian(label);
    if (is_null(*pair.value)) {
        if (!named) {
            auto& item = complaints.error(
                "RB0314",
                fmt::format("{} is named after no architecture, so it must say what it builds on and for", where),
                pair.key->span, "add build-on and build-for");
            item.suggestions = suggestions(label, arch_names());
            return;
        }
        platform.build_on = {*named};
        platform.build_for = *named;
        platforms.push_back(std::move(platform));
        return;
    }
    if (!is_map(complaints, pair.value, where)) return;
    const auto before = complaints.all().size();
    Fields fields(complaints, pair.value, where, Spelling::kebab_or_snake);
    fields.named_at(pair.key->span);
    const auto on = arch_list(complaints, fields.take("build-on"), "build-on");
    const auto target = arch_list(complaints, fields.take("build-for"), "build-for");
    fields.finish();
    if (on.empty()) {
        if (complaints.all().size() == before)
            complaints.error("RB0312", fmt::format("{} needs 'build-on'", where), pair.key->span,
                             "name the architectures that it builds on");
        return;
    }
    if (target.size() > 1) {
        complaints.error("RB0314", fmt::format("{} builds for one architecture only", where), target[1].span,
                         "make a platform for each");
        return;
    }
    for (const auto& name : on)
        if (const auto arch = known(complaints, name, "build-on")) platform.build_on.push_back(*arch);
    std::optional<Arch> build_for = named;
    if (!target.empty()) {
        build_for = known(complaints, target.front(), "build-for");
        if (build_for && named && !(*build_for == *named)) {
            complaints.error("RB0314",
                             fmt::format("{} is named after one architecture and builds for another ({})", where,
                                         target.front().value),
                             target.front().span, "give the platform another name");
            return;
        }
    } else if (!named) {
        complaints.error("RB0312", fmt::format("{} needs 'build-for'", where), pair.key->span,
                         "name the architecture of the rock");
        return;
    }
    if (!build_for || platform.build_on.empty()) return;
    platform.build_for = *build_for;
    platforms.push_back(std::move(platform));
}

}  // namespace

std::vector<Platform> read_platforms(Complaints& complaints, const Yaml& map) {
    std::vector<Platform> platforms;
    if (!map || !is_map(complaints, map, "'platforms'")) return platforms;
    if (map->pairs.empty())
        complaints.error("RB0312", "'platforms' names no platform", *map, "add one, for example `amd64:`");
    for (const auto& pair : map->pairs) read_one(complaints, pair, platforms);
    return platforms;
}

}  // namespace rockbuild
