#include "rockbuild/text_width.hpp"

#include <cwchar>

namespace rockbuild {

namespace {

constexpr std::string_view replacement = "\xEF\xBF\xBD";
constexpr std::string_view ellipsis = "…";
constexpr std::string_view tab = "    ";

bool is_control(char32_t code) {
    // C0, DEL, C1; marks that turn the direction of writing make a line say another thing than its bytes.
    return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x202a && code <= 0x202e) ||
           (code >= 0x2066 && code <= 0x2069);
}

}  // namespace

Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const unsigned first = byte(0);
    if (first < 0x80) return {first, 1, 1};
    const std::size_t length = first >= 0xf0 && first < 0xf5   ? 4
                               : first >= 0xe0 && first < 0xf0 ? 3
                               : first >= 0xc2 && first < 0xe0 ? 2
                                                               : 0;
    if (length == 0 || length > text.size()) return {0xfffd, 1, 1};
    char32_t code = first & (0xffU >> (length + 1));
    for (std::size_t i = 1; i < length; ++i) {
        if ((byte(i) & 0xc0) != 0x80) return {0xfffd, 1, 1};
        code = code << 6 | (byte(i) & 0x3f);
    }
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    if (code < least[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000)) return {0xfffd, 1, 1};
    const int width = ::wcwidth(static_cast<wchar_t>(code));
    return {code, length, width < 0 ? 1 : width};
}

std::size_t columns(std::string_view text) {
    std::size_t count = 0;
    while (!text.empty()) {
        const auto character = first_character(text);
        count += character.code == '\t' ? tab.size() : static_cast<std::size_t>(character.columns);
        text.remove_prefix(character.bytes);
    }
    return count;
}

std::string printable(std::string_view text, bool lines) {
    std::string result;
    result.reserve(text.size());
    while (!text.empty()) {
        const auto character = first_character(text);
        if (character.code == '\t') result += tab;
        else if (character.code == '\n' && lines) result += '\n';
        else if (is_control(character.code) || character.code == 0xfffd) result += replacement;
        else result += text.substr(0, character.bytes);
        text.remove_prefix(character.bytes);
    }
    return result;
}

std::string shortened(std::string_view text, std::size_t width) {
    auto clean = printable(text);
    if (columns(clean) <= width) return clean;
    std::string result;
    std::size_t used = 1;  // the ellipsis
    for (std::string_view rest = clean; !rest.empty();) {
        const auto character = first_character(rest);
        used += static_cast<std::size_t>(character.columns);
        if (used > width) break;
        result += rest.substr(0, character.bytes);
        rest.remove_prefix(character.bytes);
    }
    return width == 0 ? std::string() : result.append(ellipsis);
}

}  // namespace rockbuild
