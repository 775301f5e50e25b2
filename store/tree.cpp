// Trees are sorted vectors, not linked nodes: merging, hashing and comparing are single passes over two arrays, and
// what lies below a folder is a range of indexes. That holds because the order goes by components, which here means
// comparing bytes with `/` as the lowest of all.
#include "store/tree.hpp"

#include <algorithm>
#include <cstring>
#include <numeric>

namespace rockbuild {

bool path_less(std::string_view a, std::string_view b) {
    const auto common = std::min(a.size(), b.size());
    const auto [at, other] = std::mismatch(a.begin(), a.begin() + static_cast<std::ptrdiff_t>(common), b.begin());
    if (at == a.begin() + static_cast<std::ptrdiff_t>(common)) return a.size() < b.size();
    const auto rank = [](char c) { return c == '/' ? 0 : static_cast<unsigned char>(c); };
    return rank(*at) < rank(*other);
}

namespace {

/// Gives the fields that mean nothing for the entry's type their one canonical value.
void normalize(Entry& entry) {
    const auto type = entry.type;
    entry.mode &= 07777;
    if (type == EntryType::whiteout) {
        entry.mode = entry.uid = entry.gid = 0;
        entry.mtime = 0;
        entry.xattrs.clear();
    }
    if (type == EntryType::symlink) entry.mode = 0777;
    else entry.target.clear();
    if (type != EntryType::file) {
        entry.size = 0;
        entry.digest = {};
        entry.link.clear();
    }
    if (type != EntryType::character_device && type != EntryType::block_device) entry.major = entry.minor = 0;
    if (type != EntryType::folder) entry.opaque = false;
}

/// The indexes of `entries` in the tree's order; of two entries with one path only the later one.
std::vector<std::size_t> sorted_order(const std::vector<Entry>& entries) {
    std::vector<std::size_t> order(entries.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    const auto less = [&](std::size_t a, std::size_t b) { return path_less(entries[a].path, entries[b].path); };
    if (!std::is_sorted(order.begin(), order.end(), less)) std::stable_sort(order.begin(), order.end(), less);
    std::vector<std::size_t> last_of_each;
    last_of_each.reserve(order.size());
    for (const auto index : order) {
        if (!last_of_each.empty() && entries[last_of_each.back()].path == entries[index].path)
            last_of_each.back() = index;
        else last_of_each.push_back(index);
    }
    return last_of_each;
}

}  // namespace

Tree Tree::of(std::vector<Entry> entries) {
    Tree tree;
    tree.entries_.reserve(entries.size());
    std::vector<std::size_t> open;  // the folders that hold the entry at hand, outermost first, as indexes of the tree
    std::string blocked;            // the last entry that is no folder: nothing can lie below it
    for (const auto index : sorted_order(entries)) {
        auto& entry = entries[index];
        if (entry.path.empty() || (!blocked.empty() && is_within(blocked, entry.path))) continue;
        while (!open.empty() && !is_within(tree.entries_[open.back()].path, entry.path)) open.pop_back();
        auto parent_size = open.empty() ? 0 : tree.entries_[open.back()].path.size() + 1;
        for (auto slash = entry.path.find('/', parent_size); slash != std::string::npos;
             slash = entry.path.find('/', slash + 1)) {
            open.push_back(tree.entries_.size());
            tree.entries_.push_back({.path = entry.path.substr(0, slash), .type = EntryType::folder, .mode = 0755});
        }
        normalize(entry);
        if (entry.type == EntryType::folder) open.push_back(tree.entries_.size());
        else blocked = entry.path;
        tree.entries_.push_back(std::move(entry));
    }
    return tree;
}

const Entry* Tree::find(std::string_view path) const {
    const auto at = std::lower_bound(entries_.begin(), entries_.end(), path,
                                     [](const Entry& entry, std::string_view p) { return path_less(entry.path, p); });
    return at != entries_.end() && at->path == path ? &*at : nullptr;
}

std::pair<std::size_t, std::size_t> Tree::range(std::string_view folder) const {
    const auto first =
        std::lower_bound(entries_.begin(), entries_.end(), folder,
                         [](const Entry& entry, std::string_view p) { return path_less(entry.path, p); });
    const auto last =
        std::partition_point(first, entries_.end(), [&](const Entry& entry) { return is_within(folder, entry.path); });
    return {static_cast<std::size_t>(first - entries_.begin()), static_cast<std::size_t>(last - entries_.begin())};
}

}  // namespace rockbuild
