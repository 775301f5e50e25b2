// An archive is a tar of a layout: its members are found once, by libarchive, and then read where they lie. One that is
// compressed as a whole has no such places: its members are streamed.
#include "image/archive_stream.hpp"
#include "image/layout_files.hpp"
#include "registry/image_source.hpp"
#include "registry/json_member.hpp"
#include "support/relpath.hpp"
#include "support/suggest.hpp"
#include "system/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::uint64_t largest_document = 8 << 20;
constexpr const char* tag_annotation = "org.opencontainers.image.ref.name";

std::unexpected<Diagnostic> no_image(std::string message, std::string hint = {}) {
    return fail("RB1558", std::move(message), std::move(hint), ExitCode::bad_data);
}

std::unexpected<Diagnostic> damaged(const std::string& image, const ContentDigest& digest, std::string_view what) {
    return fail("RB1557", fmt::format("the blob {} of '{}' {}", digest.str(), image, what),
                "get or build the image again", ExitCode::bad_data);
}

std::string layout_path(const ContentDigest& digest) {
    return fmt::format("blobs/{}/{}", digest.algorithm_name(), digest.encoded());
}

/// Reads a part of a file.
BodyReader file_reader(std::shared_ptr<const Fd> file, std::uint64_t offset, std::uint64_t size, std::string name) {
    return [file = std::move(file), offset, left = size, name = std::move(name)](
               char* buffer, std::size_t most) mutable -> Result<std::size_t> {
        for (;;) {
            const auto count =
                ::pread(file->get(), buffer, std::min<std::uint64_t>(most, left), static_cast<off_t>(offset));
            if (count < 0 && errno == EINTR) continue;
            if (count < 0) return system_error("read", name, errno);
            offset += static_cast<std::uint64_t>(count);
            left -= static_cast<std::uint64_t>(count);
            return static_cast<std::size_t>(count);
        }
    };
}

/// Reads what a stream gives, after passing over `offset` bytes.
BodyReader stream_reader(ByteSource source, std::uint64_t offset) {
    return [source = std::move(source), skip = offset, rest = std::string_view()](
               char* buffer, std::size_t most) mutable -> Result<std::size_t> {
        while (rest.empty()) {
            rest = TRY(source());
            if (rest.empty()) return std::size_t{0};
            const auto passed = std::min<std::uint64_t>(skip, rest.size());
            rest.remove_prefix(passed);
            skip -= passed;
        }
        const auto count = std::min(most, rest.size());
        rest.copy(buffer, count);
        rest.remove_prefix(count);
        return count;
    };
}

class LocalImage final : public ImageSource {
public:
    static Result<std::unique_ptr<ImageSource>> open(const fs::path& path, const std::string& tag) {
        std::unique_ptr<LocalImage> image(new LocalImage);
        image->name_ = path.native();
        image->path_ = path;
        std::error_code error;
        image->is_folder_ = fs::is_directory(path, error);
        image->files_ = TRY(LayoutFiles::open(path));
        if (!image->is_folder_) {
            auto members = member_places(path);
            if (!members && members.error().hint.empty())
                members.error().hint = "an image is an OCI archive (x.rock) or the folder of an OCI layout (oci:DIR)";
            for (const auto& member : TRY(std::move(members)))
                image->places_[member.name] = {member.offset, member.size};
            image->archive_ = std::make_shared<const Fd>(TRY(open_file(path, O_RDONLY | O_CLOEXEC)));
        }
        if (!image->files_->has("oci-layout"))
            return no_image(fmt::format("'{}' is no OCI image: it has no file 'oci-layout'", image->name_),
                            "an image is an OCI archive (x.rock) or the folder of an OCI layout (oci:DIR)");
        TRY_VOID(image->choose(tag));
        return image;
    }

    const Document& root() const override { return root_; }
    const std::string& name() const override { return name_; }

    Result<Document> document(const ContentReference& reference) override {
        Document document{.media_type = reference.media_type, .digest = reference.digest};
        auto bytes = files_->read(layout_path(reference.digest), largest_document);
        if (!bytes && bytes.error().code == "RB0720") return damaged(name_, reference.digest, "is missing");
        document.bytes = TRY(std::move(bytes));
        if (hash_of(document.bytes, reference.digest.algorithm()) != reference.digest)
            return damaged(name_, reference.digest, "is damaged: its content has another digest");
        document.media_type = TRY(read_manifest_facts(document.bytes, document.media_type)).media_type;
        return document;
    }

    Result<BodyReader> open(const ContentReference& blob, std::uint64_t offset) override {
        const auto path = layout_path(blob.digest);
        const auto wrong_size = [&](std::uint64_t size) {
            return damaged(name_, blob.digest, fmt::format("has {} bytes, its descriptor says {}", size, blob.size));
        };
        if (is_folder_) {
            auto file = open_file(path_ / path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
            if (!file) return damaged(name_, blob.digest, "is missing");
            struct stat status{};
            if (::fstat(file->get(), &status) != 0 || !S_ISREG(status.st_mode))
                return damaged(name_, blob.digest, "is no file");
            const auto size = static_cast<std::uint64_t>(status.st_size);
            if (size != blob.size) return wrong_size(size);
            return file_reader(std::make_shared<const Fd>(*std::move(file)), offset, size - offset, name_);
        }
        const auto place = places_.find(path);
        if (place == places_.end()) return damaged(name_, blob.digest, "is missing");
        const auto [begin, size] = place->second;
        if (size != blob.size) return wrong_size(size);
        if (begin == 0) return stream_reader(TRY(files_->stream(path)), offset);
        return file_reader(archive_, begin + offset, size - offset, name_);
    }

private:
    LocalImage() = default;

    Result<void> choose(const std::string& tag) {
        const auto json = parse_untrusted<Json>(TRY(files_->read("index.json", largest_document)));
        const auto list = json.is_object() && json.contains("manifests") ? json["manifests"] : Json();
        if (!list.is_array()) return no_image(fmt::format("the index.json of '{}' is no index", name_));
        const auto facts = read_manifest_facts(json.dump(), "");
        if (!facts)
            return no_image(fmt::format("the index.json of '{}' can't be used: {}", name_, facts.error().message));
        std::vector<std::size_t> found;
        std::vector<std::string> tags;
        for (std::size_t i = 0; i < list.size(); ++i) {
            std::string its_tag;
            its_tag = text_member(object_member(list[i], "annotations"), tag_annotation);
            if (tag.empty() || its_tag == tag) found.push_back(i);
            tags.push_back(std::move(its_tag));
        }
        if (found.size() != 1) {
            auto error = no_image(list.empty()    ? fmt::format("'{}' holds no image", name_)
                                  : found.empty() ? fmt::format("'{}' holds no image with the tag '{}'", name_, tag)
                                                  : fmt::format("'{}' holds several images", name_),
                                  found.size() > 1 ? "choose one by its tag: oci:DIR:TAG" : "");
            for (const auto& its_tag : tags)
                error.error().notes.push_back({its_tag.empty() ? "(no tag)" : its_tag, {}});
            if (found.empty()) error.error().suggestions = suggestions(tag, tags);
            return error;
        }
        root_ = TRY(document(facts->manifests[found.front()]));
        return {};
    }

    std::string name_;
    fs::path path_;
    bool is_folder_ = false;
    std::unique_ptr<LayoutFiles> files_;
    std::shared_ptr<const Fd> archive_;
    std::map<std::string, std::pair<std::uint64_t, std::uint64_t>> places_;  // offset (0: not known) and size
    Document root_;
};

}  // namespace

Result<std::unique_ptr<ImageSource>> open_local_image(const std::string& reference) {
    auto text = reference;
    for (const std::string_view transport : {"oci:", "oci-archive:"})
        if (text.starts_with(transport)) {
            text.erase(0, transport.size());
            break;
        }
    std::error_code error;
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || fs::exists(text, error)) return LocalImage::open(text, {});
    return LocalImage::open(text.substr(0, colon), text.substr(colon + 1));
}

Result<void> ImageSource::read(const ContentReference& blob, const BodySink& sink) {
    const auto reader = TRY(open(blob, 0));
    std::string buffer(1 << 18, '\0');
    for (;;) {
        const auto count = TRY(reader(buffer.data(), buffer.size()));
        if (count == 0) return {};
        TRY_VOID(sink({buffer.data(), count}));
    }
}

}  // namespace rockbuild
