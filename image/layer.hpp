// A tree as an OCI layer: entries → pieces → gzip members → a blob, in one pass on all cores (DESIGN.md §4).
#pragma once

#include "store/store.hpp"
#include "support/event.hpp"

#include <cstdint>
#include <stop_token>
#include <string>

namespace rockbuild {

/// What a layer is, as manifests and configs describe it (OCI image spec, layer and config).
struct Layer {
    Digest digest;   // of the compressed blob
    Digest diff_id;  // of the tar
    std::uint64_t size = 0;
    std::uint64_t uncompressed_size = 0;
    std::uint64_t entries = 0;
    std::string media_type = "application/vnd.oci.image.layer.v1.tar+gzip";
    std::string created_by;  // one line for the history
};

struct LayerWork {
    unsigned threads = 1;
    EventSink* events = nullptr;  // progress of subject `subject`, in bytes of the tar
    std::string subject;
};

/// The layer of `tree` (a delta: whiteouts become `.wh.` files, opaque folders get `.wh..wh..opq`). Its bytes depend on
/// the tree and the codec's version alone. A tree that was encoded before costs a look-up. The blob lies in the store.
Result<Layer> make_layer(Store& store, const Digest& tree, const LayerWork& work, const std::stop_token& stop);

/// True if make_layer would encode nothing.
bool layer_is_made(const Store& store, const Digest& tree);

}  // namespace rockbuild
