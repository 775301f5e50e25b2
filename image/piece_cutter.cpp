#include "image/piece_cutter.hpp"

#include "image/tar_header.hpp"

#include <algorithm>
#include <utility>

namespace rockbuild {

namespace {

constexpr std::uint64_t end_of_tar = 2 * tar_block;

bool is_large(const TarItem& item) { return item.size > piece_size; }

bool is_place_to_cut(const TarItem& item) {
    const auto hash = sha256(item.name);
    std::uint64_t first = 0;
    for (std::size_t i = 0; i < 4; ++i) first = first << 8 | hash.bytes()[i];
    return first < item.bytes() * 4096;
}

bool ends_before(std::uint64_t size, const TarItem& item) {
    if (size == 0) return false;
    if (is_large(item) || size + item.bytes() > piece_limit) return true;
    return size >= piece_size && is_place_to_cut(item);
}

}  // namespace

void Piece::add(Stretch stretch) {
    size += stretch.bytes.size() + stretch.length + stretch.zeros;
    stretches.push_back(std::move(stretch));
}

Piece PieceCutter::slice() {
    Piece piece;
    const auto length = std::min(piece_size, item_->size - offset_);
    const bool last = offset_ + length == item_->size;
    piece.add({.bytes = offset_ == 0 ? std::move(item_->header) : std::string(),
               .digest = item_->digest,
               .offset = offset_,
               .length = length,
               .whole = item_->size,
               .zeros = last ? tar_padded(item_->size) - item_->size : 0});
    offset_ += length;
    if (last) {
        item_.reset();
        offset_ = 0;
    }
    return piece;
}

Result<std::optional<Piece>> PieceCutter::next() {
    if (ended_) return std::nullopt;
    Piece piece;
    for (;;) {
        if (!item_) item_ = TRY(source_.next());
        if (!item_) break;
        if (ends_before(piece.size, *item_)) return piece;
        if (is_large(*item_)) return slice();
        piece.add({.bytes = std::move(item_->header),
                   .digest = item_->digest,
                   .length = item_->size,
                   .whole = item_->size,
                   .zeros = tar_padded(item_->size) - item_->size});
        item_.reset();
    }
    ended_ = true;
    piece.add({.zeros = end_of_tar});
    return piece;
}

}  // namespace rockbuild
