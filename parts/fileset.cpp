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

/// Paths that match one of the patterns, or lie below one that does. Entries come parents first, so that looking at the
/// parent's verdict is enough.
class Matcher {
public:
    void add(std::string_view pattern) { patterns_.push_back(components(pattern)); }
    bool empty() const { return patterns_.empty(); }
    bool takes(const std::string& path) {
        const auto parent = parent_of(path);
        bool taken = !parent.empty() && taken_.contains(parent);
        if (!taken) {
            const auto parts = components(path);
            taken = std::any_of(patterns_.begin(), patterns_.end(),
                                [&](const auto& pattern) { return matches(pattern, 0, parts, 0); });
        }
        if (taken) taken_.insert(path);
        return taken;
    }

private:
    std::vector<std::vector<std::string>> patterns_;
    std::set<std::string, std::less<>> taken_;
};

/// One inclusion: its matches, less those that only a leading dot would have hidden.
struct Inclusion {
    Matcher wanted;
    Matcher hidden;
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

bool glob_matches(std::string_view pattern, std::string_view path) {
    return matches(components(pattern), 0, components(path), 0);
}

Result<Tree> select(const Tree& tree, const std::vector<PlacedText>& entries) {
    std::vector<Inclusion> inclusions;
    Matcher excluded;
    for (const auto& entry : entries) {
        std::string_view text = entry.value;
        if (is_exclusion(text)) {
            excluded.add(text.substr(1));
            continue;
        }
        if (text.starts_with("\\-")) text.remove_prefix(1);
        auto& inclusion = inclusions.emplace_back();
        if (text.find('*') == std::string_view::npos) {
            const auto clean = RelPath::from_archive(text);
            const auto path = clean ? through_links(tree, clean->str()) : std::string(text);
            if (tree.find(path) == nullptr) {
                auto missing = fail("RB1010", fmt::format("'{}' is not among the part's files", text),
                                    "name a path that the part installs, or use a pattern with '*'");
                missing.error().span = entry.span;
                return missing;
            }
            inclusion.wanted.add(path);
        } else {
            inclusion.wanted.add(text);
            if (!text.starts_with('.')) inclusion.hidden.add("." + std::string(text));
        }
    }
    if (inclusions.empty()) {
        auto& all = inclusions.emplace_back();
        all.wanted.add("*");
        all.hidden.add(".*");
    }
    return filter(tree, [&](const Entry& entry) {
        bool taken = false;
        for (auto& inclusion : inclusions) {
            const bool wanted = inclusion.wanted.takes(entry.path);
            const bool hidden = inclusion.hidden.takes(entry.path);
            taken = taken || (wanted && !hidden);
        }
        return !excluded.takes(entry.path) && taken;
    });
}

std::vector<PlacedText> effective_prime(const std::vector<PlacedText>& stage, const std::vector<PlacedText>& prime) {
    const auto is_star = [](const PlacedText& entry) { return entry.value == "*"; };
    const bool only_star = prime.size() == 1 && is_star(prime.front());
    const bool has_inclusion =
        std::any_of(prime.begin(), prime.end(), [](const auto& entry) { return !is_exclusion(entry.value); });
    if (prime.empty() || (has_inclusion && !only_star)) return prime;
    std::vector<PlacedText> result;
    if (!only_star) result = prime;
    for (const auto& entry : stage)
        if (!is_star(entry)) result.push_back(entry);
    return result;
}

}  // namespace rockbuild
