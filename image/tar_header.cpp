#include "image/tar_header.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>

namespace rockbuild {

namespace {

struct Field {
    std::size_t offset;
    std::size_t width;
};

// POSIX.1-2017, pax, "ustar Interchange Format".
constexpr Field name_field{0, 100}, mode_field{100, 8}, uid_field{108, 8}, gid_field{116, 8}, size_field{124, 12},
    mtime_field{136, 12}, checksum_field{148, 8}, type_field{156, 1}, target_field{157, 100}, magic_field{257, 8},
    major_field{329, 8}, minor_field{337, 8}, prefix_field{345, 155};

/// The largest number that fits as octal digits and a NUL.
constexpr std::uint64_t most(Field field) { return (std::uint64_t{1} << (3 * (field.width - 1))) - 1; }

class Block {
public:
    void text(Field field, std::string_view value) {
        std::copy_n(value.data(), std::min(value.size(), field.width), bytes_.data() + field.offset);
    }
    void number(Field field, std::uint64_t value) {
        for (auto at = field.offset + field.width - 1; at-- > field.offset; value /= 8)
            bytes_[at] = static_cast<char>('0' + value % 8);
    }
    /// A number that a pax record gives instead stands as 0.
    void number_or_zero(Field field, std::uint64_t value) { number(field, value <= most(field) ? value : 0); }

    std::string_view seal() {
        text(magic_field, std::string_view("ustar\00000", 8));
        text(checksum_field, "        ");
        std::uint32_t sum = 0;
        for (const char byte : bytes_) sum += static_cast<unsigned char>(byte);
        number({checksum_field.offset, 7}, sum);
        bytes_[checksum_field.offset + 6] = '\0';
        return {bytes_.data(), bytes_.size()};
    }

private:
    std::array<char, tar_block> bytes_{};
};

struct SplitName {
    std::string_view prefix;
    std::string_view name;
};

/// ustar joins prefix and name by a '/'. None if there is no such place in `path`.
std::optional<SplitName> split(std::string_view path) {
    if (path.size() <= name_field.width) return SplitName{{}, path};
    // The shortest prefix that leaves a name that fits; the slash that ends a folder's name is no place to cut.
    const auto slash = path.find('/', path.size() - name_field.width - 1);
    if (slash == std::string_view::npos || slash == 0 || slash > prefix_field.width || slash + 1 == path.size())
        return std::nullopt;
    return SplitName{path.substr(0, slash), path.substr(slash + 1)};
}

bool is_utf8(std::string_view text) {
    for (std::size_t i = 0; i < text.size();) {
        const auto lead = static_cast<unsigned char>(text[i]);
        const std::size_t length = lead < 0x80 ? 1 : lead >> 5 == 6 ? 2 : lead >> 4 == 14 ? 3 : lead >> 3 == 30 ? 4 : 0;
        if (length == 0 || i + length > text.size()) return false;
        std::uint32_t point = length == 1 ? lead : lead & (0x7fU >> length);
        for (std::size_t k = 1; k < length; ++k) {
            const auto next = static_cast<unsigned char>(text[i + k]);
            if (next >> 6 != 2) return false;
            point = point << 6 | (next & 0x3fU);
        }
        constexpr std::array<std::uint32_t, 5> least{0, 0, 0x80, 0x800, 0x10000};
        if (point < least[length] || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
        i += length;
    }
    return true;
}

/// "LENGTH KEY=VALUE\n", where LENGTH counts itself.
std::string pax_record(std::string_view key, std::string_view value) {
    const auto rest = key.size() + value.size() + 3;
    auto length = rest + std::to_string(rest).size();
    length = rest + std::to_string(length).size();
    std::string record = fmt::format("{} {}=", length, key);
    record.append(value);
    record += '\n';
    return record;
}

std::string pax_records(const TarMember& member, bool long_name, bool long_target) {
    std::string records;
    if ((long_name && !is_utf8(member.name)) || (long_target && !is_utf8(member.target)))
        records += pax_record("hdrcharset", "BINARY");
    if (long_name) records += pax_record("path", member.name);
    if (long_target) records += pax_record("linkpath", member.target);
    if (member.size > most(size_field)) records += pax_record("size", std::to_string(member.size));
    if (member.uid > most(uid_field)) records += pax_record("uid", std::to_string(member.uid));
    if (member.gid > most(gid_field)) records += pax_record("gid", std::to_string(member.gid));
    if (member.mtime < 0 || std::cmp_greater(member.mtime, most(mtime_field)))
        records += pax_record("mtime", std::to_string(member.mtime));
    for (const auto& [name, value] : member.xattrs) records += pax_record("SCHILY.xattr." + name, value);
    return records;
}

void append_pax_header(std::string& bytes, std::string_view records) {
    Block block;
    block.text(name_field, "PaxHeaders");
    block.number(mode_field, 0644);
    block.number(uid_field, 0);
    block.number(gid_field, 0);
    block.number(size_field, records.size());
    block.number(mtime_field, 0);
    block.text(type_field, "x");
    bytes += block.seal();
    bytes += records;
    bytes.resize(tar_padded(bytes.size()));
}

Result<void> check(const TarMember& member) {
    for (const auto& [name, value] : member.xattrs)
        if (name.find('=') != std::string::npos)
            return fail(
                "RB0701",
                fmt::format("'{}' has an extended attribute '{}', which a layer can't carry", member.name, name),
                "remove the attribute: tar has no way to write a name with '='");
    if (member.major > most(major_field) || member.minor > most(minor_field))
        return fail("RB0701", fmt::format("the device '{}' has the number {}:{}, which a layer can't carry",
                                          member.name, member.major, member.minor));
    return {};
}

}  // namespace

Result<std::string> tar_header(const TarMember& member) {
    TRY_VOID(check(member));
    const auto name = split(member.name);
    const bool long_target = member.target.size() > target_field.width;

    std::string bytes;
    if (const auto records = pax_records(member, !name, long_target); !records.empty())
        append_pax_header(bytes, records);

    Block block;
    block.text(name_field, name ? name->name : member.name);
    if (name) block.text(prefix_field, name->prefix);
    block.number(mode_field, member.mode & 07777U);
    block.number_or_zero(uid_field, member.uid);
    block.number_or_zero(gid_field, member.gid);
    block.number_or_zero(size_field, member.size);
    block.number_or_zero(mtime_field, member.mtime < 0 ? 0 : static_cast<std::uint64_t>(member.mtime));
    const char type = static_cast<char>(member.type);
    block.text(type_field, {&type, 1});
    block.text(target_field, member.target);
    if (member.type == TarMember::Type::character_device || member.type == TarMember::Type::block_device) {
        block.number(major_field, member.major);
        block.number(minor_field, member.minor);
    }
    bytes += block.seal();
    return bytes;
}

}  // namespace rockbuild
