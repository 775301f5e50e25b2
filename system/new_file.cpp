#include "system/new_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>

namespace rockbuild {

namespace {

std::unexpected<Diagnostic> cannot_write(std::string_view act, const fs::path& path, int error) {
    auto diagnostic = system_error(act, path, error);
    diagnostic.error().exit = ExitCode::cannot_write;
    return diagnostic;
}

}  // namespace

Result<NewFile> NewFile::beside(const fs::path& path) {
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

Result<void> NewFile::finish() {
    if (::fchmod(fd_.get(), 0644) != 0) return failed("set the mode of", errno);
    // Network file systems tell of a full disk here.
    if (::close(fd_.release()) != 0) return failed("write", errno);
    if (::rename(temporary_.c_str(), path_.c_str()) != 0) return failed("write", errno);
    temporary_.clear();
    return {};
}

}  // namespace rockbuild
