#define PCRE2_CODE_UNIT_WIDTH 8
#include "project/pattern.hpp"

#include <pcre2.h>

#include <cstdlib>

namespace rockbuild {

namespace {

const unsigned char* bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

}  // namespace

Pattern::Pattern(std::string_view pattern) {
    // `\u0000` and a `$` that is no line's end, as ECMAScript has them.
    constexpr std::uint32_t options = PCRE2_ALT_BSUX | PCRE2_DOLLAR_ENDONLY;
    int error = 0;
    std::size_t where = 0;
    auto* code = pcre2_compile_8(bytes(pattern), pattern.size(), options, &error, &where, nullptr);
    if (code == nullptr) std::abort();
    code_ = std::shared_ptr<void>(code, [](void* made) { pcre2_code_free_8(static_cast<pcre2_code_8*>(made)); });
}

bool Pattern::found_in(std::string_view text) const {
    const auto* code = static_cast<const pcre2_code_8*>(code_.get());
    const std::unique_ptr<pcre2_match_data_8, decltype(&pcre2_match_data_free_8)> data(
        pcre2_match_data_create_8(1, nullptr), pcre2_match_data_free_8);
    return pcre2_match_8(code, bytes(text), text.size(), 0, 0, data.get(), nullptr) >= 0;
}

}  // namespace rockbuild
