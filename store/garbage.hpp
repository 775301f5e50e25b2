// What of a store can be used again, and taking away the rest: `rockbuild store gc`.
#pragma once

#include "store/inventory.hpp"

#include <set>

namespace rockbuild {

struct GarbageRules {
    std::int64_t now = 0;
    std::int64_t older_than = 0;  // seconds: what was of use since then stays, whoever needs it
    std::vector<Digest> in_use;   // names that somebody stands on now: images of running containers
};

struct Garbage {
    std::vector<std::uint32_t> items;  // of the inventory, in the order in which they must go
    std::vector<StoreFolder> folders;
    std::set<std::string> unknown;  // kinds of notes that this version doesn't know; all of them stay
    std::uint64_t bytes = 0;
    std::uint64_t blobs = 0, results = 0, notes = 0;
};

/// The note of what a project's last run used, as text: `project` first, so that the folder's end is noticed.
std::string uses_text(const std::filesystem::path& project, const std::vector<Digest>& uses);
/// The uses that such a text names.
std::vector<Digest> read_uses(const std::string& text);

/// Pure in what it is given, but for a look whether the projects' folders are there.
Garbage find_garbage(const Inventory& inventory, const std::vector<StoreFolder>& folders, const GarbageRules& rules);

/// Removes it. `store` is open alone. Killed at any moment it leaves a valid store.
Result<void> remove_garbage(Store& store, IdSpace& ids, const Inventory& inventory, const Garbage& garbage);

}  // namespace rockbuild
