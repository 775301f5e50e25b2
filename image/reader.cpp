// An image is found from the outside in: the reference names a layout, the layout's index (and those within it) an
// image manifest, that one the config and the layers. Each step checks the digest and size that the one before gave.
#include "image/reader.hpp"

#include "image/documents.hpp"
#include "image/layer_reader.hpp"
#include "image/layout_files.hpp"
#include "support/suggest.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <utility>

namespace rockbuild {

namespace {

constexpr std::uint64_t largest_document = 4 << 20;
constexpr int deepest_index = 3;

struct Reference {
    fs::path path;
    std::string tag;
};

/// `PATH` or `PATH:TAG`: a path that exists as it stands has no tag.
Reference path_and_tag(const std::string& text) {
    std::error_code ignored;
    const auto colon = text.rfind(':');
    if (colon == std::string::npos || fs::exists(text, ignored)) return {text, {}};
    return {text.substr(0, colon), text.substr(colon + 1)};
}

Reference parse_reference(const std::string& text) {
    for (const std::string_view transport : {"oci:", "oci-archive:"})
        if (text.starts_with(transport)) return path_and_tag(text.substr(transport.size()));
    return path_and_tag(text);
}

std::unexpected<Diagnostic> mismatch(const std::string& image, const Digest& digest, std::string_view what) {
    return fail("RB0725", fmt::format("the blob {} of '{}' is damaged: {}", digest.str(), image, what),
                "get the image again", ExitCode::bad_data);
}

/// Hands on what `source` gives while it hashes it, up to the size that was promised.
class CheckedBlob {
public:
    CheckedBlob(ByteSource source, const Descriptor& descriptor, const std::string& image)
        : source_(std::move(source)), descriptor_(descriptor), image_(image) {}

    Result<std::string_view> next() {
        const auto bytes = TRY(source_());
        hash_.update(bytes);
        size_ += bytes.size();
        if (size_ > descriptor_.size)
            return mismatch(image_, descriptor_.digest, "it is longer than its descriptor says");
        return bytes;
    }

    /// Reads on to the end and compares.
    Result<void> finish() {
        while (!TRY(next()).empty()) continue;
        if (size_ != descriptor_.size)
            return mismatch(image_, descriptor_.digest, "it is shorter than its descriptor says");
        if (hash_.finish() != descriptor_.digest)
            return mismatch(image_, descriptor_.digest, "its content has another digest");
        return {};
    }

private:
    ByteSource source_;
    const Descriptor& descriptor_;
    const std::string& image_;
    Sha256 hash_;
    std::uint64_t size_ = 0;
};

Result<std::string> read_blob(const LayoutFiles& files, const Descriptor& descriptor, const std::string& image) {
    auto bytes = TRY(files.read(blob_path(descriptor.digest), largest_document));
    if (bytes.size() != descriptor.size)
        return mismatch(image, descriptor.digest, "it has another size than its descriptor says");
    if (sha256(bytes) != descriptor.digest) return mismatch(image, descriptor.digest, "its content has another digest");
    return bytes;
}

/// All images below an index, each once. A tag given to an index is a tag of the images in it. What is no image
/// (signatures, attestations) is left out.
Result<void> collect(const LayoutFiles& files, const std::vector<IndexEntry>& entries, const std::string& image,
                     int depth, std::vector<IndexEntry>& found) {
    for (const auto& entry : entries) {
        const auto& type = entry.descriptor.media_type;
        if (type == media_type::oci_index || type == media_type::docker_index) {
            if (depth == deepest_index)
                return fail("RB0722", fmt::format("'{}' has indexes nested too deeply", image), {}, ExitCode::bad_data);
            auto inner = TRY(read_index(TRY(read_blob(files, entry.descriptor, image)), entry.descriptor.digest.str()));
            for (auto& item : inner)
                if (item.tag.empty()) item.tag = entry.tag;
            TRY_VOID(collect(files, inner, image, depth + 1, found));
        } else if (type == media_type::oci_manifest || type == media_type::docker_manifest) {
            const bool is_attestation = entry.platform && entry.platform->os == "unknown";
            if (!is_attestation) found.push_back(entry);
        }
    }
    return {};
}

std::string described(const IndexEntry& entry) {
    auto text = entry.tag.empty() ? std::string("(no tag)") : entry.tag;
    if (entry.platform) text += fmt::format(" {}/{}", entry.platform->os, entry.platform->architecture);
    return text + " " + entry.descriptor.digest.str();
}

Result<IndexEntry> choose(const std::vector<IndexEntry>& images, const Reference& reference) {
    std::vector<IndexEntry> chosen;
    for (const auto& image : images) {
        const bool is_known = std::ranges::any_of(
            chosen, [&](const IndexEntry& other) { return other.descriptor.digest == image.descriptor.digest; });
        if ((reference.tag.empty() || image.tag == reference.tag) && !is_known) chosen.push_back(image);
    }
    if (chosen.size() == 1) return chosen.front();
    const auto& name = reference.path.native();
    auto error = fail("RB0721", {}, {}, ExitCode::bad_data);
    auto& diagnostic = error.error();
    for (const auto& image : images) diagnostic.notes.push_back({described(image), {}});
    if (images.empty()) {
        diagnostic.code = "RB0720";
        diagnostic.message = fmt::format("the index of '{}' names no image", name);
    } else if (!chosen.empty()) {
        diagnostic.message =
            fmt::format("'{}' holds several images{}", name, reference.tag.empty() ? "" : " with this tag");
        diagnostic.hint = "choose one: oci:DIR:TAG";
    } else {
        std::vector<std::string> tags;
        for (const auto& image : images) tags.push_back(image.tag);
        diagnostic.message = fmt::format("'{}' holds no image with the tag '{}'", name, reference.tag);
        diagnostic.suggestions = suggestions(reference.tag, tags);
    }
    return error;
}

class LayoutImage final : public ImageReader {
public:
    static Result<std::unique_ptr<ImageReader>> open(const Reference& reference) {
        auto image = std::unique_ptr<LayoutImage>(new LayoutImage);
        image->name_ = reference.path.native();
        image->files_ = TRY(LayoutFiles::open(reference.path));
        TRY_VOID(image->check_layout());
        const auto index = TRY(read_index(TRY(image->files_->read("index.json", largest_document)), "index.json"));
        std::vector<IndexEntry> images;
        TRY_VOID(collect(*image->files_, index, image->name_, 0, images));
        image->manifest_ = TRY(choose(images, reference)).descriptor;
        TRY_VOID(image->read_documents());
        return image;
    }

    const Descriptor& manifest() const override { return manifest_; }
    const std::string& manifest_json() const override { return manifest_json_; }
    const std::string& config_json() const override { return config_json_; }
    const std::vector<ReadLayer>& layers() const override { return layers_; }

    Result<UnpackedLayer> unpack(Store& store, std::size_t index) const override {
        const auto& layer = layers_.at(index);
        CheckedBlob blob(TRY(files_->stream(blob_path(layer.descriptor.digest))), layer.descriptor, name_);
        auto unpacked = read_checked(store, layer, blob);
        // A damaged blob shows as any kind of nonsense: the digest names the cause.
        TRY_VOID(blob.finish());
        return unpacked;
    }

private:
    LayoutImage() = default;

    Result<void> check_layout() const {
        // A tar that can't be read says so itself.
        if (files_->has("oci-layout")) return {};
        return fail("RB0720", fmt::format("'{}' is no OCI image: it has no file 'oci-layout'", name_),
                    files_->has("manifest.json")
                        ? "it looks like the output of `docker save`: convert it with `skopeo copy docker-archive:… "
                          "oci-archive:…`"
                        : "an image is an OCI archive (x.rock) or the folder of an OCI layout (oci:DIR)",
                    ExitCode::bad_data);
    }

    Result<void> read_documents() {
        manifest_json_ = TRY(read_blob(*files_, manifest_, name_));
        const auto manifest = TRY(read_manifest(manifest_json_, manifest_.digest.str()));
        config_json_ = TRY(read_blob(*files_, manifest.config, name_));
        const auto config = TRY(read_config(config_json_, manifest.config.digest.str()));
        if (manifest.layers.size() != config.diff_ids.size())
            return fail("RB0722",
                        fmt::format("the manifest of '{}' has {} layers, its config {}", name_, manifest.layers.size(),
                                    config.diff_ids.size()),
                        {}, ExitCode::bad_data);
        for (std::size_t i = 0; i < manifest.layers.size(); ++i)
            layers_.push_back({manifest.layers[i], config.diff_ids[i], config.created_by[i]});
        return {};
    }

    /// Decompresses, counts, and compares with the diff ID.
    Result<UnpackedLayer> read_checked(Store& store, const ReadLayer& layer, CheckedBlob& blob) const {
        constexpr std::uint64_t gib = 1 << 30;
        // Files of zeros shrink a thousandfold; more than this is meant to fill the disk.
        const LayerLimits limits{.bytes = std::min(64 * gib, gib + std::min(layer.descriptor.size, gib) * 1000)};
        const auto name = layer.descriptor.digest.str();
        auto plain = TRY(Decompressor::open([&blob] { return blob.next(); }, name));
        Sha256 hash;
        std::uint64_t size = 0;
        const ByteSource counted = [&]() -> Result<std::string_view> {
            const auto bytes = TRY(plain.next());
            hash.update(bytes);
            size += bytes.size();
            if (size > limits.bytes)
                return fail("RB0724", fmt::format("'{}' unpacks to more than {} bytes", name, limits.bytes), {},
                            ExitCode::bad_data);
            return bytes;
        };
        auto tar = TRY(TarReader::open(counted, name));
        auto tree = TRY(read_layer(tar, store, limits, name));
        while (!TRY(counted()).empty()) continue;
        if (hash.finish() != layer.diff_id)
            return mismatch(name_, layer.descriptor.digest, fmt::format("its tar is not {}", layer.diff_id.str()));
        return UnpackedLayer{.delta = std::move(tree), .uncompressed_size = size};
    }

    std::string name_;
    std::unique_ptr<LayoutFiles> files_;
    Descriptor manifest_;
    std::string manifest_json_;
    std::string config_json_;
    std::vector<ReadLayer> layers_;
};

}  // namespace

Result<std::unique_ptr<ImageReader>> ImageReader::open(const std::string& reference) {
    return LayoutImage::open(parse_reference(reference));
}

Result<Tree> ImageReader::layer(Store& store, std::size_t index) const { return TRY(unpack(store, index)).delta; }

Result<Tree> ImageReader::root(Store& store) const {
    Tree root;
    for (std::size_t i = 0; i < layers().size(); ++i) root = apply(root, TRY(layer(store, i)));
    return root;
}

}  // namespace rockbuild
