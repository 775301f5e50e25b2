// Parts of trees, and where paths lead inside them.
#include "store/tree.hpp"

#include <algorithm>

namespace rockbuild {

Tree subtree(const Tree& tree, std::string_view folder) {
    if (folder.empty()) return tree;
    std::vector<Entry> entries;
    const auto [begin, end] = tree.range(folder);
    for (auto i = begin; i < end; ++i) {
        if (tree.entries()[i].path == folder) continue;
        entries.push_back(tree.entries()[i]);
        entries.back().path.erase(0, folder.size() + 1);
    }
    return Tree::of(std::move(entries));
}

Tree below(const Tree& tree, std::string_view folder) {
    if (folder.empty()) return tree;
    auto entries = tree.entries();
    for (auto& entry : entries) entry.path = std::string(folder) + "/" + entry.path;
    return Tree::of(std::move(entries));
}

Tree filter(const Tree& tree, const std::function<bool(const Entry&)>& keep) {
    const auto& all = tree.entries();
    std::vector<bool> kept(all.size());
    for (std::size_t i = 0; i < all.size(); ++i) kept[i] = keep(all[i]);
    // From the end, so that a parent that is kept for a child is seen when its own turn comes.
    for (std::size_t i = all.size(); i-- > 0;) {
        if (!kept[i]) continue;
        if (const auto* parent = tree.find(parent_of(all[i].path)))
            kept[static_cast<std::size_t>(parent - all.data())] = true;
    }
    std::vector<Entry> entries;
    for (std::size_t i = 0; i < all.size(); ++i)
        if (kept[i]) entries.push_back(all[i]);
    return Tree::of(std::move(entries));
}

namespace {

/// Puts the components of `path` before what is left to walk, which is kept backwards.
void prepend(std::vector<std::string>& rest, std::string_view path) {
    std::vector<std::string> components;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        if (end > begin) components.emplace_back(path.substr(begin, end - begin));
        begin = end + 1;
    }
    rest.insert(rest.end(), components.rbegin(), components.rend());
}

}  // namespace

std::optional<std::string> resolve(const Tree& tree, std::string_view path, bool follow_last) {
    constexpr int most_links = 40;  // as the kernel
    std::vector<std::string> rest;
    prepend(rest, path);
    std::string at;
    int links = 0;
    while (!rest.empty()) {
        const auto name = std::move(rest.back());
        rest.pop_back();
        if (name == ".") continue;
        if (name == "..") {
            at = parent_of(at);
            continue;
        }
        auto next = at.empty() ? name : at + "/" + name;
        const auto* entry = tree.find(next);
        if (entry == nullptr) return std::nullopt;
        if (entry->type != EntryType::symlink || (rest.empty() && !follow_last)) {
            at = std::move(next);
            continue;
        }
        if (++links > most_links) return std::nullopt;
        if (entry->target.starts_with('/')) at.clear();
        prepend(rest, entry->target);
    }
    return at;
}

}  // namespace rockbuild
