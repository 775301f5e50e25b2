#include "image/layout_files.hpp"

#include "support/relpath.hpp"
#include "system/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <optional>
#include <utility>

namespace rockbuild {

namespace {

constexpr std::size_t block_size = 1 << 18;

std::unexpected<Diagnostic> absent(const fs::path& image, const std::string& name) {
    return fail("RB0720", fmt::format("'{}' is no complete OCI image: '{}' is missing", image.native(), name), {},
                ExitCode::bad_data);
}

class Folder final : public LayoutFiles {
public:
    explicit Folder(fs::path path) : path_(std::move(path)) {}

    bool has(const std::string& name) const override {
        std::error_code ignored;
        return fs::is_regular_file(path_ / name, ignored);
    }

    Result<ByteSource> stream(const std::string& name) const override {
        if (!has(name)) return absent(path_, name);  // also a fifo, on which opening would wait
        auto file = std::make_shared<Fd>(TRY(open_file(path_ / name, O_RDONLY)));
        auto buffer = std::make_shared<std::string>(block_size, '\0');
        return [file, buffer, path = path_ / name]() -> Result<std::string_view> {
            for (;;) {
                const auto count = ::read(file->get(), buffer->data(), buffer->size());
                if (count >= 0) return std::string_view(buffer->data(), static_cast<std::size_t>(count));
                if (errno != EINTR) return system_error("read", path, errno);
            }
        };
    }

private:
    fs::path path_;
};

/// Each look-up walks the tar from its start, seeking over what it passes: an archive has a dozen members.
class Archive final : public LayoutFiles {
public:
    explicit Archive(fs::path path) : path_(std::move(path)) {}

    bool has(const std::string& name) const override {
        const auto found = find(name);
        return found && found->has_value();
    }

    Result<ByteSource> stream(const std::string& name) const override {
        auto found = TRY(find(name));
        if (!found) return absent(path_, name);
        auto reader = std::make_shared<TarReader>(std::move(*found));
        return [reader, at = std::uint64_t{0}, path = path_]() mutable -> Result<std::string_view> {
            const auto part = TRY(reader->content());
            if (!part) return std::string_view();
            if (part->offset != at)
                return fail("RB0722", fmt::format("'{}' has a sparse member, which no OCI image has", path.native()),
                            {}, ExitCode::bad_data);
            at += part->bytes.size();
            return part->bytes;
        };
    }

private:
    /// A reader that stands at the content of `name`.
    Result<std::optional<TarReader>> find(const std::string& name) const {
        auto reader = TRY(TarReader::open_file(path_.native()));
        while (const auto record = TRY(reader.next())) {
            const auto clean = RelPath::from_archive(record->name);
            if (clean && clean->str() == name && !record->hard_link && record->entry.type == EntryType::file)
                return reader;
        }
        return std::nullopt;
    }

    fs::path path_;
};

}  // namespace

std::string blob_path(const Digest& digest) { return "blobs/sha256/" + digest.hex(); }

Result<std::unique_ptr<LayoutFiles>> LayoutFiles::open(const fs::path& path) {
    std::error_code error;
    if (fs::is_directory(path, error)) return std::make_unique<Folder>(path);
    if (fs::is_regular_file(path, error)) return std::make_unique<Archive>(path);
    return fail("RB0720", fmt::format("there is no image '{}'", path.native()),
                "an image is an OCI archive (x.rock) or the folder of an OCI layout (oci:DIR)", ExitCode::bad_data);
}

Result<std::string> LayoutFiles::read(const std::string& name, std::uint64_t limit) const {
    auto source = TRY(stream(name));
    std::string bytes;
    for (;;) {
        const auto part = TRY(source());
        if (part.empty()) return bytes;
        if (part.size() > limit - bytes.size())
            return fail("RB0722", fmt::format("'{}' is larger than the {} bytes that it may have", name, limit), {},
                        ExitCode::bad_data);
        bytes += part;
    }
}

}  // namespace rockbuild
