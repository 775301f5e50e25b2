// Is all there, and as it was? `rockbuild store verify`.
#pragma once

#include "store/inventory.hpp"

namespace rockbuild {

struct StoreProblem {
    enum class Kind : std::uint8_t { damaged, missing, unreadable, changed };
    Kind kind = Kind::damaged;  // a blob's bytes; a blob; a result; a checkout
    std::string name;           // sha256:…; of a result its key; of a checkout its folder
    /// Where it is needed, as "tree sha256:…: path" or "result …"; at most ten, then their number.
    std::vector<std::string> needed_by;
};

struct StoreVerdict {
    std::uint64_t blobs = 0, bytes = 0, trees = 0, results = 0, checkouts = 0;
    std::vector<StoreProblem> problems;
    // What stands on what is damaged or missing, and has to go with it. Indices of the inventory; those who name come
    // before what they name.
    std::vector<std::uint32_t> items;
    std::vector<StoreFolder> folders;
};

/// Hashes every blob, decodes every tree that somebody names, looks for everything that results and trees name, and
/// compares how the files of checkouts look.
Result<StoreVerdict> verify_store(const Store& store, IdSpace& ids, const Inventory& inventory,
                                  const std::vector<StoreFolder>& folders);

/// How the files below `folder` differ from their tree's, by looks: a line for each of the first few. Runs in the id
/// space.
std::string compare_folder(const Tree& tree, const std::filesystem::path& folder);

}  // namespace rockbuild
