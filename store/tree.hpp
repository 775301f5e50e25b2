// A file tree as a value (DESIGN.md §3.2): a sorted list of entries whose contents lie in the store. A *delta* is a
// tree too: it says what to lay over another one, with whiteouts and opaque folders for what goes.
//
// Ownership, modes and times live here, not on the disk. All functions below are pure.
#pragma once

#include "support/digest.hpp"
#include "support/relpath.hpp"

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

enum class EntryType : std::uint8_t {
    // These numbers are on disk: never renumber, only add.
    folder = 1,
    file = 2,
    symlink = 3,
    character_device = 4,
    block_device = 5,
    fifo = 6,
    whiteout = 7,  // deltas only: the path below goes
};

struct Entry {
    std::string path;  // as RelPath spells it; bytes; never empty (a tree has no entry for its root)
    EntryType type = EntryType::file;
    std::uint32_t mode = 0644;  // permission bits with setuid, setgid, sticky: 07777
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::int64_t mtime = 0;                     // whole seconds since 1970
    std::map<std::string, std::string> xattrs;  // security.capability is always version 2 here
    std::uint64_t size = 0;                     // files
    Digest digest;                              // files: of the content
    std::string target;                         // symlinks: as it stands
    std::uint32_t major = 0;                    // devices
    std::uint32_t minor = 0;
    /// Files with the same non-empty `link` and the same digest, owner and mode are names of one inode. It is the
    /// smallest path of the group when the tree was read.
    std::string link;
    bool opaque = false;  // folders in deltas: what lies below in the lower tree goes first

    bool operator==(const Entry&) const = default;
};

/// The order of paths in a tree: component by component, each as bytes. So `/` counts as the lowest byte, and what lies
/// below a folder follows it at once: `lib`, `lib/x`, `lib-old` (plain byte order would put `lib-old` in between).
bool path_less(std::string_view a, std::string_view b);

/// Entries sorted by path_less, each path once, each parent a folder that is present before its children.
class Tree {
public:
    Tree() = default;
    /// Sorts; of two entries with one path the later one stays; missing parents are made (root:root 0755, time 0);
    /// what lies below an entry that is no folder is dropped. Fields that mean nothing for an entry's type get their
    /// canonical value (a symlink's mode is 0777, a whiteout has no owner), so that equal trees have equal bytes.
    static Tree of(std::vector<Entry> entries);

    const std::vector<Entry>& entries() const { return entries_; }
    bool empty() const { return entries_.empty(); }
    std::size_t size() const { return entries_.size(); }
    const Entry* find(std::string_view path) const;  // null if absent
    /// The entries at and below `folder`, as a range of entries().
    std::pair<std::size_t, std::size_t> range(std::string_view folder) const;
    bool operator==(const Tree&) const = default;

    /// Canonical bytes: equal trees, equal bytes. First byte: format version.
    std::string encode() const;
    /// RB0210 for bytes that encode() did not make.
    static Result<Tree> decode(std::string_view bytes);
    Digest digest() const { return sha256(encode()); }

private:
    std::vector<Entry> entries_;
};

/// `lower` with `delta` laid over it, as overlayfs shows it: whiteouts and opaque folders take effect and vanish.
Tree apply(const Tree& lower, const Tree& delta);
/// The delta that is `first` and then `second` over any lower: whiteouts stay. fold(a, fold(b, c)) = fold(fold(a, b),
/// c).
Tree fold(const Tree& first, const Tree& second);
/// The smallest delta with apply(before, delta) == after. A folder is opaque in it where it takes the place of
/// something that was no folder.
Tree difference(const Tree& before, const Tree& after);
/// The entries below `folder`, their paths relative to it.
Tree subtree(const Tree& tree, std::string_view folder);
/// All of `tree` moved below `folder`; its parents are made (root:root 0755, time 0).
Tree below(const Tree& tree, std::string_view folder);
/// The entries that `keep` wants, and the parents these need.
Tree filter(const Tree& tree, const std::function<bool(const Entry&)>& keep);
/// What a path leads to inside the tree: symlinks of its folders (and of the last component if `follow_last`) resolved
/// as in a chroot. None if a component is missing or there are more than 40 links.
std::optional<std::string> resolve(const Tree& tree, std::string_view path, bool follow_last = true);

}  // namespace rockbuild
