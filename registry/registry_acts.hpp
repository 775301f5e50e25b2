// What is asked of a registry, one function each (distribution spec 1.1): documents, blobs, tags, referrers.
#pragma once

#include "registry/manifest.hpp"
#include "registry/registry_client.hpp"

#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// A manifest or index with its bytes, and what it is called by content.
struct Document {
    std::string media_type;
    ContentDigest digest;
    std::string bytes;
    std::string etag;  // as the registry gave it; empty: it gave none
};

/// The digest behind a tag or digest; none if there is nothing. From the header alone where the registry gives it.
Result<std::optional<ContentDigest>> find_manifest(RegistryClient& client, const std::string& repository,
                                                   const std::string& name);
/// RB1553: there is no such manifest. RB1554: its content isn't what its name or the registry's header says.
Result<Document> get_manifest(RegistryClient& client, const std::string& repository, const std::string& name);
/// `match`: an ETag that must be the present one, `*` for "nothing may be there"; false if it was not. The digest that
/// the registry answers with must be ours (RB1554). A manifest with a subject is entered among its referrers, by the
/// registry or, where that knows none, under the fallback tag.
Result<bool> put_manifest(RegistryClient& client, const std::string& repository, const std::string& name,
                          const Document& document, const std::string& match = {});

/// With that size.
Result<bool> has_blob(RegistryClient& client, const std::string& repository, const ContentDigest& digest,
                      std::uint64_t size);
/// The blob from `offset` on, handed to `sink`; a cut connection goes on where it ended. From 0, the whole digest and
/// size are checked: RB1554.
Result<void> get_blob(RegistryClient& client, const std::string& repository, const ContentReference& blob,
                      std::uint64_t offset, const BodySink& sink);

/// The manifests that name `subject`, as the entries of an index; by the fallback tag where the registry has no API.
Result<std::vector<ContentReference>> referrers(RegistryClient& client, const std::string& repository,
                                                const ContentDigest& subject, const std::string& artifact_type = {});
/// The tag under which clients keep a subject's referrers themselves (distribution spec, "referrers tag schema").
std::string fallback_tag(const ContentDigest& subject);

/// The media types that are accepted.
std::string accepted_manifests();

/// RB1555, with the registry's words: `act` is what was tried ("push the manifest").
std::unexpected<Diagnostic> registry_failure(const RegistryClient& client, const HttpResponse& response,
                                             std::string_view act);

}  // namespace rockbuild
