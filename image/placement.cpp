// Entries are taken in path order, so a folder's place is known before that of what lies in it: the place of an entry
// is the place of its folder plus its name, and only a folder can be a link of the base. One look-up a folder.
#include "image/placement.hpp"

#include "support/result.hpp"

#include <fmt/format.h>

#include <map>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace rockbuild {

namespace {

std::string join(std::string_view folder, std::string_view name) {
    std::string path(folder);
    if (!path.empty()) path += '/';
    path += name;
    return path;
}

std::string_view name_of(std::string_view path) {
    const auto folder = parent_of(path);
    return path.substr(folder.empty() ? 0 : folder.size() + 1);
}

/// Equal but for time and name, as pruning compares (spec/rockcraft-yaml.md §11.4, §11.5 rule 4).
bool are_alike(Entry a, Entry b) {
    for (auto* entry : {&a, &b}) {
        entry->path.clear();
        entry->link.clear();
        entry->mtime = 0;
    }
    return a == b;
}

class Placement {
public:
    Placement(const Tree& layer, const Tree& base) : layer_(layer), base_(base) {}

    Result<Tree> run() {
        for (const auto& entry : layer_.entries()) TRY_VOID(place(entry));
        TRY_VOID(check_parents());
        std::vector<Entry> entries;
        for (auto& [path, placed] : placed_) entries.push_back(std::move(placed.entry));
        add_parents(entries);
        return Tree::of(std::move(entries));
    }

private:
    struct Placed {
        Entry entry;
        std::string origin;  // its path in the layer
    };

    Result<void> place(const Entry& entry) {
        auto path = join(folder(std::string(parent_of(entry.path))), name_of(entry.path));
        if (entry.type == EntryType::folder && folder(entry.path) != path)
            return {};  // the link stays, the folder goes
        auto moved = entry;
        moved.path = path;
        const auto [known, is_new] = placed_.try_emplace(path, Placed{std::move(moved), entry.path});
        if (is_new) return {};
        if (!are_alike(known->second.entry, entry)) return conflict(path, known->second.origin, entry.path);
        // The one that was there by name decides the time.
        if (entry.path == path) known->second = {entry, entry.path};
        return {};
    }

    /// Where the layer's folder `path` lies in the result.
    const std::string& folder(const std::string& path) {
        static const std::string root;
        if (path.empty()) return root;
        if (const auto known = folders_.find(path); known != folders_.end()) return known->second;
        const std::string parent(parent_of(path));
        const auto own = join(folder(parent), name_of(path));
        const auto* entry = layer_.find(path);
        const bool is_new = is_new_below(parent) || (entry != nullptr && entry->opaque);
        if (is_new) new_.insert(path);
        return folders_.emplace(path, is_new ? own : through_link(own).value_or(own)).first->second;
    }

    /// True if nothing of the base shows through in `path`: it or a folder above it is opaque.
    bool is_new_below(const std::string& path) const { return new_.contains(path); }

    /// The folder that `path` leads to if it is a link to one.
    std::optional<std::string> through_link(const std::string& path) const {
        const auto* link = base_.find(path);
        if (link == nullptr || link->type != EntryType::symlink) return std::nullopt;
        auto target = resolve(base_, path);
        if (!target) return std::nullopt;
        const auto* end = base_.find(*target);
        const bool is_folder = target->empty() || (end != nullptr && end->type == EntryType::folder);
        return is_folder ? target : std::nullopt;
    }

    /// What was moved below something that is no folder has no place.
    Result<void> check_parents() const {
        for (const auto& [path, placed] : placed_) {
            const auto parent = placed_.find(std::string(parent_of(path)));
            if (parent != placed_.end() && parent->second.entry.type != EntryType::folder)
                return conflict(parent->first, parent->second.origin, placed.origin);
        }
        return {};
    }

    /// Folders that the moved entries lie in look as the base has them, so that the layer changes none of them.
    void add_parents(std::vector<Entry>& entries) const {
        std::set<std::string> added;
        for (const auto& [path, placed] : placed_)
            for (auto parent = parent_of(path); !parent.empty(); parent = parent_of(parent)) {
                const auto* known = base_.find(parent);
                if (placed_.contains(std::string(parent)) || known == nullptr || known->type != EntryType::folder)
                    continue;
                if (added.emplace(parent).second) entries.push_back(*known);
            }
    }

    static std::unexpected<Diagnostic> conflict(const std::string& path, const std::string& first,
                                                const std::string& second) {
        return fail("RB0710",
                    fmt::format("'{}' and '{}' differ, but both belong at '{}' in the image", first, second, path),
                    fmt::format("the base's links lead both to one place: keep one of them with the part's `prime`"));
    }

    const Tree& layer_;
    const Tree& base_;
    std::map<std::string, Placed> placed_;
    std::unordered_map<std::string, std::string> folders_;
    std::set<std::string> new_;
};

}  // namespace

Result<Tree> place_over(const Tree& layer, const Tree& base) { return Placement(layer, base).run(); }

}  // namespace rockbuild
