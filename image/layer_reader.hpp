// A layer's tar as a delta: contents go into the store while they are read, names are checked, `.wh.` files become
// whiteouts, hard links become link groups. The tar comes from anyone (DESIGN.md §3.8): what is counted is bounded, and
// the caller checks the digests of the whole before it believes the result.
#pragma once

#include "image/archive_stream.hpp"
#include "store/store.hpp"
#include "store/tree.hpp"

#include <cstdint>
#include <string>

namespace rockbuild {

struct LayerLimits {
    std::uint64_t bytes = 0;  // of all contents, holes included
    std::uint64_t entries = 4'000'000;
};

/// Whole seconds of times, numeric owners, version 2 capabilities. Of two members with one name the later one stays; a
/// whiteout hides nothing of its own layer. RB0723 (exit 65): a name that leaves the tree, a link to what isn't there,
/// an entry below something that is no folder; RB0724 (exit 65): more than `limits`.
Result<Tree> read_layer(TarReader& tar, Store& store, const LayerLimits& limits, const std::string& name);

}  // namespace rockbuild
