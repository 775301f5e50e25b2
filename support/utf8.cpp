#include "support/utf8.hpp"

#include <cstdint>

namespace rockbuild {

namespace {

/// The bytes of the character that begins with `first`; 0 if none does.
std::size_t length_of(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first < 0xe0) return 2;
    if (first >= 0xe0 && first < 0xf0) return 3;
    if (first >= 0xf0 && first < 0xf5) return 4;
    return 0;
}

/// The second byte decides over long forms, surrogates and what lies beyond U+10FFFF.
bool is_second(unsigned char first, unsigned char second) {
    if (first == 0xe0) return second >= 0xa0 && second < 0xc0;
    if (first == 0xed) return second >= 0x80 && second < 0xa0;
    if (first == 0xf0) return second >= 0x90 && second < 0xc0;
    if (first == 0xf4) return second >= 0x80 && second < 0x90;
    return second >= 0x80 && second < 0xc0;
}

}  // namespace

std::size_t not_utf8(std::string_view text) {
    const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(text[at]); };
    for (std::size_t at = 0; at < text.size();) {
        const auto length = length_of(byte(at));
        if (length == 0 || at + length > text.size()) return at;
        if (length > 1 && !is_second(byte(at), byte(at + 1))) return at;
        for (std::size_t i = 2; i < length; ++i)
            if ((byte(at + i) & 0xc0U) != 0x80U) return at;
        at += length;
    }
    return std::string_view::npos;
}

}  // namespace rockbuild
