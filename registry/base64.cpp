#include "registry/base64.hpp"

#include <openssl/evp.h>

#include <algorithm>

namespace rockbuild {

std::string base64_encode(std::string_view bytes) {
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
    const auto size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::string> base64_decode(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    std::string clean;
    for (const char c : text)
        if (c != '\n' && c != '\r') clean += c;
    std::size_t padding = 0;
    while (clean.ends_with('=') && padding < 3) {
        clean.pop_back();
        ++padding;
    }
    const auto is_letter = [](char c) {
        return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '+' || c == '/';
    };
    if (padding > 2 || (padding > 0 && clean.empty()) || clean.size() % 4 == 1 ||
        !std::ranges::all_of(clean, is_letter))
        return std::nullopt;
    const auto missing = (4 - clean.size() % 4) % 4;
    clean.append(missing, '=');
    std::string bytes(clean.size() / 4 * 3, '\0');
    if (!clean.empty() &&
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(clean.data()), static_cast<int>(clean.size())) < 0)
        return std::nullopt;
    bytes.resize(bytes.size() - missing);
    return bytes;
}

}  // namespace rockbuild
