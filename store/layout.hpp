// Where the store's things lie below its folder; the layout is told on top of store/store.cpp.
#pragma once

#include "support/digest.hpp"

#include <filesystem>
#include <string>

namespace rockbuild {

inline std::string sharded(const Digest& digest) {
    const auto hex = digest.hex();
    return hex.substr(0, 2) + "/" + hex.substr(2);
}

inline std::filesystem::path blob_path(const std::filesystem::path& root, const Digest& digest) {
    return root / "blobs" / sharded(digest);
}

inline std::filesystem::path result_path(const std::filesystem::path& root, const Digest& key) {
    return root / "results" / sharded(key);
}

}  // namespace rockbuild
