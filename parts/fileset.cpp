#include "parts/fileset.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <set>
#include <string>

namespace rockbuild {

namespace {

std::vector<std::string> components(std::string_view path) {
    std::vector<std::string> result;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (end > begin) result.emplace_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    return result;
}

bool matches(const std::vector<std::string>& pattern, std::size_t p, const std::vector<std::string>& path,
             std::size_t s) {
    if (p == pattern.size()) return s == path.size();
    if (pattern[p] == "**") {
        for (auto skip = s; skip <= path.size(); ++skip)
            if (matches(pattern, p + 1, path, skip)) return true;
        return false;
    }
    return s < path.size() && ::fnmatch(pattern[p].c_str(), path[s].c_str(), FNM_NOESCAPE) == 0 &&
           matches(pattern, p + 1, path, s + 1);
}

bool is_exclusion(std::string_view entry) { return entry.starts_with('-'); }

/// A component that stands for itself, whatever signs are in it.
std::string literal(std::string_view component) {
    std::string result;
    for (const char sign : component)
        result += sign == '*' || sign == '?' || sign == '[' ? fmt::format("[{}]", sign) : std::string(1, sign);
    return result;
}

bool is_or_leads_to_folder(const Tree& tree, const Entry& entry) {
    if (entry.type != EntryType::symlink) return entry.type == EntryType::folder;
    const auto place = resolve(tree, entry.path);
    const auto* there = place ? tree.find(*place) : nullptr;
    return place && (place->empty() || (there != nullptr && there->type == EntryType::folder));
}

struct Pattern {
    std::vector<std::string> components;
    bool folders_only = false;
};

/// The pattern, and the same with each link to a folder that its first components meet replaced by where it leads.
void add_with_links_followed(const Tree& tree, const Pattern& pattern, std::vector<Pattern>& result) {
    result.push_back(pattern);
    const auto& parts = pattern.components;
    for (const auto& entry : tree.entries()) {
        if (entry.type != EntryType::symlink) continue;
        const auto link = components(entry.path);
        if (link.size() >= parts.size()) continue;
        const std::vector<std::string> first(parts.begin(), parts.begin() + static_cast<std::ptrdiff_t>(link.size()));
        if (std::ranges::find(first, "**") != first.end() || !matches(first, 0, link, 0)) continue;
        if (!is_or_leads_to_folder(tree, entry)) continue;
        Pattern followed{{}, pattern.folders_only};
        for (const auto& component : components(*resolve(tree, entry.path)))
            followed.components.push_back(literal(component));
        followed.components.insert(followed.components.end(), parts.begin() + static_cast<std::ptrdiff_t>(link.size()),
                                   parts.end());
        add_with_links_followed(tree, followed, result);
    }
}

/// Paths that match one of the patterns, or lie below one that does. Entries come parents first, so that looking at the
/// parent's verdict is enough.
class Matcher {
public:
    explicit Matcher(const Tree& tree) : tree_(&tree) {}
    void add(std::string_view pattern) { patterns_.push_back({components(pattern), pattern.ends_with('/')}); }
    void add_literal(std::string_view path) {
        auto& pattern = patterns_.emplace_back();
        for (const auto& component : components(path)) pattern.components.push_back(literal(component));
    }
    void add_through_links(std::string_view pattern) {
        add_with_links_followed(*tree_, {components(pattern), pattern.ends_with('/')}, patterns_);
    }
    /// The entry itself, whatever is above it.
    bool matches_entry(const Entry& entry) const {
        const auto parts = components(entry.path);
        return std::any_of(patterns_.begin(), patterns_.end(), [&](const Pattern& pattern) {
            return matches(pattern.components, 0, parts, 0) &&
                   (!pattern.folders_only || is_or_leads_to_folder(*tree_, entry));
        });
    }
    bool takes(const Entry& entry) {
        const auto parent = parent_of(entry.path);
        const bool taken = (!parent.empty() && taken_.contains(parent)) || matches_entry(entry);
        if (taken) taken_.insert(entry.path);
        return taken;
    }

private:
    const Tree* tree_;
    std::vector<Pattern> patterns_;
    std::set<std::string, std::less<>> taken_;
};

/// One inclusion: its matches, less those that only a leading dot would have hidden.
struct Inclusion {
    Matcher wanted;
    Matcher hidden;
    explicit Inclusion(const Tree& tree) : wanted(tree), hidden(tree) {}
};

/// A literal path with the links of its folders followed, as migration does; the last component stands.
std::string through_links(const Tree& tree, std::string_view path) {
    const auto parent = parent_of(path);
    if (parent.empty()) return std::string(path);
    const auto resolved = resolve(tree, parent);
    if (!resolved) return std::string(path);
    const auto name = path.substr(parent.size() + 1);
    return resolved->empty() ? std::string(name) : *resolved + "/" + std::string(name);
}

}  // namespace

std::vector<std::string> found_by(const Tree& tree, std::string_view pattern) {
    Matcher matcher(tree);
    matcher.add_through_links(pattern);
    std::vector<std::string> result;
    for (const auto& entry : tree.entries())
        if (matcher.matches_entry(entry)) result.push_back(entry.path);
    return result;
}

Result<Tree> select(const Tree& tree, const std::vector<PlacedText>& entries) {
    std::vector<Inclusion> inclusions;
    Matcher excluded(tree);
    for (const auto& entry : entries) {
        std::string_view text = entry.value;
        if (is_exclusion(text)) {
            excluded.add(text.substr(1));
            continue;
        }
        if (text.starts_with("\\-")) text.remove_prefix(1);
        auto& inclusion = inclusions.emplace_back(tree);
        if (text.find('*') == std::string_view::npos) {
            const auto clean = RelPath::from_archive(text);
            const auto path = clean ? through_links(tree, clean->str()) : std::string(text);
            if (tree.find(path) == nullptr) {
                auto missing = fail("RB1010", fmt::format("'{}' is not among the part's files", text),
                                    "name a path that the part installs, or use a pattern with '*'");
                missing.error().span = entry.span;
                return missing;
            }
            inclusion.wanted.add_literal(path);
        } else {
            inclusion.wanted.add_through_links(text);
            if (!text.starts_with('.')) inclusion.hidden.add_through_links("." + std::string(text));
        }
    }
    if (inclusions.empty()) {
        auto& all = inclusions.emplace_back(tree);
        all.wanted.add("*");
        all.hidden.add(".*");
    }
    return filter(tree, [&](const Entry& entry) {
        bool taken = false;
        for (auto& inclusion : inclusions) {
            const bool wanted = inclusion.wanted.takes(entry);
            const bool hidden = inclusion.hidden.takes(entry);
            taken = taken || (wanted && !hidden);
        }
        return !excluded.takes(entry) && taken;
    });
}

bool joins_stage(const std::vector<PlacedText>& prime) {
    if (prime.size() == 1 && prime.front().value == "*") return true;
    return !prime.empty() &&
           std::all_of(prime.begin(), prime.end(), [](const auto& entry) { return is_exclusion(entry.value); });
}

std::vector<PlacedText> effective_prime(const std::vector<PlacedText>& stage, const std::vector<PlacedText>& prime) {
    if (!joins_stage(prime)) return prime;
    std::vector<PlacedText> result;
    for (const auto& entry : prime)
        if (is_exclusion(entry.value)) result.push_back(entry);
    result.insert(result.end(), stage.begin(), stage.end());
    return result;
}

}  // namespace rockbuild
