#include "project/document.hpp"

#include "project/check_shape.hpp"
#include "project/clauses.hpp"
#include "project/language.hpp"
#include "project/reading.hpp"
#include "project/rules.hpp"
#include "project/variables.hpp"
#include "project/yaml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <tuple>
#include <utility>

namespace rockbuild {

namespace {

/// Where something is said of an alias, a note leads to what it stands for.
void show_anchors(Diagnostics& diagnostics, const YamlNode& node) {
    if (node.anchor) {
        const auto before = [](const Diagnostic& item, const Span& span) {
            return std::tie(item.span->file, item.span->begin) < std::tie(span.file, span.begin);
        };
        auto item = std::lower_bound(diagnostics.begin(), diagnostics.end(), node.span, before);
        for (; item != diagnostics.end() && item->span == node.span; ++item)
            item->notes.push_back({"it stands for what is written here", *node.anchor});
    }
    for (const auto& child : node.items) show_anchors(diagnostics, *child);
    for (const auto& pair : node.pairs) show_anchors(diagnostics, *pair.value);
}

Yaml with_value(const Yaml& map, std::string_view key, Yaml value) {
    auto changed = std::make_shared<YamlNode>(*map);
    for (auto& pair : changed->pairs)
        if (pair.key->text == key) pair.value = std::move(value);
    return changed;
}

/// Platforms are read as they are written: what is built can't depend on what is built.
Yaml fill_in_project(const Yaml& root, const Variables& variables) {
    const auto filled = fill_in(root, variables);
    const auto* platforms = find_pair(*root, "platforms");
    return filled == root || platforms == nullptr ? filled : with_value(filled, "platforms", platforms->value);
}

Yaml chosen(Complaints& complaints, const ProjectDocument& document, const Build& build) {
    const auto filled = fill_in_project(document.root, build_variables(build.build_on, build.platform.build_for));
    const auto parts = find_value(*filled, "parts");
    auto resolved =
        choose_clauses(complaints, parts, build.build_on, build.platform.build_for,
                       fmt::format("platform '{}' built on {}", build.platform.label, build.build_on.debian));
    return resolved == parts ? filled : with_value(filled, "parts", std::move(resolved));
}

/// Everything that the tables and the rules say of one tree.
void check_tree(Complaints& complaints, const Yaml& tree) {
    const auto first = tree->pairs.empty() ? tree->span : tree->pairs.front().key->span;
    // Parts are checked one by one, each with the keys of its plugin.
    auto shape = project_shape();
    for (auto& key : shape.keys)
        if (key.name == "parts") key.shape = map_of(anything());
    check_object(complaints, {*tree, "the project", first}, {&shape});
    check_project_rules(complaints, *tree);
    check_parts(complaints, *tree);
    check_filled_keys(complaints, *tree);
}

/// What a file without a platform is looked at for: it may have other mistakes.
std::vector<Build> builds_of(const std::vector<Platform>& platforms) {
    std::vector<Build> all;
    for (const auto& platform : platforms)
        for (const auto& arch : platform.build_on) all.push_back({platform, arch});
    if (all.empty()) all.push_back({{"amd64", {architectures[0]}, architectures[0], {}}, architectures[0]});
    return all;
}

void check_document(ProjectDocument& document, const Surroundings& around) {
    Complaints complaints(document.file);
    complaints.all() = std::move(document.diagnostics);
    document.platforms = read_platforms(complaints, *document.expanded);
    auto expansion = expand_extensions(complaints, document.expanded, around);
    if (!expansion.complete) complaints.allow_missing();
    document.expanded = std::move(expansion.root);
    document.makers = std::move(expansion.makers);
    auto before = std::exchange(complaints.all(), {});
    const auto& root = document.expanded;
    check_clauses(complaints, *root);
    check_variables(complaints, *root);
    document.builds = builds_of(document.platforms);
    document.root = fill_in_project(root, common_variables(*root));
    // Platforms may be many; what they differ in is the pair of architectures.
    std::map<std::pair<std::string_view, std::string_view>, Yaml> made;
    for (const auto& build : document.builds) {
        auto& tree = made[{build.build_on.debian, build.platform.build_for.debian}];
        if (!tree) {
            tree = chosen(complaints, document, build);
            const bool fresh = std::find(document.trees.begin(), document.trees.end(), tree) == document.trees.end();
            if (fresh) check_tree(complaints, tree);
        }
        document.trees.push_back(tree);
    }
    name_makers(document.makers, complaints.all());
    document.diagnostics = std::move(before);
    for (auto& item : complaints.all()) document.diagnostics.push_back(std::move(item));
}

}  // namespace

bool ProjectDocument::good() const {
    return root != nullptr && std::none_of(diagnostics.begin(), diagnostics.end(),
                                           [](const auto& item) { return item.severity == Severity::error; });
}

ProjectDocument read_document(std::string text, const std::string& file, const Surroundings& around) {
    ProjectDocument document;
    document.file = file;
    auto yaml = read_yaml(text, file);
    document.diagnostics = std::move(yaml.diagnostics);
    const Span start{file, {1, 1}, {1, 1}};
    Complaints complaints(file);
    if (!yaml.root && !document.diagnostics.empty()) {
        // Where YAML broke off, what the rest would have said is not known.
    } else if (!yaml.root || is_null(*yaml.root)) {
        complaints.error("RB0312", "the file is empty", start,
                         "write at least name, base, version, summary, description and platforms");
    } else if (is_map(complaints, yaml.root, "a project file")) {
        if (yaml.root->pairs.empty())
            complaints.error("RB0312", "the project needs 'name'", yaml.root->span,
                             "write at least name, base, version, summary, description and platforms");
        else document.expanded = yaml.root;
    }
    for (auto& item : complaints.all()) document.diagnostics.push_back(std::move(item));
    if (document.expanded) check_document(document, around);
    put_in_order(document.diagnostics);
    if (yaml.root && !document.diagnostics.empty()) show_anchors(document.diagnostics, *yaml.root);
    return document;
}

Yaml tree_for(const ProjectDocument& document, const Build& build) {
    const auto found = std::find_if(document.builds.begin(), document.builds.end(), [&](const Build& other) {
        return other.platform.label == build.platform.label && other.build_on == build.build_on;
    });
    return document.trees[static_cast<std::size_t>(found - document.builds.begin())];
}

std::vector<Build> different_builds(const ProjectDocument& document) {
    std::vector<Build> different;
    std::set<Yaml> seen;
    for (std::size_t i = 0; i < document.builds.size(); ++i)
        if (seen.insert(document.trees[i]).second) different.push_back(document.builds[i]);
    return different;
}

}  // namespace rockbuild
