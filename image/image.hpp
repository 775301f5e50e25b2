// An OCI image: config, manifest, annotations, and the archive that carries it (OCI image spec; what rockcraft sets and
// its known faults: spec/rockcraft-yaml.md §11).
#pragma once

#include "image/layer.hpp"
#include "store/store.hpp"
#include "support/arch.hpp"

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild {

struct ImageDescription {
    Arch arch{};
    std::string created;  // RFC 3339, UTC
    std::vector<std::pair<std::string, std::string>> environment;
    std::vector<std::string> entrypoint;
    std::vector<std::string> command;
    std::string user;
    std::string working_dir;
    std::map<std::string, std::string> labels;       // of the config
    std::map<std::string, std::string> annotations;  // of the manifest
    std::vector<Layer> layers;                       // lowest first
};

struct Descriptor {
    std::string media_type;
    Digest digest;
    std::uint64_t size = 0;
};

/// Writes config and manifest into the store and returns the manifest's descriptor. Same description, same bytes.
Result<Descriptor> write_image(Store& store, const ImageDescription& description);

/// Writes the image as an OCI archive (an uncompressed tar of an OCI layout, members sorted, times 0) to `path`,
/// atomically. `tag` becomes org.opencontainers.image.ref.name in index.json only. Exit 73 when it can't be written.
Result<void> write_archive(const Store& store, const Descriptor& manifest, const std::string& tag,
                           const std::filesystem::path& path);

/// A tag that registries take, from a version: `:`, `+`, `~` become `-`; a leading `.` or `-` gets `v` before it; cut
/// at 128 characters (spec/rockcraft-yaml.md §19.17).
std::string legal_tag(const std::string& version);

}  // namespace rockbuild
