// The .rock file: an uncompressed tar of an OCI image layout. Its members are the store's blobs as they are, so the
// kernel copies them (copy_file_range, which shares extents where the file system can; else sendfile).
#include "image/documents.hpp"
#include "image/image.hpp"
#include "image/tar_header.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <variant>

namespace rockbuild {

namespace {

/// Whatever goes wrong with the file itself ends the program with "cannot write".
std::unexpected<Diagnostic> cannot_write(std::string_view act, const fs::path& path, int error) {
    auto diagnostic = system_error(act, path, error);
    diagnostic.error().exit = ExitCode::cannot_write;
    return diagnostic;
}

/// A file that gets its name when it is whole; until then, and if it never is, nothing is seen of it.
class NewFile {
public:
    static Result<NewFile> beside(const fs::path& path) {
        std::string name = path.native() + ".XXXXXX";
        Fd fd(::mkostemp(name.data(), O_CLOEXEC));
        if (!fd) return cannot_write("write", path, errno);
        return NewFile(path, std::move(name), std::move(fd));
    }
    NewFile(NewFile&& other) noexcept
        : path_(std::move(other.path_)), temporary_(std::exchange(other.temporary_, {})), fd_(std::move(other.fd_)) {}
    NewFile& operator=(NewFile&&) = delete;
    ~NewFile() {
        if (!temporary_.empty()) ::unlink(temporary_.c_str());
    }

    Result<void> write(std::string_view bytes) {
        auto written = write_all(fd_.get(), bytes, path_);
        if (!written) written.error().exit = ExitCode::cannot_write;
        return written;
    }

    /// All of `blob`, which has `size` bytes.
    Result<void> copy(const Fd& blob, std::uint64_t size) {
        bool shared = true;
        while (size > 0) {
            auto count = shared ? ::copy_file_range(blob.get(), nullptr, fd_.get(), nullptr, size, 0) : -1;
            // Not between all file systems, and some say so by copying nothing.
            if (shared && (count == 0 || (count < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                                                        errno == EOPNOTSUPP || errno == EPERM)))) {
                shared = false;
                continue;
            }
            if (!shared) count = ::sendfile(fd_.get(), blob.get(), nullptr, size);
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return cannot_write("write", path_, errno);
            if (count == 0)
                return fail("RB0700", "a blob of the store is shorter than the image says",
                            "run `rockbuild clean` and build again");
            size -= static_cast<std::uint64_t>(count);
        }
        return {};
    }

    Result<void> finish() {
        if (::fchmod(fd_.get(), 0644) != 0) return cannot_write("set the mode of", path_, errno);
        // Network file systems tell of a full disk here.
        if (::close(fd_.release()) != 0) return cannot_write("write", path_, errno);
        if (::rename(temporary_.c_str(), path_.c_str()) != 0) return cannot_write("write", path_, errno);
        temporary_.clear();
        return {};
    }

private:
    NewFile(fs::path path, std::string temporary, Fd fd)
        : path_(std::move(path)), temporary_(std::move(temporary)), fd_(std::move(fd)) {}

    fs::path path_;
    std::string temporary_;
    Fd fd_;
};

/// A member's content: our own text, or a blob of the store.
using Content = std::variant<std::string, Descriptor>;

Result<void> write_member(NewFile& file, const Store& store, const std::string& name, const Content& content) {
    const auto* blob = std::get_if<Descriptor>(&content);
    const auto* text = std::get_if<std::string>(&content);
    const auto size = blob != nullptr ? blob->size : text->size();
    TRY_VOID(file.write(TRY(tar_header({.name = name, .size = size}))));
    if (blob != nullptr) TRY_VOID(file.copy(TRY(store.open_blob(blob->digest)), size));
    else TRY_VOID(file.write(*text));
    return file.write(std::string(tar_padded(size) - size, '\0'));
}

}  // namespace

Result<void> write_archive(const Store& store, const Descriptor& manifest, const std::string& tag,
                           const fs::path& path) {
    const auto image = TRY(read_manifest(TRY(store.read(manifest.digest)), manifest.digest.str()));
    const auto config = TRY(read_config(TRY(store.read(image.config.digest)), image.config.digest.str()));

    std::map<std::string, Content> members;  // sorted by name; equal blobs once
    const auto add_blob = [&members](const Descriptor& blob) { members["blobs/sha256/" + blob.digest.hex()] = blob; };
    add_blob(manifest);
    add_blob(image.config);
    for (const auto& layer : image.layers) add_blob(layer);
    members["index.json"] = TRY(index_json({.descriptor = manifest, .platform = config.platform, .tag = tag}));
    members["oci-layout"] = layout_json();

    auto file = TRY(NewFile::beside(path));
    for (const auto* folder : {"blobs/", "blobs/sha256/"})
        TRY_VOID(file.write(TRY(tar_header({.name = folder, .type = TarMember::Type::folder, .mode = 0755}))));
    for (const auto& [name, content] : members) TRY_VOID(write_member(file, store, name, content));
    TRY_VOID(file.write(std::string(2 * tar_block, '\0')));
    return file.finish();
}

}  // namespace rockbuild
