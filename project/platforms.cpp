// `platforms:` in its three forms (spec/rockcraft-yaml.md §4): nothing, build-on alone, both. What an entry may hold is
// in the tables; here is what its architectures mean together.
#include "project/check_shape.hpp"
#include "project/reading.hpp"
#include "project/rules.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace rockbuild {

namespace {

std::vector<std::string> debian_names() {
    std::vector<std::string> names;
    for (const auto& arch : architectures) names.emplace_back(arch.debian);
    return names;
}

std::optional<Platform> read_platform(Complaints& complaints, const YamlPair& pair) {
    const auto& label = pair.key->text;
    const auto where = fmt::format("platform '{}'", label);
    const auto named = arch_from_debian(label);
    Platform platform{label, {}, {}, pair.key->span};
    if (is_null(*pair.value)) {
        if (named) return Platform{label, {*named}, *named, pair.key->span};
        complaints.suggest(
            complaints.error(
                "RB0314",
                fmt::format("{} is named after no architecture, so it must say what it builds on and for", where),
                pair.key->span, "add build-on and build-for"),
            label, debian_names());
        return std::nullopt;
    }
    const auto on = text_or_texts_at(*pair.value, "build-on");
    const auto target = text_or_texts_at(*pair.value, "build-for");
    if (target.empty() && !named) {
        complaints.error("RB0312", fmt::format("{} needs 'build-for'", where), pair.key->span,
                         "name the architecture of the rock");
        return std::nullopt;
    }
    for (const auto& name : on) platform.build_on.push_back(*arch_from_debian(name.value));
    platform.build_for = target.empty() ? *named : *arch_from_debian(target.front().value);
    if (!named || platform.build_for == *named) return platform;
    complaints.error(
        "RB0314",
        fmt::format("{} is named after one architecture and builds for another, '{}'", where, target.front().value),
        target.front().span, "give the platform another name");
    return std::nullopt;
}

}  // namespace

std::vector<Platform> read_platforms(Complaints& complaints, const YamlNode& project) {
    std::vector<Platform> platforms;
    const auto map = find_value(project, "platforms");
    if (!map || map->kind != YamlNode::Kind::map) return platforms;
    const auto& keys = project_shape().keys;
    const auto shape =
        std::find_if(keys.begin(), keys.end(), [](const KeyShape& key) { return key.name == "platforms"; });
    for (const auto& pair : map->pairs) {
        // An entry with a mistake has been told by the tables: nothing follows from it.
        Complaints told(complaints.file());
        const auto one = std::make_shared<YamlNode>();
        one->kind = YamlNode::Kind::map;
        one->span = map->span;
        one->pairs = {pair};
        check_value(told, one, shape->shape, "'platforms'", pair.key->span);
        if (told.has_errors()) continue;
        if (auto platform = read_platform(complaints, pair)) platforms.push_back(std::move(*platform));
    }
    return platforms;
}

}  // namespace rockbuild
