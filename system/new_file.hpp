// A file that gets its name when it is whole; until then, and if it never is, nothing is seen of it.
#pragma once

#include "system/file.hpp"

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>

namespace rockbuild {

/// All errors end the program with "cannot write" (73).
class NewFile {
public:
    static Result<NewFile> beside(const std::filesystem::path& path);
    NewFile(NewFile&& other) noexcept
        : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), fd_(std::move(other.fd_)) {}
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile();

    int fd() const { return fd_.get(); }
    const std::filesystem::path& path() const { return path_; }
    /// At the file's end.
    Result<void> write(std::string_view bytes);
    /// From several threads at once, if they write to different places.
    Result<void> write_at(std::uint64_t offset, std::string_view bytes);
    Result<void> finish();

    /// The error of a system call that has just failed.
    std::unexpected<Diagnostic> failed(std::string_view act, int error) const;

private:
    NewFile(std::filesystem::path path, std::string temporary, Fd fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

    Result<void> take_name();

    std::filesystem::path path_;
    std::string temporary_;  // empty: it has no name yet
    Fd fd_;
};

}  // namespace rockbuild
