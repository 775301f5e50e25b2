// A tar or zip archive of sources as a tree (spec/parts-lifecycle.md §8.1, §8.3). It comes from anyone (DESIGN.md
// §3.8): nothing is written but contents into the store, names are checked, and all that is counted is bounded.
#pragma once

#include "parts/sources/resolved.hpp"
#include "store/store.hpp"
#include "store/tree.hpp"

#include <cstdint>
#include <stop_token>

namespace rockbuild {

struct ArchiveLimits {
    std::uint64_t entries = 2'000'000;
    std::uint64_t bytes = 64ULL << 30;  // of all contents, holes included
    /// Contents may be so many times the archive's own size, once they are more than `small`.
    std::uint64_t ratio = 1000;
    std::uint64_t small = 1ULL << 30;
};

/// The files of `source.file`, an archive of kind tar or zip. RB1077 (exit 65): no such archive, damaged or cut off;
/// RB1078 (exit 65): a member that is refused, by name; RB1079 (exit 65): more than `limits`.
Result<Tree> unpack_archive(Store& store, const ResolvedSource& source, const std::stop_token& stop,
                            const ArchiveLimits& limits = {});

/// The same of a Debian package, as `dpkg-deb --extract` has it.
Result<Tree> unpack_deb_source(Store& store, const ResolvedSource& source);

}  // namespace rockbuild
