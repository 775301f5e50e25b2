// Fetching over HTTP(S): libcurl behind a narrow interface. Proxies and CA bundles come from the environment.
#pragma once

#include "support/digest.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

struct Download {
    std::string url;  // http, https, file
    std::filesystem::path to;
    std::optional<Digest> sha256;                // checked while the bytes arrive
    std::uint64_t size = 0;                      // 0: not known; else checked
    std::uint64_t most = 0;                      // bytes that are taken; 0: any number
    int tries = 4;                               // at most
    bool fresh = false;                          // caches on the way have to ask the server
    std::function<Result<void>()> arrived = {};  // called once it is whole, by fetch()'s thread; a failure ends fetch()
};

class Http {
public:
    Http() = default;
    virtual ~Http() = default;
    Http(const Http&) = delete;
    Http& operator=(const Http&) = delete;

    /// Fetches all, some at a time, each to a temporary name and renamed when whole and right. Transient failures are
    /// tried again with back-off. The first lasting failure ends the rest: RB0130 unreachable (exit 75; the message
    /// names host and reason), RB0131 an HTTP status, RB0132 a digest or size that differs (both are said), RB0134
    /// an answer larger than `most`.
    /// `progress` gets the bytes so far and the expected total (0: not known).
    virtual Result<void> fetch(const std::vector<Download>& downloads,
                               const std::function<void(std::uint64_t done, std::uint64_t total)>& progress,
                               const std::stop_token& stop) = 0;
};

/// The real one. `environment` gives the proxies and SSL_CERT_FILE or CURL_CA_BUNDLE (which the library by itself
/// ignores: spec/libraries.md §9).
std::unique_ptr<Http> make_http(const std::map<std::string, std::string>& environment);

}  // namespace rockbuild
