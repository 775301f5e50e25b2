#include "image/piece_encoder.hpp"

#include <fmt/format.h>
#include <libdeflate.h>

#include <new>

namespace rockbuild {

namespace {

constexpr int level = 6;
constexpr int rules_version = 1;

struct FreeCompressor {
    void operator()(libdeflate_compressor* compressor) const { libdeflate_free_compressor(compressor); }
};

}  // namespace

std::string codec_id() {
    return fmt::format("gzip-libdeflate-{}-{}/{}", LIBDEFLATE_VERSION_STRING, level, rules_version);
}

struct PieceEncoder::State {
    std::unique_ptr<libdeflate_compressor, FreeCompressor> compressor;
    std::unique_ptr<char[]> room;
    std::size_t size = 0;
};

PieceEncoder::PieceEncoder() : state_(std::make_unique<State>()) {
    state_->compressor.reset(libdeflate_alloc_compressor(level));
    if (!state_->compressor) throw std::bad_alloc();
}

PieceEncoder::~PieceEncoder() = default;

std::string_view PieceEncoder::encode(std::string_view bytes) {
    // The bound is what the library itself promises to suffice for any content.
    const auto bound = libdeflate_gzip_compress_bound(state_->compressor.get(), bytes.size());
    if (bound > state_->size) {
        state_->room = std::make_unique_for_overwrite<char[]>(bound);
        state_->size = bound;
    }
    const auto length =
        libdeflate_gzip_compress(state_->compressor.get(), bytes.data(), bytes.size(), state_->room.get(), bound);
    return {state_->room.get(), length};
}

}  // namespace rockbuild
