// What the embedded registry shows: blobs and parts of them, manifests, tags, referrers, how far an upload is.
#include "image/documents.hpp"
#include "registry/server/answers.hpp"
#include "registry/server/byte_range.hpp"
#include "registry/server/distribution_api.hpp"
#include "registry/url.hpp"
#include "support/number.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace rockbuild {

using namespace answers;

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_page = 4 << 20;  // of referrers
constexpr std::size_t most_on_page = 1000;
constexpr std::size_t most_listed = 10000;

/// `"sha256:…"` as ETags are written.
std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string link_to(const std::string& path, std::string_view query) {
    return fmt::format("<{}?{}>; rel=\"next\"", path, query);
}

}  // namespace

Result<ServerResponse> DistributionApi::get_blob(const ServerRequest& request, const Route& route) {
    const auto digest = ContentDigest::parse(route.name);
    if (!digest) return bad_digest(digest.error().message);
    auto blob = TRY(storage_.blob(route.repository, *digest, request.method == "HEAD" && !policy_.read_only));
    if (!blob) return blob_unknown(route.name);
    ServerResponse response;
    response.headers = {{"Content-Type", "application/octet-stream"},
                        {"Docker-Content-Digest", digest->str()},
                        {"Accept-Ranges", "bytes"}};
    ServerResponse::FileRange file{std::move(blob->file), 0, blob->size};
    if (const auto range = read_range(request.header("Range"), blob->size)) {
        if (range->size == 0) {
            auto refusal = error(416, "SIZE_INVALID", "the blob has no such bytes");
            refusal.headers.emplace_back("Content-Range", fmt::format("bytes */{}", blob->size));
            return refusal;
        }
        response.status = 206;
        response.headers.emplace_back(
            "Content-Range", fmt::format("bytes {}-{}/{}", range->begin, range->begin + range->size - 1, blob->size));
        file.offset = range->begin;
        file.size = range->size;
    }
    response.file = std::move(file);
    return response;
}

Result<ServerResponse> DistributionApi::get_manifest(const ServerRequest& request, const Route& route) {
    auto manifest = TRY(storage_.manifest(route.repository, route.name));
    if (!manifest) return manifest_unknown(route.name);
    ServerResponse response;
    const auto etag = quoted(manifest->digest.str());
    response.headers = {
        {"Content-Type", manifest->media_type}, {"Docker-Content-Digest", manifest->digest.str()}, {"ETag", etag}};
    if (request.header("If-None-Match") == etag) response.status = 304;
    else response.body = std::move(manifest->bytes);
    return response;
}

Result<ServerResponse> DistributionApi::get_tags(const ServerRequest& request, const Route& route) {
    if (!storage_.has_repository(route.repository))
        return error(404, "NAME_UNKNOWN", "there is no such repository", {{"name", route.repository}});
    auto tags = TRY(storage_.tags(route.repository));
    if (const auto last = request.parameter("last")) tags.erase(tags.begin(), std::ranges::upper_bound(tags, *last));
    auto most = most_listed;
    if (const auto n = request.parameter("n")) {
        const auto wanted = parse_number<std::uint64_t>(*n);
        if (!wanted) return error(400, "UNSUPPORTED", "n is a number");
        most = std::min<std::size_t>(most, *wanted);
    }
    ServerResponse response;
    response.headers = {{"Content-Type", "application/json"}};
    if (tags.size() > most) {
        tags.resize(most);
        if (!tags.empty())
            response.headers.emplace_back("Link",
                                          link_to(request.path, fmt::format("n={}&last={}", most, tags.back())));
    }
    response.body = Json{{"name", route.repository}, {"tags", tags}}.dump();
    return response;
}

Result<ServerResponse> DistributionApi::get_referrers(const ServerRequest& request, const Route& route) {
    const auto subject = ContentDigest::parse(route.name);
    if (!subject) return bad_digest(subject.error().message);
    const auto filter = request.parameter("artifactType");
    const auto last = request.parameter("last").value_or("");
    std::string next;
    std::size_t size = 0;
    auto list = Json::array();
    for (const auto& digest : TRY(storage_.referrers(route.repository, *subject))) {
        if (digest.str() <= last) continue;
        if (list.size() >= most_on_page || size > largest_page) {
            next = list.back()["digest"].get<std::string>();
            break;
        }
        const auto stored = TRY(storage_.manifest(route.repository, digest.str()));
        if (!stored) continue;
        const auto facts = read_manifest_facts(stored->bytes, stored->media_type);
        if (!facts || (filter && facts->artifact_type != *filter)) continue;
        Json item{{"mediaType", stored->media_type}, {"digest", digest.str()}, {"size", stored->bytes.size()}};
        if (!facts->artifact_type.empty()) item["artifactType"] = facts->artifact_type;
        if (!facts->annotations.empty()) item["annotations"] = Json::parse(facts->annotations);
        size += facts->annotations.size();
        list.push_back(std::move(item));
    }
    ServerResponse response;
    response.headers = {{"Content-Type", std::string(media_type::oci_index)}};
    if (filter) response.headers.emplace_back("OCI-Filters-Applied", "artifactType");
    if (!next.empty())
        response.headers.emplace_back(
            "Link", link_to(request.path, (filter ? form({{"artifactType", *filter}}) + "&" : "") + "last=" + next));
    response.body = Json{{"schemaVersion", 2}, {"mediaType", media_type::oci_index}, {"manifests", list}}.dump();
    return response;
}

Result<ServerResponse> DistributionApi::upload_status(const Route& route) {
    const auto size = TRY(storage_.upload_size(route.repository, route.name));
    if (!size) return upload_unknown();
    return upload_accepted(204, route.repository, route.name, *size);
}

}  // namespace rockbuild
