#include "project/yaml_output.hpp"

#include <fmt/format.h>
#include <yaml-cpp/emitter.h>
#include <yaml-cpp/emittermanip.h>

#include <cstddef>
#include <string_view>

namespace rockbuild {

namespace {

struct Character {
    std::size_t bytes = 1;
    std::string escape;  // how it is written in quotes; empty: as it is
};

/// Escaped are U+0000 to U+001F, U+007F to U+009F, U+2028, U+2029, U+FEFF, U+FFFE and U+FFFF: readers refuse them, or
/// take them for the end of a line.
Character first_of(std::string_view text) {
    constexpr unsigned char blank = 0x20, deleted = 0x7f, last_control = 0x9f;
    const auto c = static_cast<unsigned char>(text[0]);
    if (c == '"' || c == '\\') return {1, fmt::format("\\{}", text[0])};
    if (c == '\n') return {1, "\\n"};
    if (c == '\t') return {1, "\\t"};
    if (c == '\r') return {1, "\\r"};
    if (c < blank || c == deleted) return {1, fmt::format("\\x{:02x}", c)};
    if (c == 0xc2 && text.size() > 1 && static_cast<unsigned char>(text[1]) <= last_control)
        return {2, fmt::format("\\x{:02x}", static_cast<unsigned char>(text[1]))};
    if (text.starts_with("\u2028")) return {3, "\\u2028"};
    if (text.starts_with("\u2029")) return {3, "\\u2029"};
    if (text.starts_with("\xef\xbb\xbf")) return {3, "\\ufeff"};
    if (text.starts_with("\xef\xbf\xbe")) return {3, "\\ufffe"};
    if (text.starts_with("\xef\xbf\xbf")) return {3, "\\uffff"};
    return {};
}

}  // namespace

bool is_printable_yaml(std::string_view text) {
    while (!text.empty()) {
        const auto c = text[0];
        const auto first = first_of(text);
        if (!first.escape.empty() && c != '\n' && c != '"' && c != '\\') return false;
        text.remove_prefix(first.bytes);
    }
    return true;
}

void write_quoted_text(YAML::Emitter& yaml, std::string_view text) {
    constexpr std::size_t longest_simple_key = 1024;
    if (text.size() > longest_simple_key) yaml << YAML::LongKey;
    std::string quoted = "\"";
    while (!text.empty()) {
        const auto first = first_of(text);
        if (first.escape.empty()) quoted += text.substr(0, first.bytes);
        else quoted += first.escape;
        text.remove_prefix(first.bytes);
    }
    // The emitter's own quoting changes U+FFFE and U+FFFF for U+FFFD; what is no text to it, it writes as it is.
    yaml.WriteIntegralType(quoted + "\"");
}

void write_text(YAML::Emitter& yaml, const std::string& text) {
    if (text.find('\n') != std::string::npos || !is_printable_yaml(text)) write_quoted_text(yaml, text);
    else yaml << text;
}

}  // namespace rockbuild
