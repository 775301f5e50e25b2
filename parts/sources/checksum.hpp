// `source-checksum`: ALGORITHM/DIGEST (spec/parts-lifecycle.md §2).
#pragma once

#include "project/project.hpp"
#include "store/store.hpp"
#include "support/digest.hpp"

#include <optional>
#include <string>

namespace rockbuild {

struct Checksum {
    std::string algorithm;  // as Python's hashlib names it: sha256, sha3_256, blake2b …
    std::string hex;        // small letters
    Span span;

    /// The store's own kind of digest, if it is one.
    std::optional<Digest> sha256() const;
};

/// RB1073 for an algorithm that there isn't or a digest that it can't give.
Result<Checksum> parse_checksum(const PlacedText& text);

/// RB1072, with both digests, if the blob `file` has another one. `source` is for the message.
Result<void> verify_checksum(const Store& store, const Digest& file, const Checksum& expected,
                             const std::string& source);

}  // namespace rockbuild
