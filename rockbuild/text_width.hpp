// Text on a terminal: how many columns it takes, and what must not reach the terminal at all.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace rockbuild {

/// A character that was read from the front of a text.
struct Character {
    char32_t code = 0;  // U+FFFD for a byte that is no UTF-8
    std::size_t bytes = 1;
    int columns = 1;  // 0 for combining marks, 2 for wide ones; control characters count 1
};
Character first_character(std::string_view text);

/// Columns of `text` on a terminal (wcwidth(3): LC_CTYPE must be a UTF-8 locale); a tab counts 4.
std::size_t columns(std::string_view text);

/// `text` for a terminal: tabs become 4 spaces, other control characters and broken UTF-8 become U+FFFD, so that a file
/// name or a log can't command the terminal. A newline stays if `lines`.
std::string printable(std::string_view text, bool lines = false);

/// The printable `text`, cut to `width` columns with an ellipsis.
std::string shortened(std::string_view text, std::size_t width);

}  // namespace rockbuild
