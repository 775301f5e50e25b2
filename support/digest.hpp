// A SHA-256 digest as a value, and the hash that makes it (OpenSSL's).
#pragma once

#include "support/result.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace rockbuild {

/// 32 bytes, written `sha256:` + 64 lower-case hex digits (OCI image spec, descriptor digests).
class Digest {
public:
    static constexpr std::size_t size = 32;

    Digest() = default;  // all zeros: "no digest yet"
    explicit Digest(const std::array<std::uint8_t, size>& bytes) : bytes_(bytes) {}

    /// Reads `sha256:<64 hex>`; RB0001 when it is anything else.
    static Result<Digest> parse(std::string_view text);
    /// Reads 64 hex digits alone; RB0001 when it is anything else.
    static Result<Digest> from_hex(std::string_view hex);

    std::string str() const { return "sha256:" + hex(); }
    std::string hex() const;
    std::string short_hex() const { return hex().substr(0, 12); }
    const std::array<std::uint8_t, size>& bytes() const { return bytes_; }
    bool empty() const { return *this == Digest{}; }
    auto operator<=>(const Digest&) const = default;

private:
    std::array<std::uint8_t, size> bytes_{};
};

/// A running SHA-256. Movable, not copyable. After finish() it starts anew.
class Sha256 {
public:
    Sha256();
    ~Sha256();
    Sha256(Sha256&&) noexcept;
    Sha256& operator=(Sha256&&) noexcept;

    Sha256& update(const void* data, std::size_t length);
    Sha256& update(std::string_view bytes) { return update(bytes.data(), bytes.size()); }
    Digest finish();

private:
    struct State;
    std::unique_ptr<State> state_;
};

Digest sha256(std::string_view bytes);

}  // namespace rockbuild

template <>
struct std::hash<rockbuild::Digest> {
    std::size_t operator()(const rockbuild::Digest& digest) const noexcept {
        std::size_t value = 0;
        for (std::size_t i = 0; i < sizeof value; ++i) value = value << 8 | digest.bytes()[i];
        return value;
    }
};
