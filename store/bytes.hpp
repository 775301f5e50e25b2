// Writing and reading the store's binary formats: little numbers take one byte (base 128, lowest group first), strings
// carry their length. The reader never reads past its end: after the first lack it is no longer good() and gives zeros.
#pragma once

#include "support/digest.hpp"

#include <array>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace rockbuild {

class ByteWriter {
public:
    void reserve(std::size_t size) { bytes_.reserve(size); }
    void byte(std::uint8_t value) { bytes_ += static_cast<char>(value); }
    void number(std::uint64_t value) {
        for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
        byte(static_cast<std::uint8_t>(value));
    }
    /// Signed numbers are folded so that small ones of either sign stay small: 0, -1, 1, -2 …
    void signed_number(std::int64_t value) {
        number(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
    }
    void text(std::string_view value) {
        number(value.size());
        bytes_.append(value);
    }
    void digest(const Digest& value) {
        bytes_.append(reinterpret_cast<const char*>(value.bytes().data()), Digest::size);
    }
    const std::string& bytes() const { return bytes_; }
    std::string take() { return std::move(bytes_); }

private:
    std::string bytes_;
};

class ByteReader {
public:
    explicit ByteReader(std::string_view bytes) : rest_(bytes) {}

    std::uint8_t byte() {
        const auto one = raw(1);
        return one.empty() ? std::uint8_t{0} : static_cast<std::uint8_t>(one[0]);
    }
    std::uint64_t number() {
        std::uint64_t value = 0;
        for (unsigned shift = 0; shift < 64; shift += 7) {
            const auto group = byte();
            if (shift == 63 && group > 1) break;
            value |= static_cast<std::uint64_t>(group & 0x7f) << shift;
            if (group < 0x80) return value;
        }
        return spoil();
    }
    std::int64_t signed_number() {
        const auto folded = number();
        return static_cast<std::int64_t>(folded >> 1) ^ -static_cast<std::int64_t>(folded & 1);
    }
    /// A number that must fit 32 bits.
    std::uint32_t small_number() {
        const auto value = number();
        return static_cast<std::uint32_t>(value <= UINT32_MAX ? value : spoil());
    }
    std::string_view text() { return raw(number()); }
    Digest digest() {
        std::array<std::uint8_t, Digest::size> value{};
        if (const auto bytes = raw(Digest::size); !bytes.empty()) std::memcpy(value.data(), bytes.data(), Digest::size);
        return Digest(value);
    }

    bool good() const { return good_; }
    /// All was there and nothing is left.
    bool complete() const { return good_ && rest_.empty(); }
    std::size_t left() const { return rest_.size(); }

private:
    std::string_view raw(std::uint64_t length) {
        if (length > rest_.size()) {
            spoil();
            return {};
        }
        const auto result = rest_.substr(0, static_cast<std::size_t>(length));
        rest_.remove_prefix(static_cast<std::size_t>(length));
        return result;
    }
    std::uint64_t spoil() {
        good_ = false;
        rest_ = {};
        return 0;
    }

    std::string_view rest_;
    bool good_ = true;
};

}  // namespace rockbuild
