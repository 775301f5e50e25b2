// UTF-8, as RFC 3629 has it.
#pragma once

#include <cstddef>
#include <string_view>

namespace rockbuild {

/// Where the first byte stands that is no UTF-8 (too long a form, a surrogate, a cut character); npos if all is.
std::size_t not_utf8(std::string_view text);

}  // namespace rockbuild
