#include "registry/server/distribution_api.hpp"

#include "registry/reference.hpp"
#include "registry/server/answers.hpp"
#include "system/host.hpp"

#include <algorithm>
#include <cmath>
#include <ctime>
#include <nlohmann/json.hpp>

namespace rockbuild {

using namespace answers;

namespace {

using Json = nlohmann::ordered_json;

bool reads(const ServerRequest& request) { return request.method == "GET" || request.method == "HEAD"; }

/// True for what a browser sends for a page that isn't ours: such a page could write to a registry on this machine.
bool is_foreign_page(const ServerRequest& request) {
    const auto origin = request.header("Origin");
    if (!origin.empty() && !origin.ends_with("://" + request.header("Host"))) return true;
    return request.header("Sec-Fetch-Site") == "cross-site";
}

}  // namespace

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
