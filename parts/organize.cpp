#include "parts/organize.hpp"

#include "parts/fileset.hpp"

#include <fmt/format.h>

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

/// Moves the entry at `from`, and all below it, to `to`; a folder met by a folder merges, anything else is replaced.
void move(Nodes& nodes, const std::string& from, const std::string& to) {
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
        entry.path = to.empty() && !rest.empty() ? rest.substr(1) : to + rest;
        if (entry.path.empty()) continue;  // the folder itself, merged into the root
        auto path = entry.path;
        nodes.insert_or_assign(std::move(path), std::move(entry));
    }
}

std::unexpected<Diagnostic> refuse(const PlacedText& key, std::string code, std::string message, std::string hint) {
    auto error = fail(std::move(code), std::move(message), std::move(hint));
    error.error().span = key.span;
    return error;
}

Result<void> place(Nodes& nodes, const PlacedText& key, const std::string& from, std::string to, bool into,
                   bool pattern, std::size_t matches) {
    const auto name = std::string(RelPath::from_archive(from)->name());
    if (is_folder(nodes, from)) {
        if (pattern && (into || to.empty() || is_folder(nodes, to))) to = join(to, name);
        if (to == from) return {};
        if (is_within(from, to))
            return refuse(key, "RB1022", fmt::format("'{}' can't be moved below itself, to '{}'", from, to),
                          "choose a target outside of it");
        if (!to.empty() && nodes.contains(to) && !is_folder(nodes, to))
            return refuse(key, "RB1020", fmt::format("the folder '{}' can't replace the file '{}'", from, to),
                          "choose another target");
        move(nodes, from, to);
        return {};
    }
    if (into || is_folder(nodes, to)) to = join(to, name);
    if (to == from) return {};
    if (nodes.contains(to)) {
        if (pattern && matches > 1 && !into)
            return refuse(key, "RB1021", fmt::format("several files are to become '{}'", to),
                          fmt::format("if it is meant as a folder, end it with a slash: '{}/'", to));
        return refuse(key, "RB1020", fmt::format("'{}' is to become '{}', which exists already", from, to),
                      "choose another target, or leave the existing file out");
    }
    move(nodes, from, to);
    return {};
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
        std::vector<std::string> found;
        for (const auto& [path, entry] : nodes)
            if (glob_matches(source->str(), path)) found.push_back(path);
        for (const auto& path : found)
            if (nodes.contains(path))
                TRY_VOID(place(nodes, item.first, path, target->str(), into, is_pattern(item), found.size()));
    }
    std::vector<Entry> entries;
    for (auto& [path, entry] : nodes) {
        for (auto parent = parent_of(path); !parent.empty() && !nodes.contains(parent); parent = parent_of(parent)) {
            Entry folder;
            folder.path = parent;
            folder.type = EntryType::folder;
            folder.mode = 0755;
            folder.mtime = time;
            entries.push_back(std::move(folder));
        }
        entries.push_back(std::move(entry));
    }
    return Tree::of(std::move(entries));
}

}  // namespace rockbuild
