// What changes the embedded registry: uploads, manifests and their tags, removal.
#include "registry/reference.hpp"
#include "registry/server/answers.hpp"
#include "registry/server/byte_range.hpp"
#include "registry/server/distribution_api.hpp"
#include "support/number.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

using namespace answers;

namespace {

constexpr std::size_t largest_manifest = 4 << 20;
/// Manifests are kept in memory while they come: no more than this at once.
constexpr std::uint64_t most_manifest_bytes = 32 << 20;
constexpr std::size_t most_tags = 64;

Handling with(std::unique_ptr<RequestBody> body) {
    Handling handling;
    handling.body = std::move(body);
    return handling;
}

/// Bytes that go into an upload; then, with a digest, its end.
class UploadBody final : public RequestBody {
public:
    UploadBody(std::unique_ptr<UploadSession> session, std::string repository, std::string id,
               std::optional<ContentDigest> digest, std::uint64_t limit, std::optional<std::uint64_t> announced)
        : session_(std::move(session)),
          repository_(std::move(repository)),
          id_(std::move(id)),
          digest_(std::move(digest)),
          limit_(limit),
          announced_(announced) {}

    void take(std::string_view bytes) override {
        if (problem_) return;
        if (limit_ != 0 && session_->size() + bytes.size() > limit_) {
            refuse(error(413, "SIZE_INVALID", fmt::format("a blob may have {} bytes here", limit_)));
            return;
        }
        if (auto done = session_->append(bytes); !done) refuse(failure(done.error()));
        else received_ += bytes.size();
    }

    bool is_refused() const override { return problem_.has_value(); }

    ServerResponse finish() override {
        if (problem_) return std::move(*problem_);
        if (announced_ && received_ != *announced_)
            return error(400, "SIZE_INVALID", "the body hasn't the length that Content-Range says");
        if (!digest_) return upload_accepted(202, repository_, id_, session_->size());
        const auto committed = session_->commit(*digest_);
        if (!committed) return failure(committed.error());
        if (!*committed) return bad_digest("the content has another digest");
        return created("/v2/" + repository_ + "/blobs/" + digest_->str(), *digest_);
    }

private:
    /// What is too much is not kept: the client can't go on with it.
    void refuse(ServerResponse why) {
        if (why.status == 413) (void)session_->cancel();
        problem_ = std::move(why);
    }

    std::unique_ptr<UploadSession> session_;
    std::string repository_;
    std::string id_;
    std::optional<ContentDigest> digest_;
    std::uint64_t limit_;
    std::optional<std::uint64_t> announced_;
    std::uint64_t received_ = 0;
    std::optional<ServerResponse> problem_;
};

/// A manifest: kept in memory until it is whole, since it must be read.
class ManifestBody final : public RequestBody {
public:
    using Finish = std::function<ServerResponse(const std::string& bytes)>;
    ManifestBody(Finish finish, std::shared_ptr<void> room) : finish_(std::move(finish)), room_(std::move(room)) {}
    void take(std::string_view bytes) override { bytes_ += bytes; }
    bool is_refused() const override { return bytes_.size() > largest_manifest; }
    ServerResponse finish() override {
        if (bytes_.size() > largest_manifest)
            return error(413, "SIZE_INVALID", fmt::format("a manifest may have {} bytes here", largest_manifest));
        return finish_(bytes_);
    }

private:
    Finish finish_;
    std::shared_ptr<void> room_;  // given back when this goes
    std::string bytes_;
};

}  // namespace

Result<ServerResponse> DistributionApi::remove(const Route& route) {
    ServerResponse response;
    response.status = 202;
    if (route.kind == Route::Kind::upload) {
        const auto session = TRY(storage_.upload(route.repository, route.name));
        if (!session) return upload_unknown();
        TRY_VOID(session->cancel());
        response.status = 204;
        return response;
    }
    if (route.kind == Route::Kind::blob) {
        const auto digest = ContentDigest::parse(route.name);
        if (!digest) return bad_digest(digest.error().message);
        return TRY(storage_.remove_blob(route.repository, *digest)) ? std::move(response) : blob_unknown(route.name);
    }
    if (route.kind != Route::Kind::manifest) return not_here();
    const auto digest = ContentDigest::parse(route.name);
    if (!digest && route.name.find(':') != std::string::npos) return bad_digest(digest.error().message);
    const bool gone = digest ? TRY(storage_.remove_manifest(route.repository, *digest))
                             : TRY(storage_.remove_tag(route.repository, route.name));
    return gone ? std::move(response) : manifest_unknown(route.name);
}

Result<Handling> DistributionApi::start_upload(const ServerRequest& request, const Route& route) {
    if (const auto mount = request.parameter("mount")) {
        const auto digest = ContentDigest::parse(*mount);
        if (!digest) return now(bad_digest(digest.error().message));
        const auto from = request.parameter("from").value_or("");
        const bool may = from.empty() || is_repository_name(from);
        if (may && TRY(storage_.mount(route.repository, *digest, from)))
            return now(created("/v2/" + route.repository + "/blobs/" + digest->str(), *digest));
    }
    if (const auto algorithm = request.parameter("digest-algorithm");
        algorithm && *algorithm != "sha256" && *algorithm != "sha512")
        return now(bad_digest("blobs are named by sha256 or sha512 here"));
    std::optional<ContentDigest> digest;
    if (const auto text = request.parameter("digest")) {
        auto parsed = ContentDigest::parse(*text);
        if (!parsed) return now(bad_digest(parsed.error().message));
        digest = *std::move(parsed);
    }
    const auto id = TRY(storage_.begin_upload(route.repository));
    if (!digest) return now(upload_accepted(202, route.repository, id, 0));
    auto session = TRY(storage_.upload(route.repository, id));
    if (!session) return now(upload_unknown());
    return with(std::make_unique<UploadBody>(std::move(session), route.repository, id, std::move(digest),
                                             policy_.largest_blob, std::nullopt));
}

Result<Handling> DistributionApi::write_upload(const ServerRequest& request, const Route& route) {
    auto session = TRY(storage_.upload(route.repository, route.name));
    if (!session) return now(upload_unknown());
    std::optional<ContentDigest> digest;
    if (request.method == "PUT") {
        const auto text = request.parameter("digest");
        if (!text) return now(bad_digest("the digest is missing"));
        auto parsed = ContentDigest::parse(*text);
        if (!parsed) return now(bad_digest(parsed.error().message));
        digest = *std::move(parsed);
    }
    std::optional<std::uint64_t> announced;
    if (const auto header = request.header("Content-Range"); !header.empty()) {
        const auto range = read_upload_range(header);
        if (!range || range->first != session->size()) {
            auto refusal = error(416, "BLOB_UPLOAD_INVALID", "the bytes don't follow those that are here");
            for (auto& item : upload_accepted(416, route.repository, route.name, session->size()).headers)
                refusal.headers.push_back(std::move(item));
            return now(std::move(refusal));
        }
        announced = range->second - range->first + 1;
        const auto length = parse_number<std::uint64_t>(request.header("Content-Length"));
        if (length && *length != *announced)
            return now(error(400, "SIZE_INVALID", "Content-Length and Content-Range differ"));
    }
    const auto length = parse_number<std::uint64_t>(request.header("Content-Length")).value_or(0);
    if (policy_.largest_blob != 0 && session->size() + length > policy_.largest_blob)
        return now(error(413, "SIZE_INVALID", fmt::format("a blob may have {} bytes here", policy_.largest_blob)));
    return with(std::make_unique<UploadBody>(std::move(session), route.repository, route.name, std::move(digest),
                                             policy_.largest_blob, announced));
}

Handling DistributionApi::put_manifest(const ServerRequest& request, const Route& route) {
    if (parse_number<std::uint64_t>(request.header("Content-Length")).value_or(0) > largest_manifest)
        return now(error(413, "SIZE_INVALID", fmt::format("a manifest may have {} bytes here", largest_manifest)));
    auto digest = ContentDigest::parse(route.name);
    std::vector<std::string> tags;
    if (!digest) {
        if (route.name.find(':') != std::string::npos) return now(bad_digest(digest.error().message));
        if (!is_tag(route.name)) return now(error(400, "MANIFEST_INVALID", "a tag can't have that name"));
        tags.push_back(route.name);
    } else {
        for (const auto& [name, value] : request.query)
            if (name == "tag") tags.push_back(value);
        if (tags.size() > most_tags)
            return now(error(414, "UNSUPPORTED", fmt::format("at most {} tags at once", most_tags)));
        for (const auto& tag : tags)
            if (!is_tag(tag)) return now(error(400, "MANIFEST_INVALID", "a tag can't have that name"));
    }
    std::optional<std::string> expected;
    const auto match = request.header("If-Match");
    if (match.size() >= 2) expected = match.substr(1, match.size() - 2);
    if (request.header("If-None-Match") == "*") expected = "";
    auto finish = [this, route, tags = std::move(tags), given = digest ? std::optional(*digest) : std::nullopt,
                   expected = std::move(expected), any_match = match == "*",
                   type = request.header("Content-Type")](const std::string& bytes) {
        const auto actual = hash_of(bytes, given ? given->algorithm() : HashAlgorithm::sha256);
        if (given && actual != *given) return bad_digest("the content has another digest");
        const auto facts = read_manifest_facts(bytes, type);
        if (!facts) return error(400, "MANIFEST_INVALID", facts.error().message);
        const auto missing =
            storage_.put_manifest(route.repository, actual, bytes, *facts, tags, expected, !policy_.require_blobs);
        if (!missing) return failure(missing.error());
        if (!missing->empty() && policy_.require_blobs)
            return error(404, "MANIFEST_BLOB_UNKNOWN", "the manifest names a blob that the repository hasn't got",
                         {{"digest", missing->front().str()}});
        auto response =
            created("/v2/" + route.repository + "/manifests/" + (given ? given->str() : route.name), actual);
        if (!missing->empty())
            response.headers.emplace_back(
                "Warning", fmt::format("299 - \"{} of the manifest's blobs are not here, {} first\"", missing->size(),
                                       missing->front().str()));
        if (facts->subject) response.headers.emplace_back("OCI-Subject", facts->subject->str());
        if (given && !tags.empty()) response.headers.emplace_back("OCI-Tag", fmt::format("{}", fmt::join(tags, ", ")));
        return response;
    };
    const auto size = parse_number<std::uint64_t>(request.header("Content-Length")).value_or(largest_manifest);
    if ((manifest_bytes_ += size) > most_manifest_bytes) {
        manifest_bytes_ -= size;
        auto busy = error(429, "TOOMANYREQUESTS", "too many manifests at once");
        busy.headers.emplace_back("Retry-After", "1");
        return now(std::move(busy));
    }
    std::shared_ptr<void> room(nullptr, [this, size](void*) { manifest_bytes_ -= size; });
    return with(std::make_unique<ManifestBody>(std::move(finish), std::move(room)));
}

}  // namespace rockbuild
