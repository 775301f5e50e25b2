#include "store/folder_io.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <map>
#include <tuple>

namespace rockbuild {

namespace {

Result<void> copy_content(const Store& store, const Entry& entry, const fs::path& path) {
    const auto from = TRY(store.open_blob(entry.digest));
    const auto to = TRY(open_file(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0600));
    for (auto left = entry.size; left > 0;) {
        const auto count = ::copy_file_range(from.get(), nullptr, to.get(), nullptr, left, 0);
        if (count < 0 && errno == EINTR) continue;
        if (count > 0) {
            left -= static_cast<std::uint64_t>(count);
            continue;
        }
        if (count == 0)
            return fail("RB0202", fmt::format("the stored blob {} is damaged", entry.digest.str()),
                        "remove the store and pack again");
        if (errno != EXDEV && errno != EINVAL && errno != ENOSYS && errno != EOPNOTSUPP)
            return system_error("write", path, errno);
        // Between file systems that can't copy inside the kernel.
        char buffer[65536];
        while (left > 0) {
            const auto got = ::read(from.get(), buffer, sizeof buffer);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return system_error("read a blob for", path, got == 0 ? EIO : errno);
            TRY_VOID(write_all(to.get(), {buffer, static_cast<std::size_t>(got)}, path));
            left -= std::min<std::uint64_t>(left, static_cast<std::uint64_t>(got));
        }
    }
    return {};
}

Result<void> make_entry(const Store& store, const Entry& entry, const fs::path& path) {
    switch (entry.type) {
        case EntryType::folder:
            if (::mkdir(path.c_str(), 0700) != 0) return system_error("make the folder", path, errno);
            return {};
        case EntryType::file:
            return copy_content(store, entry, path);
        case EntryType::symlink:
            if (::symlink(entry.target.c_str(), path.c_str()) != 0) return system_error("make the link", path, errno);
            return {};
        case EntryType::fifo:
            if (::mkfifo(path.c_str(), 0600) != 0) return system_error("make the fifo", path, errno);
            return {};
        case EntryType::character_device:
        case EntryType::block_device: {
            const mode_t type = entry.type == EntryType::block_device ? S_IFBLK : S_IFCHR;
            if (::mknod(path.c_str(), type | 0600, makedev(entry.major, entry.minor)) != 0 && errno != EPERM)
                return system_error("make the device", path, errno);
            return {};
        }
        case EntryType::whiteout:
            if (::mknod(path.c_str(), S_IFCHR, makedev(0, 0)) != 0)
                return system_error("make the whiteout", path, errno);
            return {};
    }
    return {};
}

/// Owner first: the kernel takes setuid bits away when a file changes hands.
Result<void> set_attributes(const Entry& entry, const fs::path& path) {
    if (::lchown(path.c_str(), entry.uid, entry.gid) != 0) return system_error("give the owner to", path, errno);
    if (entry.type != EntryType::symlink && ::chmod(path.c_str(), entry.mode) != 0)
        return system_error("set the mode of", path, errno);
    for (const auto& [name, value] : entry.xattrs)
        if (::lsetxattr(path.c_str(), name.c_str(), value.data(), value.size(), 0) != 0 && errno != ENOTSUP &&
            errno != EPERM)
            return system_error(fmt::format("set the attribute {} of", name), path, errno);
    return {};
}

Result<void> set_time(const Entry& entry, const fs::path& path) {
    const timespec times[2] = {{entry.mtime, 0}, {entry.mtime, 0}};
    if (::utimensat(AT_FDCWD, path.c_str(), times, AT_SYMLINK_NOFOLLOW) != 0)
        return system_error("set the time of", path, errno);
    return {};
}

bool is_absent_device(const Entry& entry, const fs::path& path) {
    if (entry.type != EntryType::character_device && entry.type != EntryType::block_device) return false;
    struct stat status{};
    return ::lstat(path.c_str(), &status) != 0;
}

}  // namespace

Result<void> write_folder(const Store& store, const Tree& tree, const fs::path& folder) {
    // Files with the same inode: link name, content and attributes agree.
    std::map<std::tuple<std::string, Digest, std::uint32_t, std::uint32_t, std::uint32_t>, fs::path> inodes;
    for (const auto& entry : tree.entries()) {
        if (const auto parent = parent_of(entry.path); !parent.empty()) {
            // All parents are folders that were made here: no link of the tree is ever walked through.
            const auto* above = tree.find(parent);
            if (above == nullptr || above->type != EntryType::folder)
                return fail("RB0221", fmt::format("'{}' lies below '{}', which is no folder", entry.path, parent), "",
                            ExitCode::bad_data);
        }
        const auto path = folder / entry.path;
        if (!entry.link.empty() && entry.type == EntryType::file) {
            const auto [first, made] =
                inodes.try_emplace({entry.link, entry.digest, entry.mode, entry.uid, entry.gid}, path);
            if (!made) {
                if (::link(first->second.c_str(), path.c_str()) != 0)
                    return system_error("make the hard link", path, errno);
                continue;
            }
        }
        TRY_VOID(make_entry(store, entry, path));
        if (entry.type == EntryType::whiteout || is_absent_device(entry, path)) continue;
        TRY_VOID(set_attributes(entry, path));
        if (entry.opaque)
            for (const auto* name : {"trusted.overlay.opaque", "user.overlay.opaque"})
                if (::lsetxattr(path.c_str(), name, "y", 1, 0) != 0 && errno != EPERM && errno != ENOTSUP)
                    return system_error("mark as opaque", path, errno);
        if (entry.type != EntryType::folder) TRY_VOID(set_time(entry, path));
    }
    for (auto entry = tree.entries().rbegin(); entry != tree.entries().rend(); ++entry)
        if (entry->type == EntryType::folder) TRY_VOID(set_time(*entry, folder / entry->path));
    return {};
}

}  // namespace rockbuild
