// Small acts on files that the storage's parts share.
#pragma once

#include "system/file.hpp"

#include <unistd.h>

#include <cerrno>
#include <string>
#include <string_view>

namespace rockbuild {

/// 32 hex digits that nobody can guess.
std::string random_file_name();
/// False if there was none.
Result<bool> unlink_if_any(const fs::path& path);

/// The bytes of `fd` from its start, in blocks.
template <class Take>
Result<void> read_blocks(int fd, const fs::path& path, Take take) {
    std::string buffer(1 << 20, '\0');
    for (off_t offset = 0;;) {
        const auto count = ::pread(fd, buffer.data(), buffer.size(), offset);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("read", path, errno);
        if (count == 0) return {};
        take(std::string_view(buffer.data(), static_cast<std::size_t>(count)));
        offset += count;
    }
}

}  // namespace rockbuild
