// The last of the packer's four objects: takes encoded pieces in their order, hands the blob on (into the store, which
// computes its digest) and computes the diff ID over the same pieces uncompressed, so that nothing is read twice.
#pragma once

#include "store/store.hpp"

#include <cstdint>
#include <memory>
#include <string_view>

namespace rockbuild {

struct SunkBlob {
    Blob blob;
    Digest diff_id;
    std::uint64_t uncompressed_size = 0;
};

class BlobSink {
public:
    explicit BlobSink(std::unique_ptr<BlobWriter> writer) : writer_(std::move(writer)) {}

    Result<void> add(std::string_view uncompressed, std::string_view encoded);
    /// Once, at the end; before it nothing is in the store.
    Result<SunkBlob> finish();
    std::uint64_t uncompressed_size() const { return size_; }

private:
    std::unique_ptr<BlobWriter> writer_;
    Sha256 hash_;
    std::uint64_t size_ = 0;
};

}  // namespace rockbuild
