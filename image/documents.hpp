// The four JSON documents of an OCI image layout as values: index, manifest, config, and the layout's mark. Written in
// a fixed key order without white space, so that equal values are equal bytes; read strictly, because they come from
// anyone.
#pragma once

#include "image/image.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace media_type {
constexpr std::string_view oci_index = "application/vnd.oci.image.index.v1+json";
constexpr std::string_view oci_manifest = "application/vnd.oci.image.manifest.v1+json";
constexpr std::string_view oci_config = "application/vnd.oci.image.config.v1+json";
constexpr std::string_view docker_index = "application/vnd.docker.distribution.manifest.list.v2+json";
constexpr std::string_view docker_manifest = "application/vnd.docker.distribution.manifest.v2+json";
}  // namespace media_type

/// The annotation that carries a tag in index.json (OCI image spec, annotations).
constexpr std::string_view ref_name = "org.opencontainers.image.ref.name";

struct ImagePlatform {
    std::string os;
    std::string architecture;  // as OCI has it
    std::string variant;
};

struct IndexEntry {
    Descriptor descriptor;
    std::optional<ImagePlatform> platform;
    std::string tag;  // ref.name; empty: none
};

struct Manifest {
    Descriptor config;
    std::vector<Descriptor> layers;
    std::map<std::string, std::string> annotations;
};

/// What of a config the program needs to know.
struct Config {
    ImagePlatform platform;
    std::vector<Digest> diff_ids;
    std::vector<std::string> created_by;  // of each layer; empty strings where the history says nothing
};

/// RB0704 if a text is not UTF-8, which JSON can't carry.
Result<std::string> config_json(const ImageDescription& description);
Result<std::string> manifest_json(const Manifest& manifest);
Result<std::string> index_json(const IndexEntry& image);
std::string layout_json();

/// RB0722 (exit 65) for what is not such a document; `name` says where the text is from. Nesting and counts are
/// bounded; the caller bounds the text's size.
Result<std::vector<IndexEntry>> read_index(std::string_view text, std::string_view name);
Result<Manifest> read_manifest(std::string_view text, std::string_view name);
Result<Config> read_config(std::string_view text, std::string_view name);

}  // namespace rockbuild
