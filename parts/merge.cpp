#include "parts/merge.hpp"

#include <fmt/format.h>
#include <fnmatch.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <optional>
#include <set>
#include <sstream>

namespace rockbuild {

namespace {

using Nodes = std::map<std::string, Entry, std::less<>>;

std::unexpected<Diagnostic> meets(const Entry& entry, const std::string& path) {
    const auto* what = entry.type == EntryType::folder ? "folder" : "file";
    const auto* other = entry.type == EntryType::folder ? "something that is no folder" : "a folder";
    return fail("RB1031", fmt::format("the {} '{}' can't be laid where a script has put {}", what, path, other),
                "leave it out with `stage:` or `prime:`, or change the script");
}

}  // namespace

Tree with_links_apart(const Tree& tree, const Tree& other) {
    const auto links_of = [](const Tree& of) {
        std::set<std::string_view> links;
        for (const auto& entry : of.entries())
            if (!entry.link.empty()) links.insert(entry.link);
        return links;
    };
    auto taken = links_of(tree);
    if (taken.empty()) return tree;
    const auto others = links_of(other);
    std::map<std::string_view, std::string> renamed;
    for (const auto& link : links_of(tree)) {
        auto name = std::string(link);
        while (others.contains(name) || (name != link && taken.contains(name))) name += '\'';
        if (name != link) taken.insert(renamed.emplace(link, std::move(name)).first->second);
    }
    if (renamed.empty()) return tree;
    auto entries = tree.entries();
    for (auto& entry : entries)
        if (const auto found = renamed.find(entry.link); found != renamed.end()) entry.link = found->second;
    return Tree::of(std::move(entries));
}

Result<Tree> migrate(const Tree& target, const Tree& contribution) {
    Nodes nodes;
    for (const auto& entry : target.entries()) nodes.emplace(entry.path, entry);
    std::map<std::string, std::string, std::less<>> behind_links;  // folders of the contribution that lie elsewhere
    const auto contributed = with_links_apart(contribution, target);
    for (const auto& entry : contributed.entries()) {
        auto path = entry.path;
        const std::string parent(parent_of(path));
        if (const auto elsewhere = behind_links.find(parent); elsewhere != behind_links.end()) {
            const auto name = path.substr(parent.size() + 1);
            path = elsewhere->second.empty() ? name : elsewhere->second + "/" + name;
            if (entry.type == EntryType::folder) behind_links.emplace(entry.path, path);
        }
        const auto found = nodes.find(path);
        if (found != nodes.end()) {
            const auto& there = found->second;
            if (there.type == EntryType::symlink) {
                if (entry.type != EntryType::folder) continue;
                const auto place = resolve(target, path);
                const auto* behind = place ? target.find(*place) : nullptr;
                if (!place || (!place->empty() && (behind == nullptr || behind->type != EntryType::folder)))
                    return meets(entry, path);
                behind_links.insert_or_assign(entry.path, *place);
                continue;
            }
            if ((there.type == EntryType::folder) != (entry.type == EntryType::folder)) return meets(entry, path);
        }
        auto laid = entry;
        laid.path = path;
        nodes.insert_or_assign(std::move(path), std::move(laid));
    }
    std::vector<Entry> entries;
    entries.reserve(nodes.size());
    for (auto& [path, entry] : nodes) entries.push_back(std::move(entry));
    return Tree::of(std::move(entries));
}

namespace {

/// Whether two pkg-config files are alike, line by line: their prefix lines may differ, as they say where each was
/// built.
Result<bool> same_but_prefix(const Store& store, const Digest& a, const Digest& b) {
    std::istringstream first(TRY(store.read(a)));
    std::istringstream second(TRY(store.read(b)));
    constexpr std::string_view prefix = "prefix=";
    for (std::string one, other;;) {
        const bool more = static_cast<bool>(std::getline(first, one));
        if (more != static_cast<bool>(std::getline(second, other))) return false;
        if (!more) return true;
        if (one != other && !(one.starts_with(prefix) && other.starts_with(prefix))) return false;
    }
}

/// A link's text without what means nothing in it: `./f` and `d//f`; `..` stays, for it goes where links lead.
std::string plain_target(std::string_view target) {
    std::string result = target.starts_with('/') ? "/" : "";
    for (std::size_t begin = 0; begin <= target.size();) {
        const auto end = std::min(target.find('/', begin), target.size());
        if (const auto part = target.substr(begin, end - begin); !part.empty() && part != ".") {
            if (!result.empty() && result != "/") result += '/';
            result += part;
        }
        begin = end + 1;
    }
    return result;
}

/// Where the relative target of the link at `path` would lead if nothing on its way were a link.
std::string from_root(std::string_view path, std::string_view target) {
    return (std::filesystem::path("/") / parent_of(path) / target).lexically_normal().native();
}

/// Overlays have links that begin at the root: a relative one to the same place is the same.
bool same_link(const Entry& a, bool a_is_overlay, const Entry& b, bool b_is_overlay) {
    const auto one = plain_target(a.target);
    const auto other = plain_target(b.target);
    if (b_is_overlay && !one.starts_with('/') && other.starts_with('/')) return from_root(a.path, one) == other;
    if (a_is_overlay && one.starts_with('/') && !other.starts_with('/')) return one == from_root(b.path, other);
    return one == other;
}

/// What a part's `permissions` make of a path, taken together.
std::optional<Permission> permission_on(const Contribution& contribution, const std::string& path) {
    std::optional<Permission> result;
    if (contribution.overlay) return result;
    for (const auto& permission : contribution.part->permissions) {
        if (::fnmatch(permission.path.c_str(), path.c_str(), FNM_NOESCAPE) != 0) continue;
        if (!result) result.emplace();
        if (permission.owner) result->owner = permission.owner;
        if (permission.group) result->group = permission.group;
        if (permission.mode) result->mode = permission.mode;
    }
    return result;
}

std::string words_of(const Permission& permission) {
    const auto id = [](const auto& number) { return number ? std::to_string(*number) : std::string("-"); };
    return fmt::format("owner {}, group {}, mode {}", id(permission.owner), id(permission.group),
                       permission.mode ? fmt::format("{:03o}", *permission.mode) : "-");
}

/// Where both parts say something of a path, they have to say the same; what is on the disk doesn't count.
std::string difference_of_permissions(const Contribution& a, const Contribution& b, const std::string& path) {
    const auto one = permission_on(a, path);
    const auto other = one ? permission_on(b, path) : std::nullopt;
    if (!one || !other || (one->owner == other->owner && one->group == other->group && one->mode == other->mode))
        return {};
    return fmt::format("permissions of {}, and of {}", words_of(*one), words_of(*other));
}

const char* kind_of(const Entry& entry) {
    switch (entry.type) {
        case EntryType::folder:
            return "a folder";
        case EntryType::symlink:
            return "a link";
        case EntryType::file:
            return "a file";
        case EntryType::character_device:
            return "a character device";
        case EntryType::block_device:
            return "a block device";
        default:
            return "a pipe";
    }
}

/// What keeps two entries of one path from being the same, first that of `one`; empty: they are.
Result<std::string> difference(const Store& store, const Contribution& one, const Entry& a, const Contribution& other,
                               const Entry& b) {
    if (a.type != b.type) return fmt::format("{}, and {}", kind_of(a), kind_of(b));
    if (a.type == EntryType::symlink)
        return same_link(a, one.overlay, b, other.overlay)
                   ? std::string()
                   : fmt::format("a link to '{}', and to '{}'", a.target, b.target);
    if (a.type == EntryType::file && a.digest != b.digest)
        if (!a.path.ends_with(".pc") || !TRY(same_but_prefix(store, a.digest, b.digest)))
            return a.size == b.size ? "different bytes" : fmt::format("{} bytes, and {}", a.size, b.size);
    if ((a.type == EntryType::character_device || a.type == EntryType::block_device) &&
        (a.major != b.major || a.minor != b.minor))
        return fmt::format("a device {}:{}, and {}:{}", a.major, a.minor, b.major, b.minor);
    return difference_of_permissions(one, other, a.path);
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
            if (const auto* other = earlier.tree->find(entry.path))
                if (const auto differs = TRY(difference(store, newest, entry, earlier, *other)); !differs.empty())
                    paths.push_back(fmt::format("{}: {}", entry.path, differs));
        if (paths.empty()) continue;
        auto error = fail("RB1030",
                          fmt::format("{} and {} have the same {} with different contents or permissions",
                                      owner(newest), owner(earlier), paths.size() == 1 ? "file" : "files"),
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
