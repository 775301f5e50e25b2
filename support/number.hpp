// Numbers as people and protocols write them: digits alone, all of the text, nothing else.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace rockbuild {

/// None for an empty text, anything but digits (a `-` where T has a sign), or a number that T can't hold.
template <class T>
std::optional<T> parse_number(std::string_view text) {
    T value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (text.empty() || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
    return value;
}

}  // namespace rockbuild
