// Files, as Results: whole reads, atomic writes, folders, locks. The messages name the path and the system's reason.
#pragma once

#include "support/result.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace rockbuild {

namespace fs = std::filesystem;

/// An owned file descriptor.
class Fd {
public:
    Fd() = default;
    explicit Fd(int fd) : fd_(fd) {}
    ~Fd() { close(); }
    Fd(Fd&& other) noexcept : fd_(other.release()) {}
    Fd& operator=(Fd&& other) noexcept {
        if (this != &other) {
            close();
            fd_ = other.release();
        }
        return *this;
    }
    Fd(const Fd&) = delete;
    Fd& operator=(const Fd&) = delete;

    int get() const { return fd_; }
    explicit operator bool() const { return fd_ >= 0; }
    int release() {
        const int fd = fd_;
        fd_ = -1;
        return fd;
    }
    void close();

private:
    int fd_ = -1;
};

/// RB0100 with errno's text: "cannot open '/x': Permission denied". ENOSPC and EDQUOT become RB0101 ("no space left on
/// …", exit 73) with a hint that names the folder. Call it right after the failing system call.
std::unexpected<Diagnostic> system_error(std::string_view act, const fs::path& path, int error);

Result<Fd> open_file(const fs::path& path, int flags, unsigned mode = 0666);
/// The whole file as bytes.
Result<std::string> read_file(const fs::path& path);
/// None if the file is not there; an error for every other failure.
Result<std::optional<std::string>> read_file_if_any(const fs::path& path);
/// Everything or nothing: a temporary name beside `path`, then rename.
Result<void> write_file(const fs::path& path, std::string_view bytes, unsigned mode = 0644);
/// Writes all of `bytes` to `fd`; `path` is for the message.
Result<void> write_all(int fd, std::string_view bytes, const fs::path& path);
Result<void> make_folders(const fs::path& path);
/// Says that `path` was of use now: its time becomes the present one, unless it is less than a day old.
void touch(const fs::path& path);
/// Removes `path` and all below it, also folders without permission bits; never what another file system mounted below
/// it holds (RB0100). A missing path is fine.
Result<void> remove_tree(const fs::path& path);

/// A folder of its own that goes when the value goes. Made below `parent` as `<prefix>XXXXXX`, mode 0700.
class TempFolder {
public:
    static Result<TempFolder> make(const fs::path& parent, std::string_view prefix = "tmp-");
    ~TempFolder();
    TempFolder(TempFolder&&) noexcept;
    TempFolder& operator=(TempFolder&&) noexcept;
    const fs::path& path() const { return path_; }

private:
    explicit TempFolder(fs::path path) : path_(std::move(path)) {}
    fs::path path_;
};

/// A lock on a file, held until the value goes or the process dies (flock). `wait` is called once before blocking.
class FileLock {
public:
    enum class Kind : std::uint8_t { shared, exclusive };
    static Result<FileLock> acquire(const fs::path& path, Kind kind, const std::function<void()>& wait = {});
    /// None when somebody else holds it.
    static Result<std::optional<FileLock>> try_acquire(const fs::path& path, Kind kind);

private:
    explicit FileLock(Fd fd) : fd_(std::move(fd)) {}
    Fd fd_;
};

}  // namespace rockbuild
