#include "system/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <system_error>

namespace rockbuild {

void Fd::close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
}

std::unexpected<Diagnostic> system_error(std::string_view act, const fs::path& path, int error) {
    if (error == ENOSPC || error == EDQUOT)
        return fail("RB0101", fmt::format("no space left: cannot {} '{}'", act, path.native()),
                    fmt::format("free some space on the file system of '{}'; what was finished is kept",
                                path.parent_path().native()),
                    ExitCode::cannot_write);
    return fail("RB0100", fmt::format("cannot {} '{}': {}", act, path.native(), std::strerror(error)));
}

Result<Fd> open_file(const fs::path& path, int flags, unsigned mode) {
    Fd fd(::open(path.c_str(), flags | O_CLOEXEC, mode));
    if (!fd) return system_error("open", path, errno);
    return fd;
}

namespace {

Result<std::string> read_all(int fd, const fs::path& path) {
    std::string bytes;
    struct stat status{};
    if (::fstat(fd, &status) == 0 && status.st_size > 0) bytes.reserve(static_cast<std::size_t>(status.st_size));
    char buffer[65536];
    for (;;) {
        const auto count = ::read(fd, buffer, sizeof buffer);
        if (count == 0) return bytes;
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("read", path, errno);
        bytes.append(buffer, static_cast<std::size_t>(count));
    }
}

}  // namespace

void touch(const fs::path& path) {
    constexpr std::int64_t day = 24 * 60 * 60;
    struct stat status{};
    if (::stat(path.c_str(), &status) != 0 || ::time(nullptr) - status.st_mtim.tv_sec < day) return;
    ::utimensat(AT_FDCWD, path.c_str(), nullptr, 0);
}

Result<std::string> read_file(const fs::path& path) {
    const auto fd = TRY(open_file(path, O_RDONLY));
    return read_all(fd.get(), path);
}

Result<std::optional<std::string>> read_file_if_any(const fs::path& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!fd && (errno == ENOENT || errno == ENOTDIR)) return std::nullopt;
    if (!fd) return system_error("open", path, errno);
    return TRY(read_all(fd.get(), path));
}

Result<void> write_all(int fd, std::string_view bytes, const fs::path& path) {
    while (!bytes.empty()) {
        const auto count = ::write(fd, bytes.data(), bytes.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return system_error("write", path, errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
    }
    return {};
}

Result<void> write_file(const fs::path& path, std::string_view bytes, unsigned mode) {
    std::string name = path.native() + ".XXXXXX";
    Fd fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd) return system_error("write", path, errno);
    auto written = write_all(fd.get(), bytes, path);
    if (written && ::fchmod(fd.get(), mode) != 0) written = system_error("set the mode of", path, errno);
    if (written && ::rename(name.c_str(), path.c_str()) != 0) written = system_error("rename to", path, errno);
    if (!written) ::unlink(name.c_str());
    return written;
}

Result<void> make_folders(const fs::path& path) {
    std::error_code error;
    fs::create_directories(path, error);
    if (error) return system_error("make the folder", path, error.value());
    return {};
}

namespace {

/// `device` is where the removal began: what is mounted below from elsewhere is not ours to remove.
Result<void> remove_below(int parent, const char* name, const fs::path& path, dev_t device) {
    if (::unlinkat(parent, name, 0) == 0 || errno == ENOENT) return {};
    if (errno != EISDIR && errno != EPERM) return system_error("remove", path, errno);
    ::fchmodat(parent, name, 0700, 0);
    const Fd folder(::openat(parent, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
    struct stat status{};
    if (!folder || ::fstat(folder.get(), &status) != 0) return system_error("remove", path, errno);
    if (device == 0) device = status.st_dev;
    if (status.st_dev != device) return system_error("remove what is mounted on", path, EBUSY);
    std::error_code error;
    for (fs::directory_iterator it("/proc/self/fd/" + std::to_string(folder.get()), error), end; !error && it != end;
         it.increment(error)) {
        const auto child = it->path().filename();
        TRY_VOID(remove_below(folder.get(), child.c_str(), path / child, device));
    }
    if (::unlinkat(parent, name, AT_REMOVEDIR) != 0 && errno != ENOENT) return system_error("remove", path, errno);
    return {};
}

}  // namespace

Result<void> remove_tree(const fs::path& path) { return remove_below(AT_FDCWD, path.c_str(), path, 0); }

Result<TempFolder> TempFolder::make(const fs::path& parent, std::string_view prefix) {
    TRY_VOID(make_folders(parent));
    std::string name = (parent / prefix).native() + "XXXXXX";
    if (::mkdtemp(name.data()) == nullptr) return system_error("make a folder in", parent, errno);
    return TempFolder(fs::path(name));
}

TempFolder::~TempFolder() {
    if (!path_.empty()) (void)remove_tree(path_);
}

TempFolder::TempFolder(TempFolder&& other) noexcept : path_(std::exchange(other.path_, {})) {}

TempFolder& TempFolder::operator=(TempFolder&& other) noexcept {
    std::swap(path_, other.path_);
    return *this;
}

namespace {

Result<Fd> open_lock(const fs::path& path) { return open_file(path, O_RDWR | O_CREAT, 0600); }

int operation(FileLock::Kind kind) { return kind == FileLock::Kind::shared ? LOCK_SH : LOCK_EX; }

}  // namespace

Result<FileLock> FileLock::acquire(const fs::path& path, Kind kind, const std::function<void()>& wait) {
    auto fd = TRY(open_lock(path));
    if (::flock(fd.get(), operation(kind) | LOCK_NB) == 0) return FileLock(std::move(fd));
    if (errno == EWOULDBLOCK && wait) wait();
    while (::flock(fd.get(), operation(kind)) != 0)
        if (errno != EINTR) return system_error("lock", path, errno);
    return FileLock(std::move(fd));
}

Result<std::optional<FileLock>> FileLock::try_acquire(const fs::path& path, Kind kind) {
    auto fd = TRY(open_lock(path));
    if (::flock(fd.get(), operation(kind) | LOCK_NB) == 0) return FileLock(std::move(fd));
    if (errno == EWOULDBLOCK) return std::nullopt;
    return system_error("lock", path, errno);
}

}  // namespace rockbuild
