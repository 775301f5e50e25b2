#include "image/blob_sink.hpp"

namespace rockbuild {

Result<void> BlobSink::add(std::string_view uncompressed, std::string_view encoded) {
    hash_.update(uncompressed);
    size_ += uncompressed.size();
    return writer_->write(encoded);
}

Result<SunkBlob> BlobSink::finish() {
    const auto blob = TRY(writer_->finish());
    return SunkBlob{.blob = blob, .diff_id = hash_.finish(), .uncompressed_size = size_};
}

}  // namespace rockbuild
