// How registries name content: an algorithm and a hash, both of which a client may choose (OCI image spec, descriptor
// digests). Everything that rockbuild makes has SHA-256 names; what it carries for others may have SHA-512 ones.
#pragma once

#include "support/digest.hpp"
#include "support/result.hpp"

#include <compare>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace rockbuild {

enum class HashAlgorithm : std::uint8_t { sha256, sha512 };

/// `sha256:` + 64 or `sha512:` + 128 lower-case hex digits.
class ContentDigest {
public:
    ContentDigest() = default;
    ContentDigest(const Digest& digest) : encoded_(digest.hex()) {}  // NOLINT: a SHA-256 digest is one of these

    /// RB1501 (exit 65) for anything else.
    static Result<ContentDigest> parse(std::string_view text);

    HashAlgorithm algorithm() const { return algorithm_; }
    std::string_view algorithm_name() const;
    const std::string& encoded() const { return encoded_; }
    std::string str() const { return std::string(algorithm_name()) + ":" + encoded_; }
    bool empty() const { return encoded_.empty(); }
    auto operator<=>(const ContentDigest&) const = default;

private:
    friend class ContentHash;
    HashAlgorithm algorithm_ = HashAlgorithm::sha256;
    std::string encoded_;
};

/// A running hash of either kind.
class ContentHash {
public:
    explicit ContentHash(HashAlgorithm algorithm);
    ~ContentHash();
    ContentHash(ContentHash&&) noexcept;
    ContentHash& operator=(ContentHash&&) noexcept;

    ContentHash& update(std::string_view bytes);
    /// Once.
    ContentDigest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

ContentDigest hash_of(std::string_view bytes, HashAlgorithm algorithm = HashAlgorithm::sha256);

}  // namespace rockbuild
