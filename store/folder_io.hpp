// Trees written to and read from folders, in whatever id space the caller runs in. The callers are store/checkout.cpp
// (as root or in a user namespace) and store/local.cpp (a user's own files).
#pragma once

#include "store/store.hpp"
#include "store/tree.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>

#include <sys/stat.h>

namespace rockbuild {

/// Writes `tree` below `folder`, which must be empty and nobody else's: contents are copied, owners, modes, times,
/// attributes and hard links set. Devices that may not be made here are left out. RB0221 for a tree whose entries lie
/// below something that is no folder.
Result<void> write_folder(const Store& store, const Tree& tree, const fs::path& folder);

struct FolderReading {
    std::int64_t time = 0;       // what entries get as their time
    bool overlay_marks = false;  // 0:0 devices are whiteouts, overlay attributes say opaque
    bool own_files = false;      // owners become 0:0, attributes are not read, sockets and devices are left out
    std::function<bool(const std::string& name)> ignore;  // top-level names that are left out
    /// The digest of a file whose content is known without reading; used by local.cpp.
    std::function<std::optional<Digest>(const std::string& path, const struct stat& status)> known;
    std::function<void(const std::string& path, const struct stat& status, const Digest& digest)> learned;
};

/// Reads all below `folder` into a tree, contents into the store. RB0220 names what can't be read; RB0222: a file kept
/// changing while it was read.
Result<Tree> read_folder_tree(Store& store, const fs::path& folder, const FolderReading& reading);

}  // namespace rockbuild
