// Where an image comes from when it is carried: an archive, a layout, a registry; or an index composed of several.
// Blobs are read in place, from any offset; nothing is unpacked.
#pragma once

#include "registry/registry_acts.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace rockbuild {

class ImageSource {
public:
    virtual ~ImageSource() = default;
    ImageSource(const ImageSource&) = delete;
    ImageSource& operator=(const ImageSource&) = delete;

    /// What is carried: a manifest, or an index of several.
    virtual const Document& root() const = 0;
    /// A manifest or index that the root leads to. RB1557: it is missing or damaged.
    virtual Result<Document> document(const ContentReference& reference) = 0;
    /// RB1557 if it is missing or has another size.
    virtual Result<BodyReader> open(const ContentReference& blob, std::uint64_t offset) = 0;
    /// Hands all of it to `sink`. Digests are the taker's to check, unless they come over a network.
    virtual Result<void> read(const ContentReference& blob, const BodySink& sink);
    /// Its name and its place in messages.
    virtual const std::string& name() const = 0;

protected:
    ImageSource() = default;
};

/// An OCI archive (x.rock) or layout: `FILE`, `DIR`, `oci:DIR[:TAG]`, `oci-archive:FILE[:TAG]`. RB1558 (exit 65) when
/// it is none, or when it holds several images and no tag chooses one.
Result<std::unique_ptr<ImageSource>> open_local_image(const std::string& reference);

using HttpMaker = std::function<std::unique_ptr<HttpClient>()>;
/// An image of a registry; errors as get_manifest(). `make_http` gives connections of its own to each blob that is
/// written somewhere while it is read.
Result<std::unique_ptr<ImageSource>> open_remote_image(RegistryClient& client, const HttpMaker& make_http,
                                                       const ImageReference& reference);

/// Everything that an image is made of, each once.
struct ImageContents {
    std::vector<Document> documents;      // those that others name before those; the root last
    std::vector<ContentReference> blobs;  // without foreign ones
};
/// RB1559 (exit 65): nested too deeply.
Result<ImageContents> contents_of(ImageSource& source);

/// An index of the images of several sources, one entry a platform, in the order given; what is an index already gives
/// its entries. Annotations that all share become the index's. RB1560 (exit 65): two are for the same platform, or one
/// says none.
Result<std::unique_ptr<ImageSource>> compose_index(std::vector<std::unique_ptr<ImageSource>> sources);

/// `index` (an index or a manifest of a registry; none: there is nothing yet) with the entries of `added` in place of
/// those for the same platforms; the others stay as they are. `present_platform`: what a single manifest is for.
Result<Document> merge_index(const std::optional<Document>& present,
                             const std::optional<ContentReference>& present_platform, const Document& added);

/// The platform that a manifest's config names, as an index's entry for it.
Result<ContentReference> index_entry(ImageSource& source, const Document& manifest);

}  // namespace rockbuild
