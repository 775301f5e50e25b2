#include "registry/server/byte_range.hpp"

#include "support/number.hpp"

#include <algorithm>

namespace rockbuild {

std::optional<ByteRange> read_range(std::string_view header, std::uint64_t total) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit)) return std::nullopt;
    header.remove_prefix(unit.size());
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = header.substr(0, dash);
    const auto last = header.substr(dash + 1);
    const auto end = parse_number<std::uint64_t>(last);
    if (first.empty()) {
        if (!end) return std::nullopt;
        const auto size = std::min(*end, total);
        return ByteRange{total - size, size};
    }
    const auto begin = parse_number<std::uint64_t>(first);
    if (!begin || (!end && !last.empty())) return std::nullopt;
    if (*begin >= total || (end && *end < *begin)) return ByteRange{};
    return ByteRange{*begin, (end ? std::min(*end, total - 1) : total - 1) - *begin + 1};
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> read_upload_range(std::string_view header) {
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto begin = parse_number<std::uint64_t>(header.substr(0, dash));
    const auto end = parse_number<std::uint64_t>(header.substr(dash + 1));
    if (!begin || !end || *end < *begin) return std::nullopt;
    return std::pair{*begin, *end};
}

}  // namespace rockbuild
