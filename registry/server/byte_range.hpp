// Which bytes a request is about: of a blob that is read, of an upload that is written. The two headers differ.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <utility>

namespace rockbuild {

/// The part of a content that a Range header asks for (RFC 9110 §14): none: all of it (no header, or one that is not
/// understood or asks for several); `size` 0: it can't be satisfied.
struct ByteRange {
    std::uint64_t begin = 0;
    std::uint64_t size = 0;
};
std::optional<ByteRange> read_range(std::string_view header, std::uint64_t total);

/// `begin-end` of an upload's Content-Range; none for anything else.
std::optional<std::pair<std::uint64_t, std::uint64_t>> read_upload_range(std::string_view header);

}  // namespace rockbuild
