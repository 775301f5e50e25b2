#include "support/shell.hpp"

#include <algorithm>
#include <cctype>

namespace rockbuild {

std::string shell_word(std::string_view text) {
    const bool is_plain = !text.empty() && std::all_of(text.begin(), text.end(), [](unsigned char c) {
        return std::isalnum(c) != 0 ||
               std::string_view("@%+:,./_-").find(static_cast<char>(c)) != std::string_view::npos;
    });
    if (is_plain) return std::string(text);
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

}  // namespace rockbuild
