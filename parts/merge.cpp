#include "parts/merge.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <map>
#include <set>
#include <sstream>

namespace rockbuild {

Tree migrate(const Tree& target, const Tree& contribution) {
    std::map<std::string, Entry, std::less<>> nodes;
    for (const auto& entry : target.entries()) nodes.emplace(entry.path, entry);
    for (const auto& entry : contribution.entries()) {
        const auto found = nodes.find(entry.path);
        if (found != nodes.end() && found->second.type == EntryType::symlink && entry.type != EntryType::folder)
            continue;
        nodes.insert_or_assign(entry.path, entry);
    }
    std::vector<Entry> entries;
    entries.reserve(nodes.size());
    for (auto& [path, entry] : nodes) entries.push_back(std::move(entry));
    return Tree::of(std::move(entries));
}

namespace {

/// A pkg-config file without its prefix line, which differs by where it was built.
Result<std::string> without_prefix(const Store& store, const Digest& digest) {
    std::istringstream lines(TRY(store.read(digest)));
    std::string text;
    for (std::string line; std::getline(lines, line);)
        if (!line.starts_with("prefix=")) text += line + "\n";
    return text;
}

Result<bool> same(const Store& store, const Entry& a, const Entry& b) {
    if (a.type != b.type) return false;
    switch (a.type) {
        case EntryType::symlink:
            return a.target == b.target;
        case EntryType::file:
            if (a.digest == b.digest) return true;
            if (!a.path.ends_with(".pc")) return false;
            return TRY(without_prefix(store, a.digest)) == TRY(without_prefix(store, b.digest));
        case EntryType::character_device:
        case EntryType::block_device:
            return a.major == b.major && a.minor == b.minor;
        default:
            return true;
    }
}

std::string owner(const Contribution& contribution) {
    return contribution.overlay ? fmt::format("the overlay of part '{}'", contribution.part->name)
                                : fmt::format("part '{}'", contribution.part->name);
}

}  // namespace

Result<void> check_collisions(const Store& store, const std::vector<Contribution>& contributions) {
    if (contributions.empty()) return {};
    const auto& newest = contributions.back();
    for (std::size_t i = 0; i + 1 < contributions.size(); ++i) {
        const auto& earlier = contributions[i];
        if (earlier.overlay && newest.overlay) continue;
        std::vector<std::string> paths;
        for (const auto& entry : newest.tree->entries())
            if (const auto* other = earlier.tree->find(entry.path);
                other != nullptr && !TRY(same(store, entry, *other)))
                paths.push_back(entry.path);
        if (paths.empty()) continue;
        auto error = fail("RB1030",
                          fmt::format("{} and {} have the same {} with different contents", owner(newest),
                                      owner(earlier), paths.size() == 1 ? "file" : "files"),
                          "leave the file out of one of them with `stage: [-PATH]`, or move it with `organize:`");
        auto& diagnostic = error.error();
        diagnostic.span = newest.part->span;
        diagnostic.label = "this part";
        diagnostic.notes.push_back({fmt::format("{} is here", owner(earlier)), earlier.part->span});
        constexpr std::size_t most = 20;
        for (std::size_t n = 0; n < paths.size() && n < most; ++n) diagnostic.notes.push_back({paths[n], std::nullopt});
        if (paths.size() > most)
            diagnostic.notes.push_back({fmt::format("and {} more", paths.size() - most), std::nullopt});
        return error;
    }
    return {};
}

Tree with_permissions(const Tree& tree, const std::vector<Permission>& permissions) {
    if (permissions.empty()) return tree;
    auto entries = tree.entries();
    for (auto& entry : entries)
        for (const auto& permission : permissions) {
            if (::fnmatch(permission.path.c_str(), entry.path.c_str(), FNM_NOESCAPE) != 0) continue;
            if (permission.owner) entry.uid = *permission.owner;
            if (permission.group) entry.gid = *permission.group;
            if (permission.mode && entry.type != EntryType::symlink) entry.mode = *permission.mode;
        }
    return Tree::of(std::move(entries));
}

Tree prune(const Tree& prime, const Tree& base) {
    if (base.empty()) return prime;
    return filter(prime, [&](const Entry& entry) {
        if (entry.type != EntryType::file && entry.type != EntryType::symlink) return true;
        const auto place = resolve(base, entry.path, false);
        const auto* there = place ? base.find(*place) : nullptr;
        if (there == nullptr || there->type != entry.type) return true;
        if (entry.type == EntryType::symlink) return there->target != entry.target;
        return there->digest != entry.digest || there->uid != entry.uid || there->gid != entry.gid ||
               there->mode != entry.mode || there->xattrs != entry.xattrs;
    });
}

OverlayParts split_overlay(const Tree& delta) {
    OverlayParts parts;
    std::vector<Entry> visible;
    for (const auto& entry : delta.entries()) {
        if (entry.type == EntryType::whiteout) continue;
        auto shown = entry;
        shown.opaque = false;
        visible.push_back(std::move(shown));
    }
    parts.visible = Tree::of(std::move(visible));
    parts.marks = filter(delta, [](const Entry& entry) { return entry.type == EntryType::whiteout || entry.opaque; });
    return parts;
}

Tree with_marks(const Tree& prime, const Tree& marks, const Tree& base) {
    auto entries = prime.entries();
    std::set<std::string, std::less<>> added;
    for (auto& entry : entries)
        if (const auto* mark = marks.find(entry.path))
            entry.opaque = mark->opaque && entry.type == EntryType::folder && base.find(entry.path) != nullptr;
    for (const auto& mark : marks.entries()) {
        if (mark.type != EntryType::whiteout || prime.find(mark.path) != nullptr || base.find(mark.path) == nullptr)
            continue;
        // The folders above it are the base's: they come along as they are there.
        for (auto parent = parent_of(mark.path); !parent.empty(); parent = parent_of(parent))
            if (prime.find(parent) == nullptr && added.emplace(parent).second) entries.push_back(*base.find(parent));
        entries.push_back(mark);
    }
    return Tree::of(std::move(entries));
}

}  // namespace rockbuild
