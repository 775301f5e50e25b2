#include "parts/organize.hpp"

#include "parts/fileset.hpp"
#include "parts/merge.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
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

Nodes nodes_of(const Tree& tree) {
    Nodes nodes;
    for (const auto& entry : tree.entries()) nodes.emplace_hint(nodes.end(), entry.path, entry);
    return nodes;
}

Tree tree_of(const Nodes& nodes) {
    std::vector<Entry> entries;
    entries.reserve(nodes.size());
    for (const auto& [path, entry] : nodes) entries.push_back(entry);
    return Tree::of(std::move(entries));
}

/// How two entries that should be one differ, in words; empty: they don't.
std::string apart(const Entry& mine, const Entry& there) {
    if (mine.type != there.type) return "another type";
    std::vector<std::string> words;
    if (mine.digest != there.digest) words.emplace_back("other contents");
    if (mine.target != there.target) words.emplace_back("another target");
    if (mine.mode != there.mode) words.emplace_back(fmt::format("mode {:o}, not {:o}", there.mode, mine.mode));
    if (mine.uid != there.uid || mine.gid != there.gid)
        words.emplace_back(fmt::format("owner {}:{}, not {}:{}", there.uid, there.gid, mine.uid, mine.gid));
    if (mine.xattrs != there.xattrs) words.emplace_back("other capabilities");
    if (mine.major != there.major || mine.minor != there.minor) words.emplace_back("another device");
    return fmt::format("{}", fmt::join(words, ", "));
}

struct Target {
    std::string path;
    bool into = false;  // it was written with a slash at its end
};

/// One key of `organize` at work.
class Mover {
public:
    Mover(const PlacedText& key, Nodes& source, Ground from, Nodes& target, Ground to, std::int64_t time,
          const std::function<PathOwner(const std::string&)>& owner_of)
        : key_(key), source_(source), from_(from), target_(target), to_(to), time_(time), owner_of_(owner_of) {}

    bool finds(const std::string& path) const { return source_.contains(path); }

    Result<void> place(const std::string& from, const Target& target, bool pattern, std::size_t matches) {
        const auto name = from.substr(from.rfind('/') + 1);
        const auto behind = followed(target_, target.path, true);
        const bool into = target.into || is_folder(target_, behind);
        auto to = followed(target_, target.path, false);
        if (is_folder(source_, from)) {
            if (!pattern) to = behind;
            else if (into) to = join(behind, name);
            if (in_overlay()) to = followed(target_, to, true);
            if (same_ground() && to == from) return {};
            if (same_ground() && is_within(from, to))
                return refuse(key_, "RB1022", fmt::format("'{}' can't be moved below itself, to '{}'", from, to),
                              "choose a target outside of it");
            if (!to.empty() && target_.contains(to) && !is_folder(target_, to))
                return refuse(key_, "RB1020", fmt::format("the folder '{}' can't replace the file '{}'", from, to),
                              "choose another target");
            const bool beside_others = target.path.empty() || (copies() && is_folder(target_, behind));
            return move(from, to, !(pattern && beside_others));
        }
        if (in_overlay() && !target.into && leads_to(from, behind)) {
            taken(from);
            return {};
        }
        if (into) to = join(behind, name);
        if (same_ground() && to == from) return {};
        // A link into nothing is no file, and is replaced.
        if (const auto end = followed(target_, to, true);
            target_.contains(to) && (target_.contains(end) || is_folder(target_, end))) {
            if (pattern && matches > 1 && !into)
                return refuse(key_, "RB1021", fmt::format("several files are to become '{}'", to),
                              fmt::format("if it is meant as a folder, end it with a slash: '{}/'", to));
            if (!in_overlay())
                return refuse(key_, "RB1020", fmt::format("'{}' is to become '{}', which exists already", from, to),
                              "choose another target, or leave the existing file out");
        }
        return move(from, to, true);
    }

private:
    bool copies() const { return from_ == Ground::build; }
    bool in_overlay() const { return to_ == Ground::overlay; }
    bool same_ground() const { return from_ == to_; }

    /// Moves the entry at `from`, and all below it, to `to`; a folder met by a folder merges, other files are replaced
    /// if they may be. What is above `to` becomes a folder of this time.
    Result<void> move(const std::string& from, const std::string& to, bool replace) {
        for (auto parent = parent_of(to); !parent.empty(); parent = parent_of(parent)) {
            const auto [place, added] = target_.try_emplace(std::string(parent));
            if (added) {
                place->second.path = parent;
                place->second.type = EntryType::folder;
                place->second.mode = 0755;
                place->second.mtime = time_;
            } else if (place->second.type != EntryType::folder) {
                return refuse(key_, "RB1020",
                              fmt::format("'{}' can't lie below '{}', which is no folder", from, parent),
                              "choose another target");
            }
        }
        std::vector<Note> differences;
        for (auto& entry : taken(from)) {
            const auto rest = entry.path == from ? "" : entry.path.substr(from.size() + 1);
            auto path = rest.empty() ? to : join(to, rest);
            if (path.empty()) continue;  // the folder itself, merged into the root
            if (in_overlay()) path = followed(target_, path, entry.type == EntryType::folder);
            const auto there = target_.find(path);
            if (there != target_.end() && in_overlay()) {
                if (auto note = differs(entry, there->second)) differences.push_back(*std::move(note));
                continue;
            }
            if (there != target_.end() &&
                (there->second.type == EntryType::folder) != (entry.type == EntryType::folder))
                return refuse(key_, "RB1020",
                              fmt::format("'{}' is to become '{}', which exists already, and one of them is a folder",
                                          entry.path, path),
                              "choose another target, or leave the existing file out");
            if (there != target_.end() && entry.type != EntryType::folder && !replace)
                return refuse(key_, "RB1020",
                              fmt::format("'{}' is to become '{}', which exists already", entry.path, path),
                              "choose another target, or leave the existing file out");
            entry.path = path;
            target_.insert_or_assign(std::move(path), std::move(entry));
        }
        return differences.empty() ? Result<void>() : others_are_there(std::move(differences));
    }

    /// Is `from` a link to a path that is there already, so that it says nothing new?
    bool leads_to(const std::string& from, const std::string& there) const {
        const auto& entry = source_.at(from);
        if (entry.type != EntryType::symlink || !target_.contains(there)) return false;
        const auto folder = entry.target.starts_with('/') ? std::string() : std::string(parent_of(from));
        return followed(target_, inside_root(folder + "/" + entry.target), true) == there;
    }

    /// What is to be moved; it leaves its ground, unless that is copied from.
    std::vector<Entry> taken(const std::string& from) {
        std::vector<Entry> moved;
        for (auto it = source_.lower_bound(from); it != source_.end();) {
            if (!it->first.starts_with(from)) break;
            const bool wanted = is_within(from, it->first);
            if (wanted) moved.push_back(it->second);
            it = wanted && !copies() ? source_.erase(it) : std::next(it);
        }
        return moved;
    }

    std::optional<Note> differs(const Entry& mine, const Entry& there) const {
        if (mine.type == EntryType::folder && there.type == EntryType::folder) return std::nullopt;
        const auto words = apart(mine, there);
        if (words.empty()) return std::nullopt;
        const auto owner = owner_of_(there.path);
        return Note{fmt::format("'{}' of {} has {}", there.path, owner.words, words), owner.place};
    }

    Result<void> others_are_there(std::vector<Note> differences) {
        auto error =
            refuse(key_, "RB1025", fmt::format("the overlay has other files where '{}' is to be organized", key_.value),
                   "choose another target, or remove one of the two");
        error.error().notes = std::move(differences);
        return error;
    }

    const PlacedText& key_;
    Nodes& source_;
    Ground from_;
    Nodes& target_;
    Ground to_;
    std::int64_t time_;
    const std::function<PathOwner(const std::string&)>& owner_of_;
};

}  // namespace

Result<OrganizedTrees> organize(OrganizedTrees trees, std::vector<std::pair<PlacedText, PlacedText>> moves,
                                std::int64_t time, const std::function<PathOwner(const std::string&)>& owner_of) {
    if (moves.empty()) return trees;
    const auto is_pattern = [](const auto& item) { return item.first.value.find('*') != std::string::npos; };
    std::sort(moves.begin(), moves.end(), [&](const auto& a, const auto& b) {
        return std::make_pair(is_pattern(a), a.first.value) < std::make_pair(is_pattern(b), b.first.value);
    });
    const auto install = with_links_apart(trees.install, trees.overlay);
    const auto build = with_links_apart(with_links_apart(trees.build, trees.overlay), install);
    std::array<Nodes, 3> grounds{nodes_of(install), nodes_of(build), nodes_of(trees.overlay)};
    const auto nodes = [&](Ground ground) -> Nodes& { return grounds[static_cast<std::size_t>(ground)]; };
    for (const auto& item : moves) {
        const auto from = organize_path(item.first.value);
        const auto to = organize_path(item.second.value);
        const auto source = RelPath::from_archive(from.path);
        const auto target = RelPath::from_archive(to.path);
        if (!source || source->empty() || !target)
            return refuse(item.first, "RB1023",
                          fmt::format("'{}: {}' leaves the part's folders", item.first.value, item.second.value),
                          "give paths below them, without '..'");
        const bool into = to.path.ends_with('/');
        Mover mover(item.first, nodes(from.ground), from.ground, nodes(to.ground), to.ground, time, owner_of);
        const auto found = found_by(tree_of(nodes(from.ground)), source->str());
        for (const auto& path : found)
            if (mover.finds(path)) TRY_VOID(mover.place(path, {target->str(), into}, is_pattern(item), found.size()));
    }
    trees.install = tree_of(nodes(Ground::install));
    trees.overlay = tree_of(nodes(Ground::overlay));
    return trees;
}

}  // namespace rockbuild
