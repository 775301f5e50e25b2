// What a container needs of an image: its root file system as a tree in the store, and what its config says about the
// process (OCI image spec, config).
#pragma once

#include "store/store.hpp"
#include "store/tree.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct ImageConfig {
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;
    std::vector<std::string> environment;  // "K=V"
    std::string user;
    std::string working_dir;
};

struct ImageRoot {
    Digest manifest;
    Digest root;  // of `tree`, which lies in the store
    std::shared_ptr<const Tree> tree;
    ImageConfig config;
};

/// Reads the image at `reference` (as ImageReader does). What was unpacked once is found again by the manifest's
/// digest.
Result<ImageRoot> read_image_root(Store& store, const std::string& reference);

/// RB1159 (exit 65) when it is no JSON object or a field is of another kind.
Result<ImageConfig> read_image_config(std::string_view json);

/// Who the process is.
struct ContainerUser {
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::vector<std::uint32_t> groups;
    std::string home = "/";
};

/// `user` as image configs spell it (USER, UID, USER:GROUP, UID:GID; empty: root) looked up in the image's own
/// /etc/passwd and /etc/group. RB1154 for a name that isn't there.
Result<ContainerUser> find_user(const Store& store, const Tree& root, const std::string& user);

/// The text of a small file of the image, links followed; none if there is no such file.
Result<std::optional<std::string>> image_file(const Store& store, const Tree& root, std::string_view path);

}  // namespace rockbuild
