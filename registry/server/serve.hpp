// The embedded registry as one call: checks that what is asked for is safe, opens the storage, answers until stopped.
#pragma once

#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>

namespace rockbuild {

struct ServeOptions {
    std::string listen = "127.0.0.1:5000";  // address and port; port 0: a free one
    std::filesystem::path data;
    std::optional<std::filesystem::path> passwords;  // an htpasswd file
    bool read_only = false;
    bool require_blobs = false;                        // refuse manifests whose blobs haven't come
    std::optional<std::filesystem::path> certificate;  // with `key`
    std::optional<std::filesystem::path> key;
    std::uint64_t largest_blob = 0;  // bytes; 0: no limit
    std::uint64_t quota = 0;         // bytes of all blobs and uploads; 0: no limit
    unsigned threads = 4;
};

/// `ready` gets the address as `http://HOST:PORT`; `log` a JSON line a request. Returns when `stop` is raised and the
/// requests under way have ended (they have ten seconds). RB1532 (exit 64): an address that others reach needs a
/// password file or read-only mode.
Result<void> serve_registry(const ServeOptions& options, const std::function<void(const std::string&)>& ready,
                            const std::function<void(const std::string&)>& log, const std::stop_token& stop);

}  // namespace rockbuild
