#include "parts/sources/checksum.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <cerrno>
#include <memory>
#include <string_view>

namespace rockbuild {

namespace {

/// Python's names and OpenSSL's.
constexpr std::pair<std::string_view, const char*> algorithms[] = {
    {"md5", "MD5"},           {"sha1", "SHA1"},         {"sha224", "SHA224"},      {"sha256", "SHA256"},
    {"sha384", "SHA384"},     {"sha512", "SHA512"},     {"sha3_224", "SHA3-224"},  {"sha3_256", "SHA3-256"},
    {"sha3_384", "SHA3-384"}, {"sha3_512", "SHA3-512"}, {"blake2b", "BLAKE2b512"}, {"blake2s", "BLAKE2s256"}};

const EVP_MD* algorithm_of(std::string_view name) {
    const auto* found = std::ranges::find(algorithms, name, [](const auto& pair) { return pair.first; });
    return found == std::end(algorithms) ? nullptr : EVP_get_digestbyname(found->second);
}

struct FreeContext {
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};

Result<std::string> hex_digest(const Store& store, const Digest& file, const EVP_MD* algorithm) {
    const std::unique_ptr<EVP_MD_CTX, FreeContext> context(EVP_MD_CTX_new());
    EVP_DigestInit_ex(context.get(), algorithm, nullptr);
    const auto fd = TRY(store.open_blob(file));
    std::array<char, 1 << 16> buffer{};
    for (;;) {
        const auto count = ::read(fd.get(), buffer.data(), buffer.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("read", store.root(), errno);
        if (count == 0) break;
        EVP_DigestUpdate(context.get(), buffer.data(), static_cast<std::size_t>(count));
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
    unsigned size = 0;
    EVP_DigestFinal_ex(context.get(), digest.data(), &size);
    std::string hex;
    for (unsigned i = 0; i < size; ++i) hex += fmt::format("{:02x}", digest[i]);
    return hex;
}

}  // namespace

std::optional<Digest> Checksum::sha256() const {
    if (algorithm != "sha256") return std::nullopt;
    const auto digest = Digest::from_hex(hex);
    return digest ? std::optional(*digest) : std::nullopt;
}

Result<Checksum> parse_checksum(const PlacedText& text) {
    const auto slash = text.value.find('/');
    Checksum checksum{text.value.substr(0, slash), slash == std::string::npos ? "" : text.value.substr(slash + 1),
                      text.span};
    std::ranges::transform(checksum.hex, checksum.hex.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    const auto wrong = [&](std::string message, std::string hint) {
        auto error = fail("RB1073", std::move(message), std::move(hint));
        error.error().span = text.span;
        return error;
    };
    const auto* algorithm = algorithm_of(checksum.algorithm);
    if (algorithm == nullptr)
        return wrong(fmt::format("there is no algorithm '{}' for a source's checksum", checksum.algorithm),
                     "write sha256/ and 64 hexadecimal digits");
    const auto digits = 2 * static_cast<std::size_t>(EVP_MD_get_size(algorithm));
    if (checksum.hex.size() != digits || checksum.hex.find_first_not_of("0123456789abcdef") != std::string::npos)
        return wrong(fmt::format("a checksum by {} has {} hexadecimal digits; this one has {} characters",
                                 checksum.algorithm, digits, checksum.hex.size()),
                     "copy the digest again, whole");
    return checksum;
}

Result<void> verify_checksum(const Store& store, const Digest& file, const Checksum& expected,
                             const std::string& source) {
    const auto obtained =
        expected.algorithm == "sha256" ? file.hex() : TRY(hex_digest(store, file, algorithm_of(expected.algorithm)));
    if (obtained == expected.hex) return {};
    auto error = fail("RB1072", fmt::format("'{}' isn't the file that its checksum is of", source),
                      "look whether the file was replaced on purpose; if so, take over the digest that was obtained");
    error.error().span = expected.span;
    error.error().notes.push_back({fmt::format("expected {}/{}", expected.algorithm, expected.hex), std::nullopt});
    error.error().notes.push_back({fmt::format("obtained {}/{}", expected.algorithm, obtained), std::nullopt});
    return error;
}

}  // namespace rockbuild
