#include "support/digest.hpp"

#include <openssl/evp.h>

namespace rockbuild {

namespace {

int hex_value(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return -1;
}

}  // namespace

Result<Digest> Digest::from_hex(std::string_view hex) {
    std::array<std::uint8_t, size> bytes{};
    bool good = hex.size() == 2 * size;
    for (std::size_t i = 0; good && i < size; ++i) {
        const int high = hex_value(hex[2 * i]);
        const int low = hex_value(hex[2 * i + 1]);
        good = high >= 0 && low >= 0;
        bytes[i] = static_cast<std::uint8_t>((high << 4 | low) & 0xff);
    }
    if (!good)
        return fail("RB0001", "'" + std::string(hex) + "' is not a SHA-256 digest", "give 64 lower-case hex digits",
                    ExitCode::bad_data);
    return Digest(bytes);
}

Result<Digest> Digest::parse(std::string_view text) {
    constexpr std::string_view prefix = "sha256:";
    if (!text.starts_with(prefix))
        return fail("RB0001", "'" + std::string(text) + "' is not a digest", "write it as sha256:<64 hex digits>",
                    ExitCode::bad_data);
    return from_hex(text.substr(prefix.size()));
}

std::string Digest::hex() const {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * size);
    for (const auto byte : bytes_) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

struct Sha256::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    State() { EVP_DigestInit_ex(context, algorithm(), nullptr); }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;

    // Fetched once: an implicit fetch on each hash costs three times the hash of a small input.
    static const EVP_MD* algorithm() {
        static const EVP_MD* const sha = EVP_MD_fetch(nullptr, "SHA256", nullptr);
        return sha;
    }
};

Sha256::Sha256() : state_(std::make_unique<State>()) {}
Sha256::~Sha256() = default;
Sha256::Sha256(Sha256&&) noexcept = default;
Sha256& Sha256::operator=(Sha256&&) noexcept = default;

Sha256& Sha256::update(const void* data, std::size_t length) {
    EVP_DigestUpdate(state_->context, data, length);
    return *this;
}

Digest Sha256::finish() {
    std::array<std::uint8_t, Digest::size> bytes{};
    EVP_DigestFinal_ex(state_->context, bytes.data(), nullptr);
    EVP_DigestInit_ex(state_->context, State::algorithm(), nullptr);
    return Digest(bytes);
}

Digest sha256(std::string_view bytes) { return Sha256().update(bytes).finish(); }

}  // namespace rockbuild
