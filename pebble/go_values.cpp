#include "pebble/go_values.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <limits>
#include <utility>

namespace rockbuild {

namespace {

constexpr std::uint64_t half = std::uint64_t{1} << 63U;  // one more than the largest signed number

bool is_digit(char c) { return c >= '0' && c <= '9'; }
char lower_case(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }
bool is_hex_digit(char c) { return is_digit(c) || (lower_case(c) >= 'a' && lower_case(c) <= 'f'); }
bool take_sign(std::string_view& text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    return negative;
}

/// The digits at the front; none if they make more than 2^63.
std::optional<std::uint64_t> leading_number(std::string_view& text) {
    std::uint64_t value = 0;
    while (!text.empty() && is_digit(text.front())) {
        if (value > half / 10) return std::nullopt;
        value = value * 10 + static_cast<std::uint64_t>(text.front() - '0');
        if (value > half) return std::nullopt;
        text.remove_prefix(1);
    }
    return value;
}

struct Fraction {
    std::uint64_t digits = 0;
    double scale = 1;
};
/// The digits after a point; those that 63 bits don't hold are dropped.
Fraction leading_fraction(std::string_view& text) {
    Fraction fraction;
    bool full = false;
    for (; !text.empty() && is_digit(text.front()); text.remove_prefix(1)) {
        if (full || fraction.digits > (half - 1) / 10) {
            full = true;
            continue;
        }
        const auto next = fraction.digits * 10 + static_cast<std::uint64_t>(text.front() - '0');
        if (next > half) {
            full = true;
            continue;
        }
        fraction.digits = next;
        fraction.scale *= 10;
    }
    return fraction;
}

constexpr std::array<std::pair<std::string_view, std::uint64_t>, 8> duration_units{{
    {"ns", 1},
    {"us", 1'000},
    {"\u00b5s", 1'000},
    {"\u03bcs", 1'000},
    {"ms", 1'000'000},
    {"s", 1'000'000'000},
    {"m", 60'000'000'000},
    {"h", 3'600'000'000'000},
}};

/// One number with its unit, in nanoseconds.
std::optional<std::uint64_t> leading_duration(std::string_view& text) {
    if (text.front() != '.' && !is_digit(text.front())) return std::nullopt;
    const auto before = text.size();
    const auto whole = leading_number(text);
    if (!whole) return std::nullopt;
    bool digits = text.size() != before;
    Fraction fraction;
    if (text.starts_with('.')) {
        text.remove_prefix(1);
        const auto after_point = text.size();
        fraction = leading_fraction(text);
        digits = digits || text.size() != after_point;
    }
    if (!digits) return std::nullopt;
    const auto length = std::min(text.find_first_of(".0123456789"), text.size());
    const auto* const unit = std::find_if(duration_units.begin(), duration_units.end(),
                                          [&](const auto& known) { return known.first == text.substr(0, length); });
    if (unit == duration_units.end() || *whole > half / unit->second) return std::nullopt;
    text.remove_prefix(length);
    auto value = *whole * unit->second;
    if (fraction.digits > 0)
        value += static_cast<std::uint64_t>(static_cast<double>(fraction.digits) *
                                            (static_cast<double>(unit->second) / fraction.scale));
    return value > half ? std::nullopt : std::optional(value);
}

/// Nanoseconds as a number of a larger unit, without zeros at the end.
std::string in_units(std::uint64_t value, std::uint64_t unit) {
    auto text = std::to_string(value / unit);
    auto rest = std::to_string(unit + value % unit).substr(1);
    rest.erase(rest.find_last_not_of('0') + 1);
    return rest.empty() ? text : text + "." + rest;
}

/// Go's rule for `_`: between digits, or after the letter of a base.
bool has_proper_underscores(std::string_view text) {
    if (text.find('_') == std::string_view::npos) return true;
    take_sign(text);
    const bool based = text.size() >= 2 && text[0] == '0' &&
                       std::string_view("box").find(lower_case(text[1])) != std::string_view::npos;
    const bool hex = based && lower_case(text[1]) == 'x';
    char last = based ? '0' : '^';
    for (const char c : text.substr(based ? 2 : 0)) {
        if (is_digit(c) || (hex && is_hex_digit(c))) {
            last = '0';
        } else if (c == '_') {
            if (last != '0') return false;
            last = '_';
        } else {
            if (last == '_') return false;
            last = '!';
        }
    }
    return last != '_';
}

std::optional<double> special_float(std::string_view text) {
    std::string lower(text);
    std::transform(lower.begin(), lower.end(), lower.begin(), lower_case);
    if (lower == "nan") return std::numeric_limits<double>::quiet_NaN();
    std::string_view rest = lower;
    const bool negative = take_sign(rest);
    if (rest != "inf" && rest != "infinity") return std::nullopt;
    return negative ? -HUGE_VAL : HUGE_VAL;
}

/// Digits with at most one point, then the exponent, which a number in base 16 must have.
bool is_float(std::string_view text) {
    take_sign(text);
    const bool hex = text.size() > 2 && text[0] == '0' && lower_case(text[1]) == 'x';
    if (hex) text.remove_prefix(2);
    bool digits = false;
    bool point = false;
    for (; !text.empty(); text.remove_prefix(1)) {
        const char c = text.front();
        if (c == '.') {
            if (std::exchange(point, true)) return false;
        } else if (is_digit(c) || (hex && is_hex_digit(c))) {
            digits = true;
        } else {
            break;
        }
    }
    if (!digits) return false;
    if (text.empty()) return !hex;
    if (lower_case(text.front()) != (hex ? 'p' : 'e')) return false;
    text.remove_prefix(1);
    take_sign(text);
    return !text.empty() && std::all_of(text.begin(), text.end(), is_digit);
}

}  // namespace

std::optional<std::chrono::nanoseconds> parse_go_duration(std::string_view text) {
    const bool negative = take_sign(text);
    if (text == "0") return std::chrono::nanoseconds(0);
    if (text.empty()) return std::nullopt;
    std::uint64_t total = 0;
    while (!text.empty()) {
        const auto next = leading_duration(text);
        if (!next) return std::nullopt;
        total += *next;
        if (total > half) return std::nullopt;
    }
    if (!negative && total == half) return std::nullopt;
    return std::chrono::nanoseconds(static_cast<std::int64_t>(negative ? 0 - total : total));
}

std::string go_duration_text(std::chrono::nanoseconds duration) {
    const auto count = duration.count();
    if (count == 0) return "0s";
    const auto value = count < 0 ? 0 - static_cast<std::uint64_t>(count) : static_cast<std::uint64_t>(count);
    const std::string sign = count < 0 ? "-" : "";
    constexpr std::uint64_t second = 1'000'000'000;
    if (value < 1'000) return fmt::format("{}{}ns", sign, value);
    if (value < 1'000'000) return fmt::format("{}{}\u00b5s", sign, in_units(value, 1'000));
    if (value < second) return fmt::format("{}{}ms", sign, in_units(value, 1'000'000));
    const auto minutes = value / second / 60;
    const auto seconds = in_units(value - minutes * 60 * second, second);
    if (minutes == 0) return fmt::format("{}{}s", sign, seconds);
    if (minutes < 60) return fmt::format("{}{}m{}s", sign, minutes, seconds);
    return fmt::format("{}{}h{}m{}s", sign, minutes / 60, minutes % 60, seconds);
}

std::optional<double> parse_go_float(std::string_view text) {
    if (const auto special = special_float(text)) return special;
    if (!has_proper_underscores(text)) return std::nullopt;
    std::string plain(text);
    std::erase(plain, '_');
    if (!is_float(plain)) return std::nullopt;
    const auto value = std::strtod(plain.c_str(), nullptr);
    return std::isinf(value) ? std::nullopt : std::optional(value);
}

std::optional<GoInteger> parse_go_integer(std::string_view text) {
    GoInteger number;
    number.negative = take_sign(text);
    int base = 10;
    if (text.size() > 1 && text.front() == '0') {
        const auto letter = lower_case(text[1]);
        base = letter == 'x' ? 16 : letter == 'b' ? 2 : 8;
        text.remove_prefix(is_digit(letter) ? 1 : 2);
    }
    // No second sign, which from_chars doesn't take for an unsigned number either.
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number.magnitude, base);
    if (text.empty() || error != std::errc() || end != last) return std::nullopt;
    return number.negative && number.magnitude > half ? std::nullopt : std::optional(number);
}

}  // namespace rockbuild
