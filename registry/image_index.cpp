// Several images under one name: an index with an entry for each platform (OCI image spec, image index).
#include "image/documents.hpp"
#include "registry/image_source.hpp"
#include "registry/json_member.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr int deepest_index = 3;
constexpr std::size_t largest_config = 8 << 20;

Result<void> collect(ImageSource& source, const Document& document, int depth, ImageContents& contents,
                     std::set<ContentDigest>& seen) {
    if (!seen.insert(document.digest).second) return {};
    const auto facts = TRY(read_manifest_facts(document.bytes, document.media_type));
    if (depth == deepest_index && facts.is_index)
        return fail("RB1559", fmt::format("'{}' has indexes nested too deeply", source.name()), {}, ExitCode::bad_data);
    for (const auto& blob : facts.blobs)
        if (!blob.is_foreign && seen.insert(blob.digest).second) contents.blobs.push_back(blob);
    for (const auto& child : facts.manifests)
        if (!seen.contains(child.digest))
            TRY_VOID(collect(source, TRY(source.document(child)), depth + 1, contents, seen));
    contents.documents.push_back(document);
    return {};
}

std::string platform_text(const ContentReference& entry) {
    return fmt::format("{}/{}{}{}", entry.os, entry.architecture, entry.variant.empty() ? "" : "/", entry.variant);
}

Json entry_json(const ContentReference& entry) {
    Json platform{{"architecture", entry.architecture}, {"os", entry.os}};
    if (!entry.variant.empty()) platform["variant"] = entry.variant;
    return {
        {"mediaType", entry.media_type}, {"digest", entry.digest.str()}, {"size", entry.size}, {"platform", platform}};
}

Document index_document(const Json& entries, const Json& annotations) {
    Json index{{"schemaVersion", 2}, {"mediaType", media_type::oci_index}, {"manifests", entries}};
    if (!annotations.empty()) index["annotations"] = annotations;
    Document document{.media_type = std::string(media_type::oci_index), .bytes = index.dump()};
    document.digest = hash_of(document.bytes);
    return document;
}

class ComposedImage final : public ImageSource {
public:
    explicit ComposedImage(std::vector<std::unique_ptr<ImageSource>> sources) : sources_(std::move(sources)) {}

    Result<void> compose() {
        auto entries = Json::array();
        std::optional<Json> shared;
        for (const auto& source : sources_) {
            name_ += (name_.empty() ? "" : ", ") + source->name();
            const auto& root = source->root();
            const auto facts = TRY(read_manifest_facts(root.bytes, root.media_type));
            std::vector<ContentReference> own = facts.manifests;
            if (!facts.is_index) own = {TRY(index_entry(*source, root))};
            for (auto& entry : own) {
                if (entry.os.empty() || entry.architecture.empty())
                    return fail("RB1560", fmt::format("'{}' doesn't say for which platform it is", source->name()), {},
                                ExitCode::bad_data);
                if (!platforms_.insert(platform_text(entry)).second)
                    return fail("RB1560", fmt::format("two of the images are for {}", platform_text(entry)),
                                "give one image a platform", ExitCode::bad_data);
                owners_[entry.digest] = source.get();
                entries.push_back(entry_json(entry));
            }
            auto annotations = parse_untrusted<Json>(facts.annotations.empty() ? "{}" : facts.annotations);
            if (!shared) shared = annotations;
            else
                for (auto it = shared->begin(); it != shared->end();)
                    it = annotations.contains(it.key()) && annotations[it.key()] == it.value() ? std::next(it)
                                                                                               : shared->erase(it);
        }
        root_ = index_document(entries, shared.value_or(Json::object()));
        return {};
    }

    const Document& root() const override { return root_; }
    const std::string& name() const override { return name_; }
    Result<Document> document(const ContentReference& reference) override {
        const auto owner = owners_.find(reference.digest);
        auto* source = owner == owners_.end() ? nullptr : owner->second;
        for (std::size_t i = 0; source == nullptr && i < sources_.size(); ++i)
            if (auto found = sources_[i]->document(reference)) return learn(*sources_[i], *std::move(found));
        if (source == nullptr)
            return fail("RB1557", fmt::format("the manifest {} is in none of the images", reference.digest.str()), {},
                        ExitCode::bad_data);
        if (source->root().digest == reference.digest) return learn(*source, source->root());
        return learn(*source, TRY(source->document(reference)));
    }
    Result<BodyReader> open(const ContentReference& blob, std::uint64_t offset) override {
        return owners_.at(blob.digest)->open(blob, offset);
    }
    Result<void> read(const ContentReference& blob, const BodySink& sink) override {
        return owners_.at(blob.digest)->read(blob, sink);
    }

private:
    /// Remembers whose the things are that a document names.
    Result<Document> learn(ImageSource& source, Document document) {
        const auto facts = TRY(read_manifest_facts(document.bytes, document.media_type));
        for (const auto& blob : facts.blobs) owners_.try_emplace(blob.digest, &source);
        for (const auto& child : facts.manifests) owners_.try_emplace(child.digest, &source);
        return document;
    }

    std::vector<std::unique_ptr<ImageSource>> sources_;
    std::map<ContentDigest, ImageSource*> owners_;
    std::set<std::string> platforms_;
    std::string name_;
    Document root_;
};

}  // namespace

Result<ImageContents> contents_of(ImageSource& source) {
    ImageContents contents;
    std::set<ContentDigest> seen;
    TRY_VOID(collect(source, source.root(), 0, contents, seen));
    return contents;
}

Result<ContentReference> index_entry(ImageSource& source, const Document& manifest) {
    ContentReference entry;
    entry.media_type = manifest.media_type;
    entry.digest = manifest.digest;
    entry.size = manifest.bytes.size();
    const auto facts = TRY(read_manifest_facts(manifest.bytes, manifest.media_type));
    if (facts.is_index || facts.blobs.front().size > largest_config) return entry;
    std::string bytes;
    TRY_VOID(source.read(facts.blobs.front(), [&](std::string_view part) -> Result<void> {
        bytes += part;
        return {};
    }));
    const auto config = parse_untrusted<Json>(bytes);
    entry.os = text_member(config, "os");
    entry.architecture = text_member(config, "architecture");
    entry.variant = text_member(config, "variant");
    return entry;
}

Result<std::unique_ptr<ImageSource>> compose_index(std::vector<std::unique_ptr<ImageSource>> sources) {
    auto image = std::make_unique<ComposedImage>(std::move(sources));
    TRY_VOID(image->compose());
    return image;
}

Result<Document> merge_index(const std::optional<Document>& present,
                             const std::optional<ContentReference>& present_platform, const Document& added) {
    const auto added_json = Json::parse(added.bytes);
    const auto added_facts = TRY(read_manifest_facts(added.bytes, added.media_type));
    if (!present) return added;
    auto present_json = parse_untrusted<Json>(present->bytes);
    if (present_platform) present_json = Json{{"manifests", Json::array({entry_json(*present_platform)})}};
    const auto is_replaced = [&](const Json& entry) {
        const auto platform = object_member(entry, "platform");
        ContentReference old;
        old.os = text_member(platform, "os");
        old.architecture = text_member(platform, "architecture");
        old.variant = text_member(platform, "variant");
        return std::ranges::any_of(added_facts.manifests, [&](const ContentReference& entry_added) {
            return platform_text(entry_added) == platform_text(old);
        });
    };
    std::vector<Json> entries;
    for (const auto& entry : list_member(present_json, "manifests"))
        if (!is_replaced(entry)) entries.push_back(entry);
    for (const auto& entry : list_member(added_json, "manifests")) entries.push_back(entry);
    // By platform, so that the order of appending changes no digest.
    const auto key = [](const Json& entry) {
        const auto platform = object_member(entry, "platform");
        return text_member(platform, "os") + "/" + text_member(platform, "architecture") + "/" +
               text_member(platform, "variant");
    };
    std::ranges::stable_sort(entries, [&](const Json& a, const Json& b) { return key(a) < key(b); });
    auto annotations = object_member(present_json, "annotations");
    if (annotations.empty()) annotations = object_member(added_json, "annotations");
    return index_document(entries, annotations);
}

}  // namespace rockbuild
