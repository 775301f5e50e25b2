#include "system/new_file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <random>

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> cannot_write(std::string_view act, const fs::path& path, int error) {
    auto diagnostic = system_error(act, path, error);
    diagnostic.error().exit = ExitCode::cannot_write;
    return diagnostic;
}

}  // namespace

Result<NewFile> NewFile::beside(const fs::path& path) {
    // Without a name whoever is killed leaves nothing; not every file system has such files.
    const auto folder = path.has_parent_path() ? path.parent_path() : fs::path(".");
    if (Fd nameless(::open(folder.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600)); nameless)
        return NewFile(path, {}, std::move(nameless));
    std::string name = path.native() + ".XXXXXX";
    Fd fd(::mkostemp(name.data(), O_CLOEXEC));
    if (!fd) return cannot_write("write", path, errno);
    return NewFile(path, std::move(name), std::move(fd));
}

NewFile::~NewFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
}

std::unexpected<Diagnostic> NewFile::failed(std::string_view act, int error) const {
    return cannot_write(act, path_, error);
}

Result<void> NewFile::write(std::string_view bytes) {
    auto written = write_all(fd_.get(), bytes, path_);
    if (!written) written.error().exit = ExitCode::cannot_write;
    return written;
}

Result<void> NewFile::write_at(std::uint64_t offset, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto count = ::pwrite(fd_.get(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return failed("write", errno);
        bytes.remove_prefix(static_cast<std::size_t>(count));
        offset += static_cast<std::uint64_t>(count);
    }
    return {};
}

/// A name beside the one that it is to have: only a rename replaces what is there.
Result<void> NewFile::take_name() {
    std::random_device random;
    for (;;) {
        auto name = fmt::format("{}.{:06x}", path_.native(), random() & 0xffffffU);
        const auto self = fmt::format("/proc/self/fd/{}", fd_.get());
        if (::linkat(AT_FDCWD, self.c_str(), AT_FDCWD, name.c_str(), AT_SYMLINK_FOLLOW) == 0) {
            temporary_ = std::move(name);
            return {};
        }
        if (errno != EEXIST) return failed("write", errno);
    }
}

Result<void> NewFile::finish() {
    if (::fchmod(fd_.get(), 0644) != 0) return failed("set the mode of", errno);
    if (temporary_.empty()) TRY_VOID(take_name());
    // Network file systems tell of a full disk here.
    if (::close(fd_.release()) != 0) return failed("write", errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed("write", errno);
    temporary_.clear();
    return {};
}

}  // namespace rockbuild
