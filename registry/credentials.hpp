// Where users keep their passwords: Docker's config.json with its credential helpers, Podman's auth.json
// (spec/oci-distribution.md §8). Read by everything that asks a registry, written by `login` and `logout`.
#pragma once

#include "support/result.hpp"
#include "system/host.hpp"
#include "system/process.hpp"

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct Credential {
    std::string username;
    std::string secret;
    bool is_identity_token = false;  // `secret` is exchanged for tokens, never sent as a password
    std::string source;              // "the key 'ghcr.io' of /home/u/.docker/config.json": what messages may say
};

class Credentials {
public:
    Credentials(const Host& host, ProcessRunner& processes) : host_(host), processes_(processes) {}

    /// What is known for `registry` (host and port; Docker Hub under any of its names) and `repository`; the most
    /// specific key wins. RB1540: a file that is no JSON, or a helper that failed (its words in the message).
    Result<std::optional<Credential>> find(const std::string& registry, const std::string& repository) const;

    /// Keeps it: with the helper that the config names, else in the file, mode 0600. Returns where.
    Result<std::string> keep(const std::string& registry, const Credential& credential) const;
    /// False if there was nothing to forget.
    Result<bool> forget(const std::string& registry) const;

private:
    std::vector<std::filesystem::path> files() const;
    Result<std::filesystem::path> written_file(const std::string& registry) const;
    Result<std::string> ask_helper(const std::string& helper, const std::string& verb, const std::string& input) const;
    Result<std::optional<Credential>> from_helper(const std::string& helper, const std::string& registry) const;

    const Host& host_;
    ProcessRunner& processes_;
};

}  // namespace rockbuild
