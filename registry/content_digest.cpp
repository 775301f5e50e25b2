#include "registry/content_digest.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <algorithm>
#include <array>

namespace rockbuild {

namespace {

constexpr std::size_t hex_length(HashAlgorithm algorithm) { return algorithm == HashAlgorithm::sha256 ? 64 : 128; }

}  // namespace

Result<ContentDigest> ContentDigest::parse(std::string_view text) {
    ContentDigest digest;
    const auto colon = text.find(':');
    const auto name = text.substr(0, colon);
    digest.algorithm_ = name == "sha512" ? HashAlgorithm::sha512 : HashAlgorithm::sha256;
    if (colon != std::string_view::npos) digest.encoded_ = text.substr(colon + 1);
    const bool is_hex =
        std::ranges::all_of(digest.encoded_, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
    if ((name != "sha256" && name != "sha512") || !is_hex || digest.encoded_.size() != hex_length(digest.algorithm_))
        return fail("RB1501", fmt::format("'{}' is not a digest", text.substr(0, 200)),
                    "write sha256: and 64 hex digits, or sha512: and 128", ExitCode::bad_data);
    return digest;
}

std::string_view ContentDigest::algorithm_name() const {
    return algorithm_ == HashAlgorithm::sha256 ? "sha256" : "sha512";
}

struct ContentHash::State {
    EVP_MD_CTX* context = EVP_MD_CTX_new();
    HashAlgorithm algorithm;
    explicit State(HashAlgorithm wanted) : algorithm(wanted) {
        EVP_DigestInit_ex(context, wanted == HashAlgorithm::sha256 ? EVP_sha256() : EVP_sha512(), nullptr);
    }
    ~State() { EVP_MD_CTX_free(context); }
    State(const State&) = delete;
    State& operator=(const State&) = delete;
};

ContentHash::ContentHash(HashAlgorithm algorithm) : state_(std::make_unique<State>(algorithm)) {}
ContentHash::~ContentHash() = default;
ContentHash::ContentHash(ContentHash&&) noexcept = default;
ContentHash& ContentHash::operator=(ContentHash&&) noexcept = default;

ContentHash& ContentHash::update(std::string_view bytes) {
    EVP_DigestUpdate(state_->context, bytes.data(), bytes.size());
    return *this;
}

ContentDigest ContentHash::finish() {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    EVP_DigestFinal_ex(state_->context, bytes.data(), &size);
    ContentDigest digest;
    digest.algorithm_ = state_->algorithm;
    for (unsigned i = 0; i < size; ++i) {
        digest.encoded_ += digits[bytes[i] >> 4];
        digest.encoded_ += digits[bytes[i] & 15];
    }
    return digest;
}

ContentDigest hash_of(std::string_view bytes, HashAlgorithm algorithm) {
    return ContentHash(algorithm).update(bytes).finish();
}

}  // namespace rockbuild
