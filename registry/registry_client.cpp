#include "registry/registry_client.hpp"

#include "registry/base64.hpp"
#include "registry/json_member.hpp"
#include "registry/url.hpp"
#include "system/host.hpp"
#include "system/pause.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr int most_tries = 6;
constexpr int most_hops = 10;
constexpr double shortest_pause = 0.25;
constexpr double longest_pause = 15;
constexpr double default_token_life = 60;
constexpr std::size_t largest_token_answer = 1 << 20;

}  // namespace

std::string RegistryResponse::location() const {
    const auto header = this->header("location");
    return header ? resolve_url(url, *header).value_or("") : std::string();
}

RegistryClient::RegistryClient(HttpClient& http, std::string host, std::vector<std::string> scopes,
                               RegistryAccess access, EventSink& events, std::stop_token stop)
    : http_(http),
      host_(std::move(host)),
      scopes_(std::move(scopes)),
      access_(std::move(access)),
      events_(events),
      stop_(std::move(stop)),
      random_(std::random_device{}()) {}

std::unique_ptr<RegistryClient> RegistryClient::sibling(HttpClient& http, std::stop_token stop) const {
    const std::lock_guard guard(mutex_);
    auto other = std::make_unique<RegistryClient>(http, host_, scopes_, access_, events_, std::move(stop));
    other->scheme_ = scheme_;
    other->challenge_ = challenge_;
    other->challenge_scheme_ = challenge_scheme_;
    other->token_ = token_;
    other->refresh_token_ = refresh_token_;
    return other;
}

Result<void> RegistryClient::pause(int tries, const HttpResponse* answer) {
    const auto asked = answer == nullptr ? std::nullopt : answer->retry_after();
    double until = 0;
    {
        const std::lock_guard guard(mutex_);
        const double most = std::min(longest_pause, shortest_pause * std::exp2(tries));
        until = monotonic_seconds() + (asked ? *asked : std::uniform_real_distribution<>(most / 4, most)(random_));
        if (asked) host_pause_until_ = std::max(host_pause_until_, until);
    }
    return pause_for(until - monotonic_seconds(), stop_);
}

Result<void> RegistryClient::wait_for_host() {
    double until = 0;
    {
        const std::lock_guard guard(mutex_);
        until = host_pause_until_;
    }
    return until > monotonic_seconds() ? pause_for(until - monotonic_seconds(), stop_) : Result<void>();
}

std::string RegistryClient::known_scheme() const {
    const std::lock_guard guard(mutex_);
    return scheme_;
}

Result<RegistryResponse> RegistryClient::send(const RegistryRequest& request) {
    for (int tries = 1;; ++tries) {
        TRY_VOID(wait_for_host());
        auto scheme = known_scheme();
        // A name of this machine is asked in the clear first, as all clients do; others only when told so.
        const bool guess = scheme.empty();
        if (guess) scheme = is_loopback(host_) ? "http" : "https";
        const bool own = request.path.starts_with('/');
        auto response = follow(request, own ? scheme + "://" + host_ + request.path : request.path);
        if (guess && own) {
            const bool is_tls_server = response && scheme == "http" && response->status == 400 &&
                                       !response->header("docker-distribution-api-version") &&
                                       !response->body.starts_with("{\"errors\"");
            const bool other = scheme == "http" ? is_tls_server || !response : access_.insecure && !response;
            if (other && !stop_.stop_requested()) {
                const std::string second = scheme == "http" ? "https" : "http";
                auto again = follow(request, second + "://" + host_ + request.path);
                // What speaks TLS has the last word, also if that is a refusal.
                const bool answered = again || !is_passing_fault(again.error());
                if (again) scheme = second;
                if (answered || is_tls_server) response = std::move(again);
            }
            if (response) {
                const std::lock_guard guard(mutex_);
                if (scheme_.empty()) {
                    scheme_ = scheme;
                    if (scheme == "http" && !is_loopback(host_))
                        events_.message(
                            fmt::format("warning: {} is asked over plain HTTP: anybody on the way can read "
                                        "and change what is sent",
                                        host_));
                }
            }
        }
        const bool passing = response ? is_passing_fault(response->status) : is_passing_fault(response.error());
        if (!passing || !request.try_again || tries == most_tries ||
            (!response && guess && tries == 2 && response.error().code == "RB0130"))
            return response;
        TRY_VOID(pause(tries, response ? &*response : nullptr));
    }
}

/// The request and the redirects that it meets.
Result<RegistryResponse> RegistryClient::follow(const RegistryRequest& request, const std::string& first) {
    auto url = first;
    const auto registry_scheme = request.path.starts_with('/') ? first.substr(0, first.find("://")) : known_scheme();
    for (int hop = 0; hop < most_hops; ++hop) {
        const auto scheme = url.substr(0, url.find("://"));
        const bool own_host = url_host(url) == url_host(scheme + "://" + host_);
        const bool in_clear = scheme == "http" && registry_scheme == "https";
        // A proxy that ends TLS may not know that it does: the same host is asked as before.
        if (own_host && in_clear) url.insert(4, "s");
        else if (in_clear && !access_.insecure)
            return fail("RB1551", fmt::format("{} sends us from https to '{}'", host_, url_host(url)),
                        "that would send content in the clear; --insecure allows it", ExitCode::not_allowed);
        // A registry must not send us to machines that only we can reach.
        if (!own_host && !is_loopback(host_) && is_private_address(host_name(url_host(url))))
            return fail("RB1551",
                        fmt::format("{} sends us to '{}', an address of a private network", host_, url_host(url)), {},
                        ExitCode::not_allowed);
        auto response = TRY(once(request, url, own_host));
        const auto status = response.status;
        const bool reads = request.method == "GET" || request.method == "HEAD";
        const bool redirects =
            status == 307 || status == 308 || (reads && (status == 301 || status == 302 || status == 303));
        if (!redirects) return response;
        const auto next = response.location();
        if (next.empty())
            return fail("RB1551", fmt::format("{} redirects to nowhere", host_), {}, ExitCode::remote_timeout);
        url = next;
    }
    return fail("RB1551", fmt::format("{} redirects in a circle", host_), {}, ExitCode::remote_timeout);
}

/// One request, with proof if it goes to the registry itself; once more when the proof was stale or not enough.
Result<RegistryResponse> RegistryClient::once(const RegistryRequest& request, const std::string& url, bool own_host) {
    for (int round = 0;; ++round) {
        HttpRequest http;
        http.method = request.method;
        http.url = url;
        http.headers = request.headers;
        http.headers.emplace_back("User-Agent", access_.user_agent);
        http.body = request.body;
        if (request.reader) http.reader = TRY(request.reader());
        http.body_size = request.body_size;
        http.sink = request.sink;
        http.most_collected = request.most_collected;
        http.ca = access_.ca;
        http.insecure = access_.insecure;
        const auto proof = own_host ? TRY(authorization()) : std::string();
        if (!proof.empty()) http.headers.emplace_back("Authorization", proof);
        ++requests_;
        auto answer = TRY(http_.send(http, stop_));
        RegistryResponse response;
        static_cast<HttpResponse&>(response) = std::move(answer);
        response.url = url;
        warn(response);
        const bool denied =
            response.status == 401 || (response.status == 403 && round == 0 && response.header("www-authenticate"));
        if (!denied || !own_host) {
            if (response.status == 403 && own_host && request.method != "HEAD") return refused(response, request.path);
            return response;
        }
        constexpr int most_rounds = 3;
        // Another request may have learnt meanwhile what this one had not.
        if (round < most_rounds && response.sent == 0 && TRY(authorization()) != proof) continue;
        if (round == most_rounds || !TRY(learn(response, round == 0))) return refused(response, request.path);
        // A part of the body may have arrived: only the caller knows how to go on.
        if (request.reader && response.sent > 0) return response;
    }
}

/// Takes a refusal's challenge. False: there is nothing new to try. A token that looked good is replaced once for each
/// request: not all registries say why they refuse one.
Result<bool> RegistryClient::learn(const RegistryResponse& refusal, bool first_time) {
    const std::lock_guard guard(mutex_);
    std::optional<Challenge> found;
    for (const auto& [name, value] : refusal.headers)
        if (name == "www-authenticate")
            for (auto& challenge : read_challenges(value))
                if (!found && (challenge.scheme == "bearer" || challenge.scheme == "basic"))
                    found = std::move(challenge);
    if (!found) return false;
    if (found->scheme == "basic") {
        const bool tried = challenge_ && challenge_->scheme == "basic";
        challenge_ = std::move(found);
        return access_.credential.has_value() && !access_.credential->is_identity_token && !tried;
    }
    const auto wanted = found->parameters["scope"];
    const bool is_new =
        !wanted.empty() && std::ranges::find(scopes_, wanted) == scopes_.end() && !found->parameters["error"].empty();
    const bool was_fresh = token_ && monotonic_seconds() < token_->renew_at;
    const bool stale = found->parameters["error"] == "invalid_token";
    const bool first = !challenge_ || challenge_->scheme != "bearer";
    challenge_ = std::move(found);
    challenge_scheme_ = refusal.url.substr(0, refusal.url.find("://"));
    // What the registry asks for comes first: some read one scope only.
    if (is_new || (first && scopes_.empty() && !wanted.empty())) scopes_.insert(scopes_.begin(), wanted);
    token_.reset();
    return first || is_new || stale || !was_fresh || first_time;
}

Result<std::string> RegistryClient::authorization() {
    const std::lock_guard guard(mutex_);
    if (!challenge_) return std::string();
    if (challenge_->scheme == "basic") {
        if (!access_.credential || access_.credential->is_identity_token) return std::string();
        return "Basic " + base64_encode(access_.credential->username + ":" + access_.credential->secret);
    }
    if (!token_ || monotonic_seconds() >= token_->renew_at) token_ = TRY(fetch_token());
    return "Bearer " + token_->text;
}

Result<void> RegistryClient::check_realm(const std::string& realm) const {
    const auto host = url_host(realm);
    const bool local = is_loopback(host_);
    const bool good = realm.starts_with("https://") ||
                      (realm.starts_with("http://") && (challenge_scheme_ == "http" || access_.insecure));
    // A registry must not make us ask machines that only we can reach.
    if (good && !host.empty() && (local || host == host_ || !is_private_address(host_name(host)))) return {};
    return fail("RB1552", fmt::format("{} sends us for a token to '{}', which is not safe", host_, clean_words(realm)),
                "if that is meant to be so, use --insecure", ExitCode::not_allowed);
}

/// Asks the token server (spec/oci-distribution.md §7.2-7.4). With the mutex held: others wait for the one token.
Result<RegistryClient::Token> RegistryClient::fetch_token() {
    auto realm = challenge_->parameters["realm"];
    realm = resolve_url(fmt::format("{}://{}/v2/", challenge_scheme_, host_), realm).value_or("");
    TRY_VOID(check_realm(realm));
    const auto service = challenge_->parameters["service"];
    const auto identity = !refresh_token_.empty()                                       ? refresh_token_
                          : access_.credential && access_.credential->is_identity_token ? access_.credential->secret
                                                                                        : std::string();
    HttpRequest request;
    request.headers = {{"User-Agent", access_.user_agent}};
    request.most_collected = largest_token_answer;
    request.ca = access_.ca;
    request.insecure = access_.insecure;
    const auto as_get = [&] {
        std::vector<std::pair<std::string, std::string>> query;
        if (!service.empty()) query.emplace_back("service", service);
        for (const auto& scope : scopes_) query.emplace_back("scope", scope);
        if (access_.credential && !access_.credential->is_identity_token) {
            query.emplace_back("account", access_.credential->username);
            request.headers.emplace_back("Authorization", "Basic " + base64_encode(access_.credential->username + ":" +
                                                                                   access_.credential->secret));
        }
        request.method = "GET";
        request.url = with_query(realm, query);
        request.body.clear();
    };
    if (identity.empty()) {
        as_get();
    } else {
        request.method = "POST";
        request.url = realm;
        request.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
        request.body = form({{"grant_type", "refresh_token"},
                             {"refresh_token", identity},
                             {"service", service},
                             {"client_id", "rockbuild"},
                             {"scope", fmt::format("{}", fmt::join(scopes_, " "))}});
    }
    const auto asked_at = monotonic_seconds();
    auto answer = http_.send(request, stop_);
    for (int tries = 1; tries < most_tries && !stop_.stop_requested() &&
                        (answer ? is_passing_fault(answer->status) : is_passing_fault(answer.error()));
         ++tries) {
        const auto asked = answer ? answer->retry_after() : std::nullopt;
        TRY_VOID(pause_for(asked.value_or(shortest_pause * tries), stop_));
        answer = http_.send(request, stop_);
    }
    if (!answer) return std::unexpected(std::move(answer).error());
    if (!identity.empty() && (answer->status == 404 || answer->status == 405)) {
        as_get();
        answer = TRY(http_.send(request, stop_));
    }
    RegistryResponse response;
    static_cast<HttpResponse&>(response) = *std::move(answer);
    if (is_passing_fault(response.status))
        return fail("RB1552",
                    fmt::format("the token server '{}' has a fault: {}", url_host(realm), error_words(response)),
                    "try again later", ExitCode::remote_timeout);
    if (response.status != 200) return refused(response, realm);
    const auto json = parse_untrusted<Json>(response.body);
    Token token;
    token.text = text_member(json, "token").empty() ? text_member(json, "access_token") : text_member(json, "token");
    if (token.text.empty() || clean_words(token.text, token.text.size()) != token.text)
        return fail("RB1552", fmt::format("the token server '{}' gave no token", url_host(realm)), {},
                    ExitCode::not_allowed);
    if (auto next = text_member(json, "refresh_token"); !next.empty()) refresh_token_ = std::move(next);
    double life = default_token_life;
    if (json.is_object() && json.contains("expires_in") && json["expires_in"].is_number() &&
        json["expires_in"].get<double>() > 0)
        life = json["expires_in"].get<double>();
    token.renew_at = asked_at + std::max(life * 0.8, life - 30);
    return token;
}

std::unexpected<Diagnostic> RegistryClient::refused(const RegistryResponse& response, const std::string& path) const {
    const auto who =
        access_.credential ? fmt::format("with {}", access_.credential->source) : std::string("without a password");
    auto error =
        fail("RB1550", fmt::format("{} refuses: {}; asked {}", host_, error_words(response), who),
             access_.credential ? fmt::format("see that the account may do this, or `rockbuild login {}` anew", host_)
                                : fmt::format("`rockbuild login {}`", host_),
             ExitCode::not_allowed);
    error.error().notes.push_back(
        {fmt::format("the request was for {}", clean_words(path.substr(0, path.find('?')))), {}});
    return error;
}

void RegistryClient::warn(const HttpResponse& response) {
    constexpr std::string_view prefix = "299 - \"";
    for (const auto& [name, value] : response.headers) {
        if (name != "warning" || !value.starts_with(prefix)) continue;
        std::string text;
        for (std::size_t i = prefix.size(); i < value.size() && value[i] != '"'; ++i) {
            if (value[i] == '\\' && i + 1 < value.size()) ++i;
            text += value[i];
        }
        text = clean_words(text);
        const std::lock_guard guard(mutex_);
        if (warnings_.insert(text).second) events_.message(fmt::format("{} warns: {}", host_, text));
    }
}

}  // namespace rockbuild
