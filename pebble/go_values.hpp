// Numbers and durations as Go's standard library reads them from text, to the last bit: Pebble leaves them to it.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

/// `1h30m`, `1.5s`, `-300ms`, plain `0`; none if it is no duration, or beyond 64 bits of nanoseconds.
std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text);
/// As Go prints it: `1h30m0s`, `1.5s`, `300ms`, `0s`.
std::string go_duration_text(std::chrono::nanoseconds duration);

/// Decimal or `0x…p…`, with `_` between digits, `inf`, `nan`; none if it is no number, or too large for a double.
std::optional<double> parse_go_float(std::string_view text);

/// A whole number with a sign and a base (`0x`, `0o`, `0`, `0b`).
struct GoInteger {
    std::uint64_t magnitude = 0;
    bool negative = false;
};
/// None if it is none, or beyond 64 bits (unsigned, or signed if it has a minus).
std::optional<GoInteger> parse_go_integer(std::string_view text);

}  // namespace rockbuild
