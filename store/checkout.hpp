// Between trees and folders: a tree as files on the disk for a step to stand on, and what a step or a user wrote as a
// tree again. Files are copies, never links into the store.
#pragma once

#include "store/store.hpp"
#include "store/tree.hpp"
#include "system/id_space.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// The handler for IdSpace::open in every program that uses checkouts.
Result<std::string> checkout_worker(std::string_view request);

/// Reads a user's folder; see read_local.
struct LocalRead {
    std::filesystem::path folder;
    std::vector<std::string> ignore;  // globs of top-level names: "*.rock", ".craft"
};

/// Trees on disk, kept by digest and id map and shared between runs. Safe to use from several threads and processes:
/// each checkout is made once, under a lock.
class Checkouts {
public:
    Checkouts(Store& store, IdSpace& ids) : store_(store), ids_(ids) {}

    /// The folder that holds `tree` (by digest), made if need be: owners through the id map, modes, times, xattrs, hard
    /// links; devices only where mknod is allowed, else left out. Nobody may write there: it serves as an overlay's
    /// lower.
    Result<std::filesystem::path> folder(const Digest& tree);

    /// Writes `tree` into `folder`, which is empty and from now on its owner's to write: a copy of their own for those
    /// who can have no overlay.
    Result<void> copy(const Tree& tree, const std::filesystem::path& folder);

    /// What a step wrote: an overlay's upper side (spec/build-environment.md §5) over `lower`, as the smallest delta.
    /// Entries that equal `lower` are no change; times of new entries are `time`; overlay attributes are dropped; a
    /// version 3 capability becomes version 2.
    Result<Tree> read_upper(const std::filesystem::path& upper, const Tree& lower, std::int64_t time);

    /// Any folder made by steps, whole, with owners through the id map.
    Result<Tree> read_folder(const std::filesystem::path& folder, std::int64_t time);

    /// Removes a folder that steps wrote into.
    Result<void> remove(const std::filesystem::path& folder);

    /// The store's folder for what tools cache, of this id map: steps may write below it, and what they write stays.
    /// Who works there holds `caches_lock` shared.
    Result<std::filesystem::path> caches();
    std::filesystem::path caches_lock() const;
    /// Empties the caches of all id maps, when nobody works there any more; `wait` is called if somebody does.
    Result<void> remove_caches(const std::function<void()>& wait);

private:
    Store& store_;
    IdSpace& ids_;
};

/// A user's folder as a tree in the store: owners become root:root, times become `time`, modes keep their bits; sockets
/// are left out. Contents whose (device, inode, size, mtime, ctime) are known from an earlier reading are not read
/// again, unless the times are too fresh to be trusted; of a folder in which all looks the same, nothing but the looks
/// is read. RB0220 if the folder can't be read.
Result<Digest> read_local(Store& store, const LocalRead& request, std::int64_t time);

struct LocalFile {
    Blob content;
    std::uint32_t mode = 0;  // permission bits
};

/// A user's file, with the same memory. None if it isn't there, or is no file.
Result<std::optional<LocalFile>> read_local_file(Store& store, const std::filesystem::path& path);

}  // namespace rockbuild
