// What must be known of a manifest or an index to carry it: types, references, subject. The bytes themselves are never
// written anew.
#pragma once

#include "registry/content_digest.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct ContentReference {
    std::string media_type;
    ContentDigest digest;
    std::uint64_t size = 0;
    bool is_foreign = false;  // registries need not have it: it is fetched from elsewhere
    // Of an index's entry, as OCI has them; empty where it doesn't say.
    std::string artifact_type;
    std::string os;
    std::string architecture;
    std::string variant;
};

struct ManifestFacts {
    std::string media_type;
    bool is_index = false;
    std::string artifact_type;  // its own, else its config's media type
    std::optional<ContentDigest> subject;
    std::vector<ContentReference> blobs;      // config, then layers
    std::vector<ContentReference> manifests;  // of an index
    std::string annotations;                  // JSON; empty: none
};

bool is_index_type(std::string_view media_type);
bool is_manifest_type(std::string_view media_type);

/// RB1520 (exit 65; the reason in the message) for what is no manifest or index. `content_type` is what it was declared
/// as; empty: not said.
Result<ManifestFacts> read_manifest_facts(std::string_view bytes, std::string_view content_type);

}  // namespace rockbuild
