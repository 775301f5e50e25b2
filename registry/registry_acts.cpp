#include "registry/registry_acts.hpp"

#include "image/documents.hpp"
#include "registry/json_member.hpp"
#include "registry/url.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_manifest = 8 << 20;
constexpr int most_resumes = 10;
constexpr int most_swaps = 8;

std::string manifest_path(const std::string& repository, const std::string& name) {
    return "/v2/" + repository + "/manifests/" + name;
}

std::unexpected<Diagnostic> differs(const RegistryClient& client, std::string what) {
    return fail("RB1554", fmt::format("{}: {}", client.host(), what),
                "the content was changed on its way or at the registry; don't use it");
}

/// Adds a manifest to the index that stands for its subject's referrers, where the registry doesn't do that itself.
/// Others may do the same at the same time: what was written is read again until it holds.
Result<void> enter_referrer(RegistryClient& client, const std::string& repository, const Document& document,
                            const ManifestFacts& facts) {
    const auto tag = fallback_tag(*facts.subject);
    for (int round = 0; round < most_swaps; ++round) {
        auto index = Json{{"schemaVersion", 2}, {"mediaType", media_type::oci_index}, {"manifests", Json::array()}};
        std::string match = "*";
        if (TRY(find_manifest(client, repository, tag))) {
            const auto old = TRY(get_manifest(client, repository, tag));
            auto json = parse_untrusted<Json>(old.bytes);
            if (!is_index_type(old.media_type) || !json.is_object() || !json.contains("manifests") ||
                !json["manifests"].is_array()) {
                client.events().message(
                    fmt::format("warning: {} is not entered among the referrers of {}: the tag '{}' is no index",
                                document.digest.str(), facts.subject->str(), tag));
                return {};
            }
            const bool is_there = std::ranges::any_of(json["manifests"], [&](const Json& item) {
                return text_member(item, "digest") == document.digest.str();
            });
            if (is_there) return {};
            index = std::move(json);
            index.erase("subject");  // it lists referrers, and is none
            match = old.etag;
        }
        Json entry{
            {"mediaType", document.media_type}, {"digest", document.digest.str()}, {"size", document.bytes.size()}};
        if (!facts.artifact_type.empty()) entry["artifactType"] = facts.artifact_type;
        if (!facts.annotations.empty()) entry["annotations"] = Json::parse(facts.annotations);
        index["manifests"].push_back(std::move(entry));
        Document written{.media_type = std::string(media_type::oci_index), .bytes = index.dump()};
        written.digest = hash_of(written.bytes);
        TRY_VOID(put_manifest(client, repository, tag, written, match));
    }
    return fail("RB1556", fmt::format("{} is changed by others all the time", tag), "try again",
                ExitCode::remote_timeout);
}

}  // namespace

std::string accepted_manifests() {
    return fmt::format("{}, {}, {}, {}", media_type::oci_index, media_type::oci_manifest, media_type::docker_index,
                       media_type::docker_manifest);
}

std::unexpected<Diagnostic> registry_failure(const RegistryClient& client, const HttpResponse& response,
                                             std::string_view act) {
    return fail("RB1555", fmt::format("{} can't {}: {}", client.host(), act, error_words(response)),
                response.status >= 500 || response.status == 429 ? "try again later"
                : response.status == 413                         ? "the registry, or a proxy before it, limits the size"
                : response.status == 404 ? "check the name; some registries want a repository to be made first"
                                         : "",
                is_passing_fault(response.status) ? ExitCode::remote_timeout : ExitCode::failure);
}

std::string fallback_tag(const ContentDigest& subject) {
    constexpr std::size_t longest = 64;
    return std::string(subject.algorithm_name()) + "-" + subject.encoded().substr(0, longest);
}

Result<std::optional<ContentDigest>> find_manifest(RegistryClient& client, const std::string& repository,
                                                   const std::string& name) {
    RegistryRequest request;
    request.method = "HEAD";
    request.path = manifest_path(repository, name);
    request.headers = {{"Accept", accepted_manifests()}};
    auto response = TRY(client.send(request));
    if (response.status == 404) return std::nullopt;
    if (response.status == 200)
        if (const auto header = response.header("docker-content-digest"))
            if (auto digest = ContentDigest::parse(*header)) return *std::move(digest);
    // No digest said, HEAD not known, or refused without words: the content itself tells.
    request.method = "GET";
    request.most_collected = largest_manifest;
    response = TRY(client.send(request));
    if (response.status == 404) return std::nullopt;
    if (response.status != 200) return registry_failure(client, response, "tell of the manifest");
    return hash_of(response.body);
}

Result<Document> get_manifest(RegistryClient& client, const std::string& repository, const std::string& name) {
    RegistryRequest request;
    request.path = manifest_path(repository, name);
    request.headers = {{"Accept", accepted_manifests()}};
    request.most_collected = largest_manifest;
    // Nobody checks a document by itself: an answer that was cut short shows by its digest, and is asked for again.
    for (int tries = 1;; ++tries) {
        auto response = TRY(client.send(request));
        if (response.status == 404)
            return fail("RB1553",
                        fmt::format("{} has no image {}{}{}", client.host(), repository,
                                    name.find(':') == std::string::npos ? ":" : "@", name),
                        "check the name and the tag", ExitCode::failure);
        if (response.status != 200) return registry_failure(client, response, "give the manifest");
        Document document;
        const auto named = ContentDigest::parse(name);
        const auto said = ContentDigest::parse(response.header("docker-content-digest").value_or(""));
        document.digest = hash_of(response.body, named  ? named->algorithm()
                                                 : said ? said->algorithm()
                                                        : HashAlgorithm::sha256);
        const bool right = (!named || *named == document.digest) && (!said || *said == document.digest || named);
        constexpr int most_reads = 3;
        if (!right && tries < most_reads) continue;
        if (!right)
            return differs(client, fmt::format("the manifest {} has the digest {}", (named ? *named : *said).str(),
                                               document.digest.str()));
        document.bytes = std::move(response.body);
        auto type = response.header("content-type").value_or("");
        type = type.substr(0, type.find(';'));
        document.media_type =
            TRY(read_manifest_facts(document.bytes, is_index_type(type) || is_manifest_type(type) ? type : ""))
                .media_type;
        document.etag = response.header("etag").value_or("");
        return document;
    }
}

Result<bool> put_manifest(RegistryClient& client, const std::string& repository, const std::string& name,
                          const Document& document, const std::string& match) {
    const auto facts = TRY(read_manifest_facts(document.bytes, document.media_type));
    RegistryRequest request;
    request.method = "PUT";
    request.path = manifest_path(repository, name);
    request.headers = {{"Content-Type", document.media_type}};
    if (match == "*") request.headers.emplace_back("If-None-Match", "*");
    else if (!match.empty()) request.headers.emplace_back("If-Match", match);
    request.body = document.bytes;
    const auto response = TRY(client.send(request));
    if (response.status == 412) return false;
    if (response.status != 201 && response.status != 200 && response.status != 202) {
        auto failure = registry_failure(client, response, fmt::format("take the manifest {}:{}", repository, name));
        if (response.status == 413) failure.error().hint = "the manifest is too large for it";
        return failure;
    }
    if (const auto said = response.header("docker-content-digest"))
        if (const auto digest = ContentDigest::parse(*said);
            digest && digest->algorithm() == document.digest.algorithm() && *digest != document.digest)
            return differs(client,
                           fmt::format("it took {} and says that it has {}", document.digest.str(), digest->str()));
    // Some answer so in earnest, and what is no registry at all may: the manifest itself tells.
    if ((response.status != 201 || !response.header("docker-content-digest")) &&
        TRY(find_manifest(client, repository, name)) != document.digest)
        return fail(
            "RB1555",
            fmt::format("{} doesn't answer as a registry does: it took a manifest and hasn't got it", client.host()),
            "check the address, and what stands between: a proxy or a sign-in page");
    if (facts.subject && !response.header("oci-subject")) TRY_VOID(enter_referrer(client, repository, document, facts));
    return true;
}

Result<bool> has_blob(RegistryClient& client, const std::string& repository, const ContentDigest& digest,
                      std::uint64_t size) {
    RegistryRequest request;
    request.method = "HEAD";
    request.path = fmt::format("/v2/{}/blobs/{}", repository, digest.str());
    const auto response = TRY(client.send(request));
    if (response.status == 200) {
        // What answers everything with a page of its own is no registry.
        const auto length = response.header("content-length");
        const bool is_page = response.header("content-type").value_or("").starts_with("text/html");
        return !is_page && (!length || *length == std::to_string(size));
    }
    // Where it may not be asked, sending it brings the words that a HEAD can't.
    if (response.status == 404 || response.status == 405 || response.status == 403) return false;
    return registry_failure(client, response, "tell of a blob");
}

Result<void> get_blob(RegistryClient& client, const std::string& repository, const ContentReference& blob,
                      std::uint64_t offset, const BodySink& sink) {
    if (offset > 0 && offset == blob.size) return {};
    ContentHash hash(blob.digest.algorithm());
    const auto too_long = [&] {
        return differs(client, fmt::format("the blob {} is longer than {} bytes", blob.digest.str(), blob.size));
    };
    auto at = offset;
    for (int tries = 1;; ++tries) {
        const auto begin = at;
        std::uint64_t received = 0;
        RegistryRequest request;
        request.path = fmt::format("/v2/{}/blobs/{}", repository, blob.digest.str());
        if (begin > 0) request.headers = {{"Range", fmt::format("bytes={}-{}", begin, blob.size - 1)}};
        request.try_again = false;
        request.sink = [&](int status, std::string_view bytes) -> Result<void> {
            // A registry that knows no ranges begins anew: what is here is passed over.
            const auto passed =
                status == 206 || received >= begin ? 0 : std::min<std::uint64_t>(begin - received, bytes.size());
            received += bytes.size();
            bytes.remove_prefix(passed);
            if (at + bytes.size() > blob.size) return too_long();
            hash.update(bytes);
            at += bytes.size();
            return sink(bytes);
        };
        const auto response = client.send(request);
        // All is here, whatever became of the connection: the digest decides.
        if (at == blob.size && (received > 0 || (response && response->status == 200)) &&
            (response || is_passing_fault(response.error())))
            break;
        if (response) {
            const bool good = response->status == 206 || response->status == 200;
            if (!good && !is_passing_fault(response->status))
                return registry_failure(client, *response, fmt::format("give the blob {}", blob.digest.str()));
        } else if (!is_passing_fault(response.error())) {
            return std::unexpected(response.error());
        }
        if (at > begin) tries = 1;  // it goes on, if slowly
        if (tries >= most_resumes) {
            if (!response) return std::unexpected(response.error());
            return differs(client,
                           fmt::format("the blob {} ends after {} of {} bytes", blob.digest.str(), at, blob.size));
        }
        TRY_VOID(client.pause(tries, response ? &*response : nullptr));
    }
    if (offset == 0 && hash.finish() != blob.digest)
        return differs(client, fmt::format("the blob {} has another content", blob.digest.str()));
    return {};
}

Result<std::vector<ContentReference>> referrers(RegistryClient& client, const std::string& repository,
                                                const ContentDigest& subject, const std::string& artifact_type) {
    std::vector<ContentReference> found;
    std::vector<std::pair<std::string, std::string>> query;
    if (!artifact_type.empty()) query.emplace_back("artifactType", artifact_type);
    const auto take = [&](const std::string& bytes, bool filtered) -> Result<void> {
        for (auto& entry : TRY(read_manifest_facts(bytes, media_type::oci_index)).manifests)
            if (filtered || artifact_type.empty() || entry.artifact_type == artifact_type)
                found.push_back(std::move(entry));
        return {};
    };
    RegistryRequest request;
    request.path = with_query(fmt::format("/v2/{}/referrers/{}", repository, subject.str()), query);
    constexpr int most_pages = 1000;
    for (int page = 0; page < most_pages; ++page) {
        const auto response = TRY(client.send(request));
        if (page == 0 && (response.status == 404 || response.status == 400)) {
            if (!TRY(find_manifest(client, repository, fallback_tag(subject)))) return found;
            const auto index = TRY(get_manifest(client, repository, fallback_tag(subject)));
            if (is_index_type(index.media_type)) TRY_VOID(take(index.bytes, false));
            return found;
        }
        if (response.status != 200) return registry_failure(client, response, "tell of referrers");
        TRY_VOID(take(response.body,
                      response.header("oci-filters-applied").value_or("").find("artifactType") != std::string::npos));
        const auto link = response.header("link").value_or("");
        const auto end = link.find('>');
        if (!link.starts_with('<') || end == std::string::npos || link.find("next") == std::string::npos) return found;
        request.path = resolve_url(response.url, link.substr(1, end - 1)).value_or("");
        if (request.path.empty()) return found;
    }
    return found;
}

}  // namespace rockbuild
