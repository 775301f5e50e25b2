#include "project/variables.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

namespace rockbuild {

namespace {

constexpr std::array<std::string_view, 13> names{
    "CRAFT_ARCH_TRIPLET_BUILD_FOR",
    "CRAFT_ARCH_TRIPLET_BUILD_ON",
    "CRAFT_ARCH_TRIPLET",
    "CRAFT_ARCH_BUILD_FOR",
    "CRAFT_ARCH_BUILD_ON",
    "CRAFT_TARGET_ARCH",
    "CRAFT_PARALLEL_BUILD_COUNT",
    "CRAFT_PROJECT_DIR",
    "CRAFT_PROJECT_NAME",
    "CRAFT_PROJECT_VERSION",
    "CRAFT_OVERLAY",
    "CRAFT_STAGE",
    "CRAFT_PRIME",
};

/// The keys of a part whose values no shell ever reads.
constexpr std::array<std::string_view, 10> part_keys{
    "source",   "after",   "stage-packages", "build-packages", "overlay-packages",
    "organize", "overlay", "stage",          "prime",          "permissions"};

/// As upstream looks: the name may go on after what is replaced (`$CRAFT_STAGED` is `$CRAFT_STAGE` and a D).
std::string_view variable_in(std::string_view text) {
    for (auto at = text.find('$'); at != std::string_view::npos; at = text.find('$', at + 1)) {
        auto rest = text.substr(at + 1);
        const bool braced = rest.starts_with('{');
        if (braced) rest.remove_prefix(1);
        for (const auto name : names)
            if (rest.starts_with(name) && (!braced || rest.substr(name.size()).starts_with('}'))) return name;
    }
    return {};
}

class Search {
public:
    explicit Search(Complaints& complaints) : complaints_(complaints) {
        for (const auto& item : complaints.all())
            if (item.span) said_.insert(item.span->begin);
    }

    void look_at(const YamlNode& node) {
        if (node.kind == YamlNode::Kind::scalar) {
            const auto name = variable_in(node.text);
            if (name.empty() || !said_.insert(node.span.begin).second) return;
            complaints_.error(
                "RB0311",
                fmt::format("'${}' is part of the language, but this version of rockbuild fills it in in scripts only",
                            name),
                node, "write its value");
        }
        for (const auto& item : node.items) look_at(*item);
        for (const auto& pair : node.pairs) {
            look_at(*pair.key);
            look_at(*pair.value);
        }
    }

private:
    Complaints& complaints_;
    std::set<Position> said_;
};

}  // namespace

bool mentions_variable(std::string_view text) { return !variable_in(text).empty(); }

void refuse_variables(Complaints& complaints, const YamlNode& project) {
    Search search(complaints);
    for (const auto& [key, value] : project.pairs) {
        if (key->text != "parts") {
            search.look_at(*value);
            continue;
        }
        for (const auto& part : value->pairs)
            for (const auto& field : part.value->pairs)
                if (std::find(part_keys.begin(), part_keys.end(), field.key->text) != part_keys.end())
                    search.look_at(*field.value);
    }
}

}  // namespace rockbuild
