// The .rock file: an uncompressed tar of an OCI image layout. Its members are the store's blobs as they are, so the
// kernel copies them (copy_file_range, which shares extents where the file system can; else sendfile).
#include "image/documents.hpp"
#include "image/image.hpp"
#include "image/tar_header.hpp"
#include "system/new_file.hpp"

#include <fmt/format.h>
#include <sys/sendfile.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <map>
#include <optional>
#include <variant>

namespace rockbuild {

namespace {

/// All of `blob`, which has `size` bytes.
Result<void> copy(const Fd& blob, std::uint64_t size, NewFile& file) {
    bool shared = true;
    while (size > 0) {
        auto count = shared ? ::copy_file_range(blob.get(), nullptr, file.fd(), nullptr, size, 0) : -1;
        // Not between all file systems, and some say so by copying nothing.
        if (shared && (count == 0 || (count < 0 && (errno == EXDEV || errno == EINVAL || errno == ENOSYS ||
                                                    errno == EOPNOTSUPP || errno == EPERM)))) {
            shared = false;
            continue;
        }
        if (!shared) count = ::sendfile(file.fd(), blob.get(), nullptr, size);
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return file.failed("write", errno);
        if (count == 0)
            return fail("RB0700", "a blob of the store is shorter than the image says",
                        "run `rockbuild clean` and build again");
        size -= static_cast<std::uint64_t>(count);
    }
    return {};
}

/// A member's content: our own text, or a blob of the store.
using Content = std::variant<std::string, Descriptor>;

Result<void> write_member(NewFile& file, const Store& store, const std::string& name, const Content& content) {
    const auto* blob = std::get_if<Descriptor>(&content);
    const auto* text = std::get_if<std::string>(&content);
    const auto size = blob != nullptr ? blob->size : text->size();
    TRY_VOID(file.write(TRY(tar_header({.name = name, .size = size}))));
    if (blob != nullptr) TRY_VOID(copy(TRY(store.open_blob(blob->digest)), size, file));
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
