#include "parts/organize.hpp"

#include "parts/fileset.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <map>
#include <string>

namespace rockbuild {

namespace {

using Nodes = std::map<std::string, Entry, std::less<>>;

bool is_folder(const Nodes& nodes, std::string_view path) {
    if (path.empty()) return true;
    const auto found = nodes.find(path);
    return found != nodes.end() && found->second.type == EntryType::folder;
}

std::string join(std::string_view folder, std::string_view name) {
    return folder.empty() ? std::string(name) : std::string(folder) + "/" + std::string(name);
}

/// A path with its `.` and `..` taken out; the latter never lead above the root.
std::string inside_root(const std::string& path) {
    std::vector<std::string> parts;
    for (std::size_t begin = 0; begin <= path.size();) {
        const auto end = std::min(path.find('/', begin), path.size());
        const auto part = path.substr(begin, end - begin);
        if (part == ".." && !parts.empty()) parts.pop_back();
        else if (!part.empty() && part != "." && part != "..") parts.push_back(part);
        begin = end + 1;
    }
    return fmt::format("{}", fmt::join(parts, "/"));
}

std::unexpected<Diagnostic> refuse(const PlacedText& key, std::string code, std::string message, std::string hint) {
    auto error = fail(std::move(code), std::move(message), std::move(hint));
    error.error().span = key.span;
    return error;
}

/// `path` with the links that it meets on its way followed, and the one at its end if `last`; what isn't there stays as
/// it is written. Links lead nowhere outside of the tree.
std::string followed(const Nodes& nodes, std::string path, bool last) {
    constexpr int most_links = 40;
    for (int links = 0; links < most_links; ++links) {
        bool met = false;
        for (auto end = path.find('/'); !met; end = path.find('/', end + 1)) {
            const bool whole = end == std::string::npos;
            const auto first = path.substr(0, end);
            const auto found = nodes.find(first);
            met = (!whole || last) && found != nodes.end() && found->second.type == EntryType::symlink;
            if (met) {
                const auto& target = found->second.target;
                const auto from = target.starts_with('/') ? std::string() : std::string(parent_of(first));
                path = inside_root(from + "/" + target + (whole ? "" : path.substr(end)));
            }
            if (whole) break;
        }
        if (!met) break;
    }
    return path;
}

/// Moves the entry at `from`, and all below it, to `to`; a folder met by a folder merges, other files are replaced if
/// they may be. What is above `to` becomes a folder of this time.
Result<void> move(Nodes& nodes, const PlacedText& key, const std::string& from, const std::string& to, bool replace,
                  std::int64_t time) {
    for (auto parent = parent_of(to); !parent.empty(); parent = parent_of(parent)) {
        const auto [place, added] = nodes.try_emplace(std::string(parent));
        if (added) {
            place->second.path = parent;
            place->second.type = EntryType::folder;
            place->second.mode = 0755;
            place->second.mtime = time;
        } else if (place->second.type != EntryType::folder) {
            return refuse(key, "RB1020", fmt::format("'{}' can't lie below '{}', which is no folder", from, parent),
                          "choose another target");
        }
    }
    std::vector<Entry> moved;
    for (auto it = nodes.lower_bound(from); it != nodes.end();) {
        if (!it->first.starts_with(from)) break;
        if (is_within(from, it->first)) {
            moved.push_back(std::move(it->second));
            it = nodes.erase(it);
        } else {
            ++it;
        }
    }
    for (auto& entry : moved) {
        const auto rest = entry.path.substr(from.size());
        auto path = to.empty() && !rest.empty() ? rest.substr(1) : to + rest;
        if (path.empty()) continue;  // the folder itself, merged into the root
        const auto there = nodes.find(path);
        if (there != nodes.end() && (there->second.type == EntryType::folder) != (entry.type == EntryType::folder))
            return refuse(key, "RB1020",
                          fmt::format("'{}' is to become '{}', which exists already, and one of them is a folder",
                                      entry.path, path),
                          "choose another target, or leave the existing file out");
        if (there != nodes.end() && entry.type != EntryType::folder && !replace)
            return refuse(key, "RB1020", fmt::format("'{}' is to become '{}', which exists already", entry.path, path),
                          "choose another target, or leave the existing file out");
        entry.path = path;
        nodes.insert_or_assign(std::move(path), std::move(entry));
    }
    return {};
}

struct Target {
    std::string path;
    bool into = false;  // it was written with a slash at its end
};

Result<void> place(Nodes& nodes, const PlacedText& key, const std::string& from, const Target& target, bool pattern,
                   std::size_t matches, std::int64_t time) {
    const auto name = std::string(RelPath::from_archive(from)->name());
    const auto behind = followed(nodes, target.path, true);
    auto to = followed(nodes, target.path, false);
    if (is_folder(nodes, from)) {
        if (!pattern) to = behind;
        else if (target.into || is_folder(nodes, behind)) to = join(behind, name);
        if (to == from) return {};
        if (is_within(from, to))
            return refuse(key, "RB1022", fmt::format("'{}' can't be moved below itself, to '{}'", from, to),
                          "choose a target outside of it");
        if (!to.empty() && nodes.contains(to) && !is_folder(nodes, to))
            return refuse(key, "RB1020", fmt::format("the folder '{}' can't replace the file '{}'", from, to),
                          "choose another target");
        return move(nodes, key, from, to, !(pattern && target.path.empty()), time);
    }
    if (target.into || is_folder(nodes, behind)) to = join(behind, name);
    if (to == from) return {};
    // A link into nothing is no file, and is replaced.
    if (nodes.contains(to) &&
        (nodes.contains(followed(nodes, to, true)) || is_folder(nodes, followed(nodes, to, true)))) {
        if (pattern && matches > 1 && !target.into)
            return refuse(key, "RB1021", fmt::format("several files are to become '{}'", to),
                          fmt::format("if it is meant as a folder, end it with a slash: '{}/'", to));
        return refuse(key, "RB1020", fmt::format("'{}' is to become '{}', which exists already", from, to),
                      "choose another target, or leave the existing file out");
    }
    return move(nodes, key, from, to, true, time);
}

Tree tree_of(const Nodes& nodes) {
    std::vector<Entry> entries;
    entries.reserve(nodes.size());
    for (const auto& [path, entry] : nodes) entries.push_back(entry);
    return Tree::of(std::move(entries));
}

}  // namespace

Result<Tree> organize(const Tree& tree, std::vector<std::pair<PlacedText, PlacedText>> moves, std::int64_t time) {
    if (moves.empty()) return tree;
    const auto is_pattern = [](const auto& item) { return item.first.value.find('*') != std::string::npos; };
    std::sort(moves.begin(), moves.end(), [&](const auto& a, const auto& b) {
        return std::make_pair(is_pattern(a), a.first.value) < std::make_pair(is_pattern(b), b.first.value);
    });
    Nodes nodes;
    for (const auto& entry : tree.entries()) nodes.emplace(entry.path, entry);
    for (const auto& item : moves) {
        const auto source = RelPath::from_archive(item.first.value);
        const auto target = RelPath::from_archive(item.second.value);
        if (!source || source->empty() || !target)
            return refuse(item.first, "RB1023",
                          fmt::format("'{}: {}' leaves the part's install folder", item.first.value, item.second.value),
                          "give paths below it, without '..'");
        const bool into = item.second.value.ends_with('/');
        const auto found = found_by(tree_of(nodes), source->str());
        for (const auto& path : found)
            if (nodes.contains(path))
                TRY_VOID(place(nodes, item.first, path, {target->str(), into}, is_pattern(item), found.size(), time));
    }
    return tree_of(nodes);
}

}  // namespace rockbuild
