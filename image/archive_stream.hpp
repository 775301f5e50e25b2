// libarchive behind two small readers: one that undoes a compression, one that walks a tar. Nothing is written to the
// disk and nothing is believed: names, sizes and digests are the callers' to check (libarchive checks no CRC).
#pragma once

#include "store/tree.hpp"
#include "support/result.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

/// Gives the next bytes, an empty view at the end. The view holds until the next call.
using ByteSource = std::function<Result<std::string_view>()>;

/// The bytes of `source` without their compression: gzip (all members), zstd (all frames), xz or none, told by the
/// content.
class Decompressor {
public:
    /// `name` is for messages.
    static Result<Decompressor> open(ByteSource source, std::string name);
    ~Decompressor();
    Decompressor(Decompressor&&) noexcept;
    Decompressor& operator=(Decompressor&&) = delete;

    Result<std::string_view> next();

private:
    struct State;
    explicit Decompressor(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// A member of a tar as it stands there: names not checked, paths as bytes.
struct TarRecord {
    std::string name;
    std::optional<std::string> hard_link;  // the name that it is another name of
    bool is_socket = false;
    Entry entry;  // all but path, digest and link
};

class TarReader {
public:
    static Result<TarReader> open(ByteSource source, std::string name);
    /// Reads a file, compressed or not; what is passed over in an uncompressed one is not read.
    static Result<TarReader> open_file(const std::string& path);
    ~TarReader();
    TarReader(TarReader&&) noexcept;
    TarReader& operator=(TarReader&&) = delete;

    /// The next member, none at the end. RB0723 (exit 65) for what is no tar, is damaged or can't be a file's.
    Result<std::optional<TarRecord>> next();

    /// A part of the current member's content; holes before it are to be read as zeros.
    struct Part {
        std::uint64_t offset = 0;
        std::string_view bytes;
    };
    /// None at the content's end.
    Result<std::optional<Part>> content();

private:
    struct State;
    explicit TarReader(std::unique_ptr<State> state);
    std::unique_ptr<State> state_;
};

/// Where a member's content lies in an archive's file: it may be read from there.
struct MemberPlace {
    std::string name;          // clean
    std::uint64_t offset = 0;  // 0: not known, since the archive is compressed as a whole
    std::uint64_t size = 0;
};
/// All files of a tar, in their order. Errors as TarReader's.
Result<std::vector<MemberPlace>> member_places(const std::string& path);

}  // namespace rockbuild
