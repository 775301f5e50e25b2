// Tars that no good program would write, and layouts made by hand.
#pragma once

#include "image/archive_stream.hpp"
#include "image/tar_header.hpp"
#include "unit/image/fixture.hpp"

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace rockbuild::test {

using Members = std::vector<std::pair<TarMember, std::string>>;

inline TarMember member(std::string name, TarMember::Type type = TarMember::Type::file, std::string target = {}) {
    return {.name = std::move(name), .type = type, .target = std::move(target)};
}

/// Each member's size is its content's.
inline std::string tar_of(Members members) {
    std::string bytes;
    for (auto& [head, content] : members) {
        head.size = content.size();
        bytes += get(tar_header(head)) + content;
        bytes.resize(tar_padded(bytes.size()));
    }
    return bytes + std::string(1024, '\0');
}

/// Gives the bytes in parts of `step`.
inline ByteSource source_of(std::string bytes, std::size_t step = 1000) {
    auto all = std::make_shared<std::string>(std::move(bytes));
    return [all, step, at = std::size_t{0}]() mutable -> Result<std::string_view> {
        const auto part = std::string_view(*all).substr(std::min(at, all->size()), step);
        at += part.size();
        return part;
    };
}

/// What `program` (a filter of the shell) makes of `bytes`.
inline std::string filtered(const Scratch& scratch, const std::string& program, std::string_view bytes) {
    const auto path = scratch.folder.path() / "filtered";
    get(write_file(path, bytes));
    return run(program + " < " + path.native());
}

/// A layout in a folder, whose documents are what the test says.
class Layout {
public:
    explicit Layout(const fs::path& path) : path_(path) {
        get(make_folders(path / "blobs/sha256"));
        get(write_file(path / "oci-layout", R"({"imageLayoutVersion":"1.0.0"})"));
    }
    const fs::path& path() const { return path_; }

    /// A descriptor's JSON.
    std::string blob(std::string_view bytes, const std::string& type, const std::string& more = {}) {
        const auto digest = sha256(bytes);
        get(write_file(path_ / "blobs/sha256" / digest.hex(), bytes));
        return R"({"mediaType":")" + type + R"(","digest":")" + digest.str() + R"(","size":)" +
               std::to_string(bytes.size()) + more + "}";
    }
    /// An image's descriptor; layers are (blob, diff ID, media type).
    struct LayerBlob {
        std::string bytes;
        Digest diff_id;
        std::string type = "application/vnd.oci.image.layer.v1.tar+gzip";
    };
    std::string image(const std::vector<LayerBlob>& layers, const std::string& more = {}, bool docker = false) {
        std::string diff_ids, descriptors;
        for (const auto& layer : layers) {
            if (!diff_ids.empty()) diff_ids += ",", descriptors += ",";
            diff_ids += "\"" + layer.diff_id.str() + "\"";
            descriptors += blob(layer.bytes, layer.type);
        }
        const auto config = blob(
            R"({"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[)" + diff_ids + "]}}",
            docker ? "application/vnd.docker.container.image.v1+json" : "application/vnd.oci.image.config.v1+json");
        return blob(R"({"schemaVersion":2,"config":)" + config + R"(,"layers":[)" + descriptors + "]}",
                    docker ? "application/vnd.docker.distribution.manifest.v2+json"
                           : "application/vnd.oci.image.manifest.v1+json",
                    more);
    }
    static std::string tag(const std::string& name) {
        return R"(,"annotations":{"org.opencontainers.image.ref.name":")" + name + "\"}";
    }
    static std::string index_of(const std::string& manifests) {
        return R"({"schemaVersion":2,"manifests":[)" + manifests + "]}";
    }
    void index(const std::string& manifests) { get(write_file(path_ / "index.json", index_of(manifests))); }

private:
    fs::path path_;
};

}  // namespace rockbuild::test
