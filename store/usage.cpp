// A blob is what it is first reached as: the walk begins at those who say most about what they mention.
#include "store/usage.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace rockbuild {

namespace {

enum Kind : std::uint8_t {
    results,
    notes,
    trees,
    contents,
    packages,
    layers,
    base_files,
    toolchain_files,
    step_logs,
    other_facts,
    unreferenced,
    checkouts,
    tool_caches,
    git_mirrors,
    apt_state,
    run_logs,
    scratch,
    kinds,
};

constexpr std::array<std::string_view, kinds> names{
    "results",     "notes",       "trees",     "step contents", "packages",     "layers",
    "bases",       "toolchains",  "step logs", "facts",         "unreferenced", "checkouts",
    "tool caches", "git mirrors", "apt",       "logs",          "scratch",
};

Kind kind_of(StoreFolder::Kind kind) {
    switch (kind) {
        case StoreFolder::Kind::checkout:
            return checkouts;
        case StoreFolder::Kind::tool_cache:
            return tool_caches;
        case StoreFolder::Kind::git_mirror:
            return git_mirrors;
        case StoreFolder::Kind::apt_state:
            return apt_state;
        case StoreFolder::Kind::log:
            return run_logs;
        case StoreFolder::Kind::scratch:
            return scratch;
    }
    return scratch;
}

bool begins(const StoreItem& note, std::string_view with) { return note.note.starts_with(with); }

class Sorting {
public:
    explicit Sorting(const Inventory& inventory) : inventory_(inventory), kinds_(inventory.items().size()) {
        const auto& items = inventory.items();
        for (std::size_t i = 0; i < items.size(); ++i) {
            if (items[i].type == StoreItem::Type::result) take_result(i, items[i]);
            if (items[i].type == StoreItem::Type::note) kinds_[i] = notes;
        }
        from_notes(
            [](const auto& note) { return begins(note, "pebble/") || begins(note, "go/") || begins(note, "node/"); },
            toolchain_files, other_facts);
        follow(base_roots_, base_files, other_facts);
        from_notes([](const auto& note) { return begins(note, "resolution/"); }, contents, packages);
        from_notes([](const auto&) { return true; }, contents, other_facts);
        std::vector<std::uint32_t> all;
        for (std::uint32_t i = 0; i < items.size(); ++i)
            if (kinds_[i] == results) all.push_back(i);
        follow(all, contents, other_facts);
    }

    Kind operator[](std::size_t item) const { return kinds_[item].value_or(unreferenced); }

private:
    void take_result(std::size_t index, const StoreItem& item) {
        kinds_[index] = results;
        const auto result = parse_result(item.text);
        if (!result) return;
        const auto mark = [&](const Digest& digest, Kind kind) {
            if (const auto blob = inventory_.blob(digest); blob && !kinds_[*blob]) kinds_[*blob] = kind;
        };
        if (result->log) mark(*result->log, step_logs);
        if (const auto layer = result->values.find("digest"); layer != result->values.end())
            if (const auto digest = Digest::parse(layer->second); digest && result->values.contains("diff_id"))
                mark(*digest, layers);
        if (result->trees.contains("root") && result->values.contains("packages"))
            if (const auto root = inventory_.blob(result->trees.at("root"))) {
                kinds_[*root] = trees;
                base_roots_.push_back(*root);
            }
    }

    template <class Wanted>
    void from_notes(const Wanted& wanted, Kind files, Kind others) {
        std::vector<std::uint32_t> roots;
        const auto& items = inventory_.items();
        for (std::uint32_t i = 0; i < items.size(); ++i)
            if (items[i].type == StoreItem::Type::note && wanted(items[i])) roots.push_back(i);
        follow(roots, files, others);
    }

    /// What nobody has reached before becomes `files` if it is a tree's, a tree if it is one, else `others` if it is
    /// mentioned by a blob, else a fact.
    void follow(const std::vector<std::uint32_t>& roots, Kind files, Kind others) {
        const auto& items = inventory_.items();
        inventory_.walk(
            roots,
            [&](std::uint32_t item, std::uint32_t by, bool as_file) {
                if (items[item].type != StoreItem::Type::blob || kinds_[item]) return false;
                const bool by_blob = items[by].type == StoreItem::Type::blob;
                kinds_[item] = as_file ? files : by_blob ? others : other_facts;
                return !as_file;
            },
            [&](std::uint32_t item, const Mentions& mentions) {
                if (mentions.is_tree) kinds_[item] = trees;
            });
    }

    const Inventory& inventory_;
    std::vector<std::optional<Kind>> kinds_;
    std::vector<std::uint32_t> base_roots_;
};

}  // namespace

StoreUsage measure_store(const Inventory& inventory, const std::vector<StoreFolder>& folders) {
    StoreUsage usage;
    for (const auto name : names) usage.kinds.emplace_back(name, StoreUsage::Amount{});
    const auto add = [&](Kind kind, std::uint64_t count, std::uint64_t bytes) {
        usage.kinds[kind].second.count += count;
        usage.kinds[kind].second.bytes += bytes;
        usage.bytes += bytes;
    };
    const Sorting sorting(inventory);
    for (std::size_t i = 0; i < inventory.items().size(); ++i) add(sorting[i], 1, inventory.items()[i].bytes);
    for (const auto& folder : folders) add(kind_of(folder.kind), 1, folder.bytes);
    return usage;
}

}  // namespace rockbuild
