// All that lies in a store, and what mentions what. Everything in a store is named by a digest: a blob by that of its
// bytes, a result by its key, a note by the digest that its name ends with. So "A mentions B" is one question for all
// kinds, those to come too: does B's name stand in A, as 64 hex digits or as 32 bytes? The only blobs that are not
// asked are the files of trees.
#pragma once

#include "store/store.hpp"
#include "system/id_space.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct StoreItem {
    enum class Type : std::uint8_t { blob, result, note };
    Type type = Type::blob;
    Digest name;                 // of a note whose name ends with none: of its name
    std::string note;            // a note's whole name
    std::filesystem::path path;  // of notes; the others' follow from their names
    std::uint64_t bytes = 0;     // on the disk
    std::int64_t used = 0;       // when it was last of use; of a blob: when it was written
    std::string text;            // of notes and results
};

/// What a blob, a result or a note mentions.
struct Mentions {
    bool is_tree = false;              // of a blob: all that is mentioned are its files
    std::vector<std::uint32_t> items;  // indices of the inventory
    std::vector<Digest> missing;       // files of a tree that aren't there
};

class Inventory {
public:
    static Result<Inventory> read(const Store& store);

    const std::vector<StoreItem>& items() const { return items_; }
    std::filesystem::path path(const StoreItem& item) const;
    /// All items of that name: a blob and a note may share one.
    std::vector<std::uint32_t> named(const Digest& name) const;
    std::optional<std::uint32_t> blob(const Digest& digest) const;
    /// Thread-safe. Bytes that can't be read mention nothing.
    Mentions mentions(const StoreItem& item) const;
    /// The digests that stand in a text.
    static std::vector<Digest> digests_in(std::string_view text);

    /// Goes on from `from` to all that is mentioned, each item once. `reach` is told of an item, and whether it was
    /// reached as a file of a tree; it says whether to go there. Items are read by as many threads as there are cores.
    using Reach = std::function<bool(std::uint32_t item, std::uint32_t by, bool as_file)>;
    using Tell = std::function<void(std::uint32_t item, const Mentions& mentions)>;
    void walk(std::vector<std::uint32_t> from, const Reach& reach, const Tell& tell = {}) const;

private:
    Result<void> add_sharded(const std::filesystem::path& folder, StoreItem::Type type);
    Result<void> add_notes(const std::filesystem::path& folder);
    void add_names(std::string_view bytes, std::vector<std::uint32_t>& found) const;

    std::filesystem::path root_;
    std::vector<StoreItem> items_;  // sorted by name
    std::vector<bool> prefixes_;    // which first three bytes names have
};

/// A folder of the store, or beside it in the cache, that is there or goes as a whole.
struct StoreFolder {
    enum class Kind : std::uint8_t { checkout, tool_cache, git_mirror, apt_state, log, scratch };
    Kind kind;
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::uint64_t files = 0;
    std::int64_t used = 0;
    bool is_whole = true;  // no left-over of a killed run
};

/// Their sizes are measured through the id space, whoever's files they are.
Result<std::vector<StoreFolder>> store_folders(const std::filesystem::path& root, IdSpace& ids);

/// Files and bytes below a path, as text for store_folders; runs in the id space.
///
std::string measure_folder(const std::filesystem::path& path);

/// `work(i)` for all below `count`, by as many threads as there are cores.
void for_all(std::size_t count, const std::function<void(std::size_t)>& work);

}  // namespace rockbuild
