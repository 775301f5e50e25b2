// Reading images that anyone made: `x.rock` (OCI archive), `oci:DIR[:TAG]` (OCI layout). Every blob is checked against
// its digest; archive members and layer entries can't reach outside (DESIGN.md §3.8).
#pragma once

#include "image/image.hpp"
#include "store/store.hpp"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace rockbuild {

struct ReadLayer {
    Descriptor descriptor;
    Digest diff_id;
    std::string created_by;
};

struct UnpackedLayer {
    Tree delta;  // `.wh.` files as whiteouts
    std::uint64_t uncompressed_size = 0;
};

class ImageReader {
public:
    /// RB0720: not an image (exit 65), says what was looked for; RB0721: several images and no tag chosen (lists them).
    static Result<std::unique_ptr<ImageReader>> open(const std::string& reference);
    virtual ~ImageReader() = default;
    ImageReader(const ImageReader&) = delete;
    ImageReader& operator=(const ImageReader&) = delete;

    virtual const Descriptor& manifest() const = 0;
    virtual const std::string& manifest_json() const = 0;
    virtual const std::string& config_json() const = 0;
    virtual const std::vector<ReadLayer>& layers() const = 0;
    /// The layer read to its end, its contents put into the store. RB0725: a digest differs; RB0723, RB0724: no tar
    /// that a layer may be (all exit 65).
    virtual Result<UnpackedLayer> unpack(Store& store, std::size_t index) const = 0;
    Result<Tree> layer(Store& store, std::size_t index) const;
    /// All layers folded: the root file system.
    Result<Tree> root(Store& store) const;

protected:
    ImageReader() = default;
};

}  // namespace rockbuild
