// Base64 as RFC 4648 has it (OpenSSL's).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

std::string base64_encode(std::string_view bytes);
/// Standard alphabet, with or without its padding; line ends and outer spaces are passed over. None for anything else.
std::optional<std::string> base64_decode(std::string_view text);

}  // namespace rockbuild
