// The second of the packer's four objects: which members of the tar are encoded together. Each piece becomes one gzip
// member, so the cuts decide the blob's bytes. They are a pure function of names and sizes, and local: a change of one
// file moves the cuts near it and no others, so that the neighbours' pieces stay as they were.
//
// The rule (frozen with the codec's version, see codec_id()):
//   1. A file of more than 1 MiB begins a piece with its header and is cut at each full MiB of its content; its end
//   ends
//      a piece too. So what comes after is cut alike, whatever the file's size.
//   2. Before any other member the piece ends if it would grow over 4 MiB; or if it holds 1 MiB or more and the member
//   is
//      a place to cut: the first 32 bits of its name's SHA-256 are below 4096 times its bytes in the tar (header and
//      padded content). That is one place in each MiB on average, whether files are small or large.
//   3. The two blocks of zeros that end a tar belong to the last piece.
#pragma once

#include "image/entry_source.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

constexpr std::uint64_t piece_size = std::uint64_t{1} << 20;
constexpr std::uint64_t piece_limit = 4 * piece_size;

/// A stretch of the tar: the given bytes, then a stretch of a content, then zeros.
struct Stretch {
    std::string bytes;
    Digest digest;
    std::uint64_t offset = 0;  // in the content
    std::uint64_t length = 0;  // of the content; 0: none
    std::uint64_t whole = 0;   // the content's full size
    std::uint64_t zeros = 0;
};

struct Piece {
    std::vector<Stretch> stretches;
    std::uint64_t size = 0;

    void add(Stretch stretch);
};

class PieceCutter {
public:
    explicit PieceCutter(EntrySource& source) : source_(source) {}

    /// The next piece, none after the tar's end. Of at most 4 MiB, and the zeros at the end; only a header can be
    /// larger.
    Result<std::optional<Piece>> next();

private:
    /// The next part of the large file that is being cut.
    Piece slice();

    EntrySource& source_;
    std::optional<TarItem> item_;  // read, not yet in a piece
    std::uint64_t offset_ = 0;     // of the large file in `item_`: what is in pieces already
    bool ended_ = false;
};

}  // namespace rockbuild
