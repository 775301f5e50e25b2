#include "registry/server/distribution_api.hpp"

#include "image/documents.hpp"
#include "registry/reference.hpp"
#include "registry/url.hpp"
#include "support/number.hpp"
#include "system/host.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t largest_manifest = 4 << 20;
/// Manifests are kept in memory while they come: no more than this at once.
constexpr std::uint64_t most_manifest_bytes = 32 << 20;
constexpr std::size_t largest_page = 4 << 20;  // of referrers
constexpr std::size_t most_on_page = 1000;
constexpr std::size_t most_tags = 64;
constexpr std::size_t most_listed = 10000;

/// The error document of the distribution spec, "error codes".
ServerResponse error(int status, std::string_view code, std::string_view message, Json detail = nullptr) {
    Json item{{"code", code}, {"message", message}};
    if (!detail.is_null()) item["detail"] = std::move(detail);
    ServerResponse response;
    response.status = status;
    response.headers = {{"Content-Type", "application/json"}};
    response.body =
        Json{{"errors", Json::array({std::move(item)})}}.dump(-1, ' ', false, Json::error_handler_t::replace);
    return response;
}

ServerResponse blob_unknown(const std::string& digest) {
    return error(404, "BLOB_UNKNOWN", "the repository has no such blob", {{"digest", digest}});
}
ServerResponse upload_unknown() { return error(404, "BLOB_UPLOAD_UNKNOWN", "there is no such upload"); }
ServerResponse manifest_unknown(const std::string& name) {
    return error(404, "MANIFEST_UNKNOWN", "the repository has no such manifest", {{"reference", name}});
}
ServerResponse bad_digest(std::string_view why) { return error(400, "DIGEST_INVALID", why); }
ServerResponse not_here() { return error(405, "UNSUPPORTED", "this can't be done here"); }

/// What went wrong on this side: the client learns no paths.
ServerResponse failure(const Diagnostic& why) {
    if (why.code == "RB1513") return error(413, "DENIED", why.message);
    if (why.code == "RB1511") return error(409, "BLOB_UPLOAD_INVALID", why.message);
    if (why.code == "RB1512") return error(412, "MANIFEST_INVALID", why.message);
    if (why.exit == ExitCode::cannot_write) return error(507, "UNKNOWN", "no space is left on the registry's disk");
    return error(500, "UNKNOWN", "the registry can't read or write its files");
}

Handling now(ServerResponse response) {
    Handling handling;
    handling.response = std::move(response);
    return handling;
}

Handling with(std::unique_ptr<RequestBody> body) {
    Handling handling;
    handling.body = std::move(body);
    return handling;
}

std::string uploads_path(const std::string& repository) { return "/v2/" + repository + "/blobs/uploads/"; }

ServerResponse upload_accepted(int status, const std::string& repository, const std::string& id, std::uint64_t size) {
    ServerResponse response;
    response.status = status;
    // An empty upload has no last byte: the field says 0-0, as all registries do.
    response.headers = {{"Location", uploads_path(repository) + id},
                        {"Range", fmt::format("0-{}", size == 0 ? 0 : size - 1)},
                        {"Docker-Upload-UUID", id}};
    return response;
}

ServerResponse created(const std::string& location, const ContentDigest& digest) {
    ServerResponse response;
    response.status = 201;
    response.headers = {{"Location", location}, {"Docker-Content-Digest", digest.str()}};
    return response;
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

bool reads(const ServerRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

/// True for what a browser sends for a page that isn't ours: such a page could write to a registry on this machine.
bool is_foreign_page(const ServerRequest& request) {
    const auto origin = request.header("Origin");
    if (!origin.empty() && !origin.ends_with("://" + request.header("Host"))) return true;
    return request.header("Sec-Fetch-Site") == "cross-site";
}

/// `"sha256:…"` as ETags are written.
std::string quoted(const std::string& text) { return '"' + text + '"'; }

std::string link_to(const std::string& path, std::string_view query) {
    return fmt::format("<{}?{}>; rel=\"next\"", path, query);
}

}  // namespace

std::optional<ByteRange> read_range(std::string_view header, std::uint64_t total) {
    constexpr std::string_view unit = "bytes=";
    if (!header.starts_with(unit)) return std::nullopt;
    header.remove_prefix(unit.size());
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto first = header.substr(0, dash);
    const auto last = header.substr(dash + 1);
    const auto end = parse_number<std::uint64_t>(last);
    if (first.empty()) {
        if (!end) return std::nullopt;
        const auto size = std::min(*end, total);
        return ByteRange{total - size, size};
    }
    const auto begin = parse_number<std::uint64_t>(first);
    if (!begin || (!end && !last.empty())) return std::nullopt;
    if (*begin >= total || (end && *end < *begin)) return ByteRange{};
    return ByteRange{*begin, (end ? std::min(*end, total - 1) : total - 1) - *begin + 1};
}

std::optional<std::pair<std::uint64_t, std::uint64_t>> read_upload_range(std::string_view header) {
    const auto dash = header.find('-');
    if (dash == std::string_view::npos) return std::nullopt;
    const auto begin = parse_number<std::uint64_t>(header.substr(0, dash));
    const auto end = parse_number<std::uint64_t>(header.substr(dash + 1));
    if (!begin || !end || *end < *begin) return std::nullopt;
    return std::pair{*begin, *end};
}

DistributionApi::Route DistributionApi::route(std::string_view path) {
    if (path == "/metrics") return {.kind = Route::Kind::metrics};
    if (path == "/v2" || path == "/v2/") return {.kind = Route::Kind::root};
    constexpr std::string_view prefix = "/v2/";
    if (!path.starts_with(prefix)) return {};
    path.remove_prefix(prefix.size());
    const auto slash = path.rfind('/');
    if (slash == std::string_view::npos) return {};
    const auto last = path.substr(slash + 1);
    const auto before = path.substr(0, slash);
    const auto named = [&](std::string_view suffix, Route::Kind kind, std::string_view name) {
        return Route{kind, std::string(before.substr(0, before.size() - suffix.size())), std::string(name)};
    };
    if (before.ends_with("/blobs/uploads"))
        return named("/blobs/uploads", last.empty() ? Route::Kind::upload_start : Route::Kind::upload, last);
    if (before.ends_with("/blobs") && last == "uploads") return named("/blobs", Route::Kind::upload_start, "");
    if (before.ends_with("/blobs")) return named("/blobs", Route::Kind::blob, last);
    if (before.ends_with("/manifests")) return named("/manifests", Route::Kind::manifest, last);
    if (before.ends_with("/referrers")) return named("/referrers", Route::Kind::referrers, last);
    if (before.ends_with("/tags") && last == "list") return named("/tags", Route::Kind::tags, "");
    return {};
}

Handling DistributionApi::begin(const ServerRequest& request) {
    if (policy_.local_only && !is_local_host_header(request.header("Host")))
        return now(error(403, "DENIED", "this registry answers only to a name of this machine, such as localhost"));
    if (!reads(request) && is_foreign_page(request))
        return now(error(403, "DENIED", "a web page of another place may not write here"));
    const auto admission = policy_.passwords == nullptr
                               ? Admission::admitted
                               : policy_.passwords->admits(request.header("Authorization"), monotonic_seconds());
    if (admission == Admission::busy) {
        auto response = error(429, "TOOMANYREQUESTS", "too many passwords are being checked");
        response.headers.emplace_back("Retry-After", "1");
        return now(std::move(response));
    }
    if (admission == Admission::refused) {
        auto response = error(401, "UNAUTHORIZED", "a user name and a password are needed");
        response.headers.emplace_back("WWW-Authenticate", "Basic realm=\"rockbuild registry\"");
        return now(std::move(response));
    }
    const auto wanted = route(request.path);
    if (wanted.kind == Route::Kind::none) return now(error(404, "NAME_UNKNOWN", "there is nothing of that name"));
    if (!wanted.repository.empty() || wanted.kind > Route::Kind::metrics) {
        constexpr std::size_t longest = 255;
        if (!is_repository_name(wanted.repository) || wanted.repository.size() > longest)
            return now(error(400, "NAME_INVALID", "a repository can't have that name"));
    }
    return dispatch(request, wanted);
}

Handling DistributionApi::dispatch(const ServerRequest& request, const Route& route) {
    using Kind = Route::Kind;
    if (!reads(request) && policy_.read_only) return now(error(405, "UNSUPPORTED", "this registry is read-only"));
    const auto answer = [](Result<ServerResponse> response) {
        return now(response ? *std::move(response) : failure(response.error()));
    };
    const auto handle = [](Result<Handling> handling) {
        return handling ? *std::move(handling) : now(failure(handling.error()));
    };
    if (reads(request)) switch (route.kind) {
            case Kind::root: {
                ServerResponse response;
                response.headers = {{"Content-Type", "application/json"},
                                    {"Docker-Distribution-API-Version", "registry/2.0"}};
                response.body = "{}";
                return now(std::move(response));
            }
            case Kind::metrics: {
                ServerResponse response;
                response.headers = {{"Content-Type", "text/plain; version=0.0.4"}};
                response.body = metrics_.text();
                return now(std::move(response));
            }
            case Kind::blob:
                return answer(get_blob(request, route));
            case Kind::manifest:
                return answer(get_manifest(request, route));
            case Kind::tags:
                return answer(get_tags(request, route));
            case Kind::referrers:
                return answer(get_referrers(request, route));
            case Kind::upload:
                return answer(upload_status(route));
            default:
                return now(not_here());
        }
    if (request.method == "POST" && route.kind == Kind::upload_start) return handle(start_upload(request, route));
    if ((request.method == "PATCH" || request.method == "PUT") && route.kind == Kind::upload)
        return handle(write_upload(request, route));
    if (request.method == "PUT" && route.kind == Kind::manifest) return put_manifest(request, route);
    if (request.method == "DELETE") return answer(remove(route));
    return now(not_here());
}

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

Result<ServerResponse> DistributionApi::upload_status(const Route& route) {
    const auto size = TRY(storage_.upload_size(route.repository, route.name));
    if (!size) return upload_unknown();
    return upload_accepted(204, route.repository, route.name, *size);
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

void DistributionApi::finished(const ServedRequest& served) {
    metrics_.count(served);
    if (!log_) return;
    const auto time = std::time(nullptr);
    std::tm parts{};
    ::gmtime_r(&time, &parts);
    char stamp[32];
    std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%SZ", &parts);
    const Json line{{"time", stamp},           {"remote", served.remote},
                    {"method", served.method}, {"path", served.path},
                    {"status", served.status}, {"received", served.received},
                    {"sent", served.sent},     {"seconds", std::round(served.seconds * 1e6) / 1e6},
                    {"agent", served.agent}};
    log_(line.dump(-1, ' ', false, Json::error_handler_t::replace));
}

}  // namespace rockbuild
