#include "store/folder_io.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <memory>
#include <utility>

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> unreadable(const fs::path& path, int error) {
    auto result = system_error("read", path, error);
    if (result.error().code == "RB0100") result.error().code = "RB0220";
    return result;
}

bool is_overlay_attribute(std::string_view name) {
    return name.starts_with("trusted.overlay.") || name.starts_with("user.overlay.");
}

/// A version 3 capability names the user namespace it was set in; in an image only version 2 means anything.
std::string plain_capability(std::string value) {
    constexpr std::size_t version_2_size = 20;
    constexpr std::size_t version_3_size = 24;
    if (value.size() == version_3_size && value[3] == 3) {
        value.resize(version_2_size);
        value[3] = 2;
    }
    return value;
}

class Reading {
public:
    Reading(Store& store, fs::path root, const FolderReading& how) : store_(store), root_(std::move(root)), how_(how) {}

    Result<Tree> all() {
        TRY_VOID(folder(""));
        settle_links();
        return Tree::of(std::move(entries_));
    }

private:
    struct Close {
        void operator()(DIR* dir) const { ::closedir(dir); }
    };

    Result<void> folder(const std::string& relative) {
        const auto path = relative.empty() ? root_ : root_ / relative;
        const std::unique_ptr<DIR, Close> dir(::opendir(path.c_str()));
        if (!dir) return unreadable(path, errno);
        std::vector<std::string> names;
        errno = 0;
        while (const auto* item = ::readdir(dir.get())) names.emplace_back(item->d_name);
        std::sort(names.begin(), names.end());
        for (const auto& name : names) {
            if (name == "." || name == "..") continue;
            if (relative.empty() && how_.ignore && how_.ignore(name)) continue;
            TRY_VOID(item(relative.empty() ? name : relative + "/" + name));
        }
        return {};
    }

    Result<void> item(const std::string& relative) {
        const auto path = root_ / relative;
        struct stat status{};
        if (::lstat(path.c_str(), &status) != 0) return unreadable(path, errno);
        Entry entry;
        entry.path = relative;
        entry.mode = status.st_mode & 07777;
        entry.mtime = how_.time;
        if (!how_.own_files) {
            entry.uid = status.st_uid;
            entry.gid = status.st_gid;
        }
        if (S_ISSOCK(status.st_mode)) return {};
        if (S_ISDIR(status.st_mode)) entry.type = EntryType::folder;
        else if (S_ISLNK(status.st_mode)) TRY_VOID(link_target(path, entry));
        else if (S_ISFIFO(status.st_mode)) entry.type = EntryType::fifo;
        else if (S_ISCHR(status.st_mode) || S_ISBLK(status.st_mode)) {
            if (how_.own_files) return {};
            device(status, entry);
        } else TRY_VOID(content(path, status, entry));
        if (entry.type != EntryType::whiteout && !how_.own_files) TRY_VOID(attributes(path, entry));
        const bool is_folder = entry.type == EntryType::folder;
        if (entry.type == EntryType::file && status.st_nlink > 1)
            linked_[{status.st_dev, status.st_ino}].push_back(entries_.size());
        entries_.push_back(std::move(entry));
        return is_folder ? folder(relative) : Result<void>();
    }

    Result<void> link_target(const fs::path& path, Entry& entry) {
        entry.type = EntryType::symlink;
        entry.mode = 0777;
        std::string target(4096, '\0');
        const auto length = ::readlink(path.c_str(), target.data(), target.size());
        if (length < 0) return unreadable(path, errno);
        target.resize(static_cast<std::size_t>(length));
        entry.target = std::move(target);
        return {};
    }

    void device(const struct stat& status, Entry& entry) const {
        if (how_.overlay_marks && S_ISCHR(status.st_mode) && status.st_rdev == 0) {
            entry.type = EntryType::whiteout;
            entry.mode = 0;
            entry.uid = entry.gid = 0;
            return;
        }
        entry.type = S_ISBLK(status.st_mode) ? EntryType::block_device : EntryType::character_device;
        entry.major = major(status.st_rdev);
        entry.minor = minor(status.st_rdev);
    }

    Result<void> content(const fs::path& path, const struct stat& status, Entry& entry) {
        entry.type = EntryType::file;
        entry.size = static_cast<std::uint64_t>(status.st_size);
        if (how_.known)
            if (const auto digest = how_.known(entry.path, status)) {
                entry.digest = *digest;
                return {};
            }
        constexpr int tries = 3;
        for (int i = 0; i < tries; ++i) {
            const Fd fd(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_CLOEXEC));
            struct stat before{};
            struct stat after{};
            if (!fd || ::fstat(fd.get(), &before) != 0) return unreadable(path, errno);
            const auto blob = TRY(store_.put_file(fd.get(), path));
            if (::fstat(fd.get(), &after) != 0) return unreadable(path, errno);
            const bool stable = before.st_size == after.st_size && before.st_mtim.tv_sec == after.st_mtim.tv_sec &&
                                before.st_mtim.tv_nsec == after.st_mtim.tv_nsec &&
                                blob.size == static_cast<std::uint64_t>(after.st_size);
            if (!stable) continue;
            entry.digest = blob.digest;
            entry.size = blob.size;
            if (how_.learned) how_.learned(entry.path, after, blob.digest);
            return {};
        }
        return fail("RB0222", fmt::format("'{}' keeps changing while it is read", path.native()),
                    "pack again when nothing writes to it");
    }

    Result<void> attributes(const fs::path& path, Entry& entry) const {
        std::string names(4096, '\0');
        auto length = ::llistxattr(path.c_str(), names.data(), names.size());
        if (length < 0 && errno == ERANGE) {
            names.resize(65536);
            length = ::llistxattr(path.c_str(), names.data(), names.size());
        }
        if (length < 0 && (errno == ENOTSUP || errno == EPERM)) return {};
        if (length < 0) return unreadable(path, errno);
        for (std::string_view rest(names.data(), static_cast<std::size_t>(length)); !rest.empty();) {
            const std::string name(rest.substr(0, rest.find('\0')));
            rest.remove_prefix(std::min(rest.size(), name.size() + 1));
            std::string value(65536, '\0');
            const auto size = ::lgetxattr(path.c_str(), name.c_str(), value.data(), value.size());
            if (size < 0 && (errno == ENODATA || errno == EPERM)) continue;
            if (size < 0) return unreadable(path, errno);
            value.resize(static_cast<std::size_t>(size));
            if (is_overlay_attribute(name)) {
                if (how_.overlay_marks && name.ends_with(".opaque") && value == "y") entry.opaque = true;
                continue;
            }
            entry.xattrs[name] = name == "security.capability" ? plain_capability(std::move(value)) : std::move(value);
        }
        return {};
    }

    void settle_links() {
        for (const auto& [inode, names] : linked_) {
            if (names.size() < 2) continue;
            auto first = entries_[names.front()].path;
            for (const auto index : names) first = std::min(first, entries_[index].path);
            for (const auto index : names) entries_[index].link = first;
        }
    }

    Store& store_;
    fs::path root_;
    const FolderReading& how_;
    std::vector<Entry> entries_;
    std::map<std::pair<dev_t, ino_t>, std::vector<std::size_t>> linked_;
};

}  // namespace

Result<Tree> read_folder_tree(Store& store, const fs::path& folder, const FolderReading& reading) {
    return Reading(store, folder, reading).all();
}

}  // namespace rockbuild
