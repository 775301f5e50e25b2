// The third of the packer's four objects: a piece's bytes to one gzip member, by libdeflate at level 6.
//
// Members may be concatenated (RFC 1952 §2.2), so pieces are encoded side by side and a blob's bytes don't depend on
// who was first. libdeflate writes no time and no name, and the same bytes on every CPU; it is linked statically,
// because its version decides the digest.
#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>

namespace rockbuild {

/// What a layer's bytes depend on beside its tree: codec, library version, level, and the version of tar_header's and
/// PieceCutter's rules. Goes into the layer's key. Raise the last number whenever one of those rules changes.
std::string codec_id();

/// One a thread.
class PieceEncoder {
public:
    PieceEncoder();
    ~PieceEncoder();
    PieceEncoder(const PieceEncoder&) = delete;
    PieceEncoder& operator=(const PieceEncoder&) = delete;

    /// One whole gzip member. The view holds until the next call.
    std::string_view encode(std::string_view bytes);

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace rockbuild
