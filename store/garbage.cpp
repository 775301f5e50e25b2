// Marking: alive is what a living thing mentions (store/inventory.hpp), beginning with
//
//   - what the last runs of each project used, and the keys of its steps, as long as the project's folder exists;
//   - what was of use lately;
//   - what running containers stand on;
//   - notes of a kind that this version doesn't know. They are told, so that none is forgotten silently.
//
// Some notes are mentioned by nobody, but cost nothing beside what they name: they stay as long as that does.
//
// Removing goes from those who name to what is named: results and notes, then checkouts and caches, then blobs. So
// whatever moment a killed run ends at, nothing that is left names something that has gone. Folders get another name
// first: none is ever there by half.
#include "store/garbage.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>

namespace rockbuild {

namespace {

enum class Rule : std::uint8_t {
    project,    // alive while the project is there
    mentioned,  // by its name
    beside,     // with what it names
    always,
};

const std::map<std::string_view, Rule>& rules_of_notes() {
    static const std::map<std::string_view, Rule> rules{
        {"project", Rule::project},        // keys of a project's steps
        {"uses", Rule::project},           // what its last run used
        {"local", Rule::beside},           // how a folder's files looked
        {"local-tree", Rule::beside},      // how a folder looked
        {"fold", Rule::beside},            // the tree of a fold
        {"environment", Rule::beside},     // of build packages
        {"own-layers", Rule::beside},      // of the image, behind the parts'
        {"output", Rule::mentioned},       // the archive that was written
        {"findings", Rule::mentioned},     // that there is nothing to say of an image
        {"resolution", Rule::mentioned},   // packages by versions
        {"deb", Rule::mentioned},          // a package's files
        {"source", Rule::mentioned},       // a source's files
        {"source-file", Rule::mentioned},  // an address's bytes
        {"git", Rule::mentioned},          // a branch's commit
        {"pebble", Rule::mentioned},       // the program
        {"go", Rule::mentioned},           // a toolchain
        {"node", Rule::mentioned},         // a toolchain
        {"image-root", Rule::mentioned},   // an image's files, for `run`
        {"publish", Rule::always},         // a publication's journal
    };
    return rules;
}

std::string kind_of(const StoreItem& note) { return note.note.substr(0, note.note.find('/')); }

constexpr std::string_view project_word = "project ";

/// The folder that a `uses` note is about.
std::optional<fs::path> project_of(const StoreItem& note) {
    if (!note.text.starts_with(project_word)) return std::nullopt;
    const auto end = note.text.find('\n');
    return note.text.substr(project_word.size(), end - project_word.size());
}

class Marking {
public:
    Marking(const Inventory& inventory, const GarbageRules& rules)
        : inventory_(inventory), rules_(rules), live_(inventory.items().size()) {}

    std::vector<bool> run(std::set<std::string>& unknown) {
        std::vector<std::uint32_t> roots;
        const auto add = [&](std::uint32_t index) {
            if (!live_[index]) roots.push_back(index);
            live_[index] = true;
        };
        for (const auto& name : rules_.in_use)
            for (const auto index : inventory_.named(name)) add(index);
        // Blobs come last: those that are files of trees are then known, and needn't be asked what they mention.
        for (std::uint32_t i = 0; i < live_.size(); ++i)
            if (inventory_.items()[i].type != StoreItem::Type::blob && is_root(i, unknown)) add(i);
        follow(std::move(roots));
        roots.clear();
        for (std::uint32_t i = 0; i < live_.size(); ++i)
            if (inventory_.items()[i].type == StoreItem::Type::blob && is_young(inventory_.items()[i])) add(i);
        follow(std::move(roots));
        for (std::uint32_t i = 0; i < live_.size(); ++i)
            if (!live_[i]) live_[i] = stays_beside(inventory_.items()[i]);
        return live_;
    }

private:
    bool is_young(const StoreItem& item) const { return item.used > rules_.now - rules_.older_than; }

    void follow(std::vector<std::uint32_t> roots) {
        inventory_.walk(std::move(roots), [&](std::uint32_t item, std::uint32_t, bool as_file) {
            if (live_[item]) return false;
            live_[item] = true;
            return !as_file;
        });
    }

    bool is_root(std::uint32_t index, std::set<std::string>& unknown) const {
        const auto& item = inventory_.items()[index];
        if (is_young(item)) return true;
        if (item.type != StoreItem::Type::note) return false;
        const auto kind = kind_of(item);
        const auto rule = rules_of_notes().find(kind);
        if (rule == rules_of_notes().end()) {
            unknown.insert(kind);
            return true;
        }
        return rule->second == Rule::always || (rule->second == Rule::project && project_is_there(item));
    }

    /// A project whose folder was never written down can't be looked for: its age decides.
    bool project_is_there(const StoreItem& item) const {
        std::error_code error;
        const auto is_there = [&](const StoreItem& uses) {
            const auto folder = project_of(uses);
            return folder && fs::exists(*folder, error);
        };
        if (kind_of(item) == "uses") return is_there(item);
        const auto all = inventory_.named(item.name);
        return std::ranges::any_of(all, [&](auto index) {
            const auto& other = inventory_.items()[index];
            return other.type == StoreItem::Type::note && kind_of(other) == "uses" && is_there(other);
        });
    }

    bool stays_beside(const StoreItem& item) const {
        if (item.type != StoreItem::Type::note) return false;
        const auto rule = rules_of_notes().find(kind_of(item));
        if (rule == rules_of_notes().end() || rule->second != Rule::beside) return false;
        auto names = Inventory::digests_in(item.text);
        // The first word of a local-tree note is how the folder looked.
        if (kind_of(item) == "local-tree" && !names.empty()) names.erase(names.begin());
        return !names.empty() && std::ranges::all_of(names, [&](const auto& name) {
            const auto blob = inventory_.blob(name);
            return blob && live_[*blob];
        });
    }

    const Inventory& inventory_;
    const GarbageRules& rules_;
    std::vector<bool> live_;
};

bool goes(const StoreFolder& folder, const Inventory& inventory, const std::vector<bool>& live,
          const std::set<Digest>& stood_on, const GarbageRules& rules) {
    if (!folder.is_whole || folder.kind == StoreFolder::Kind::scratch) return true;
    const bool is_old = folder.used <= rules.now - rules.older_than;
    if (folder.kind != StoreFolder::Kind::checkout) return is_old;
    constexpr std::size_t hex_digits = 64;
    const auto tree = Digest::from_hex(folder.path.filename().native().substr(0, hex_digits));
    if (!tree) return true;
    if (stood_on.contains(*tree)) return false;
    const auto blob = inventory.blob(*tree);
    return is_old || !blob || !live[*blob];
}

/// A name under which nobody looks for a folder, and gc finds it again.
Result<fs::path> put_aside(const StoreFolder& folder) {
    if (!folder.is_whole) return folder.path;
    auto aside = folder.path;
    if (folder.kind != StoreFolder::Kind::checkout && folder.kind != StoreFolder::Kind::tool_cache) return aside;
    aside += ".partial";
    if (::rename(folder.path.c_str(), aside.c_str()) != 0) return system_error("rename", folder.path, errno);
    return aside;
}

Result<void> remove_folder(Store& store, IdSpace& ids, const StoreFolder& folder) {
    using Kind = StoreFolder::Kind;
    if (folder.kind == Kind::git_mirror || folder.kind == Kind::apt_state) {
        // These are all ours: what becomes of a temporary folder is seen to.
        const auto aside = TRY(store.temporary());
        if (::rename(folder.path.c_str(), (aside.path() / "gone").c_str()) != 0)
            return system_error("rename", folder.path, errno);
    } else {
        TRY(ids.call("remove\n" + TRY(put_aside(folder)).native()));
    }
    auto lock = folder.path;
    lock += ".lock";
    if (folder.kind != Kind::scratch) ::unlink(lock.c_str());
    return {};
}

}  // namespace

std::string uses_text(const fs::path& project, const std::vector<Digest>& uses) {
    auto text = fmt::format("{}{}\n", project_word, project.native());
    for (const auto& use : uses) text += use.hex() + "\n";
    return text;
}

std::vector<Digest> read_uses(const std::string& text) {
    return Inventory::digests_in(std::string_view(text).substr(std::min(text.find('\n'), text.size())));
}

Garbage find_garbage(const Inventory& inventory, const std::vector<StoreFolder>& folders, const GarbageRules& rules) {
    Garbage garbage;
    const auto live = Marking(inventory, rules).run(garbage.unknown);
    std::set<Digest> stood_on;
    for (const auto& name : rules.in_use)
        for (const auto index : inventory.named(name))
            for (const auto mentioned : inventory.mentions(inventory.items()[index]).items)
                stood_on.insert(inventory.items()[mentioned].name);
    const auto& items = inventory.items();
    for (std::uint32_t i = 0; i < items.size(); ++i) {
        if (live[i]) continue;
        garbage.items.push_back(i);
        garbage.bytes += items[i].bytes;
        using Type = StoreItem::Type;
        ++(items[i].type == Type::blob     ? garbage.blobs
           : items[i].type == Type::result ? garbage.results
                                           : garbage.notes);
    }
    std::ranges::stable_sort(garbage.items, std::greater(), [&](auto index) { return items[index].type; });
    for (const auto& folder : folders)
        if (goes(folder, inventory, live, stood_on, rules)) {
            garbage.folders.push_back(folder);
            garbage.bytes += folder.bytes;
        }
    return garbage;
}

Result<void> remove_garbage(Store& store, IdSpace& ids, const Inventory& inventory, const Garbage& garbage) {
    bool folders_went = false;
    const auto remove_folders = [&]() -> Result<void> {
        if (std::exchange(folders_went, true)) return {};
        for (const auto& folder : garbage.folders) TRY_VOID(remove_folder(store, ids, folder));
        return {};
    };
    for (const auto index : garbage.items) {
        const auto& item = inventory.items()[index];
        if (item.type == StoreItem::Type::blob) TRY_VOID(remove_folders());
        const auto path = inventory.path(item);
        if (::unlink(path.c_str()) != 0 && errno != ENOENT) return system_error("remove", path, errno);
    }
    return remove_folders();
}

}  // namespace rockbuild
