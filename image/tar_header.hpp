// The header of one tar member, as bytes: what is in front of its content.
//
// The format is POSIX ustar; a pax header comes before it only where ustar can't say a thing: a long name or link
// target, a large size or owner, a time before 1970 or after 2242, extended attributes. Owners are numbers only. The
// bytes are the product (they are what a diff ID is the digest of), so nothing here may change without a new codec
// version.
#pragma once

#include "support/result.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <string_view>

namespace rockbuild {

constexpr std::uint64_t tar_block = 512;

/// `size` rounded up to whole tar blocks.
constexpr std::uint64_t tar_padded(std::uint64_t size) { return (size + tar_block - 1) / tar_block * tar_block; }

struct TarMember {
    /// The letters of POSIX ustar.
    enum class Type : char {
        file = '0',
        hard_link = '1',
        symlink = '2',
        character_device = '3',
        block_device = '4',
        folder = '5',
        fifo = '6',
    };

    std::string name;  // bytes, as it will stand in the archive: folders end in '/'
    Type type = Type::file;
    std::uint32_t mode = 0644;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::uint64_t size = 0;
    std::int64_t mtime = 0;
    std::string target;  // of links
    std::uint32_t major = 0;
    std::uint32_t minor = 0;
    std::map<std::string, std::string> xattrs;
};

/// Whole blocks. Names that aren't UTF-8 stand as raw bytes; in pax records the charset is then declared BINARY. RB0701
/// for what the format can't carry: a '=' in an attribute's name, a device number over 2^21.
Result<std::string> tar_header(const TarMember& member);

}  // namespace rockbuild
