// Asking one registry, whatever stands between: which scheme it speaks, the proof of who asks (nothing, a password, or
// tokens that are fetched, kept and renewed), redirects (the proof stays on its host), faults that pass (tried again,
// the whole host's queue pausing when it says so). What is asked is the caller's business: registry_acts.hpp.
#pragma once

#include "registry/challenge.hpp"
#include "registry/credentials.hpp"
#include "registry/reference.hpp"
#include "registry/registry_error.hpp"
#include "support/event.hpp"
#include "system/http_client.hpp"

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

struct RegistryAccess {
    std::optional<Credential> credential;     // of this registry, for this repository
    std::optional<std::filesystem::path> ca;  // an authority's certificate that is trusted too
    bool insecure = false;                    // any certificate, and plain HTTP, will do
    std::string user_agent;
};

/// A request to a registry. `path` begins with /v2/, or is a whole address that the registry gave (a Location).
struct RegistryRequest {
    std::string method = "GET";
    std::string path;
    std::vector<std::pair<std::string, std::string>> headers;
    std::string body;
    std::function<Result<BodyReader>()> reader;  // gives the body anew for each try
    std::uint64_t body_size = 0;
    AnswerSink sink;
    std::size_t most_collected = 8 << 20;
    bool try_again = true;  // after faults that pass; where false, the caller has better means
};

struct RegistryResponse : HttpResponse {
    std::string url;  // that answered, for relative addresses
    /// `Location`, resolved; empty if there is none or it can't be an address.
    std::string location() const;
};

class RegistryClient {
public:
    /// `host` is where requests go. `scopes`: what tokens are asked for, the pushing one first:
    /// "repository:NAME:pull,push".
    RegistryClient(HttpClient& http, std::string host, std::vector<std::string> scopes, RegistryAccess access,
                   EventSink& events, std::stop_token stop);

    /// Any status but those that mean "not allowed" is an answer. RB1550 (exit 77): who asks isn't known or may not;
    /// the message says which credentials were used. A 401 is an answer where a part of a body was sent before it: the
    /// proof is a new one then. RB0130 and the like from the HTTP client.
    Result<RegistryResponse> send(const RegistryRequest& request);

    /// Another one for the same registry that knows what this one has learnt, over other connections.
    std::unique_ptr<RegistryClient> sibling(HttpClient& http, std::stop_token stop) const;

    const std::string& host() const { return host_; }
    std::uint64_t requests() const { return requests_; }
    const std::stop_token& stop_token() const { return stop_; }
    /// Sleeps before try number `tries` (from 1): full jitter, or what the registry asked for; RB0111 if interrupted.
    Result<void> pause(int tries, const HttpResponse* answer);
    EventSink& events() { return events_; }

private:
    struct Token {
        std::string text;
        double renew_at = 0;
    };

    Result<RegistryResponse> follow(const RegistryRequest& request, const std::string& url);
    Result<RegistryResponse> once(const RegistryRequest& request, const std::string& url, bool own_host);
    std::string known_scheme() const;
    Result<std::string> authorization();
    Result<Token> fetch_token();
    Result<bool> learn(const RegistryResponse& refusal, bool first_time);
    Result<void> check_realm(const std::string& realm) const;
    std::unexpected<Diagnostic> refused(const RegistryResponse& response, const std::string& path) const;
    void warn(const HttpResponse& response);
    Result<void> wait_for_host();

    HttpClient& http_;
    std::string host_;
    std::vector<std::string> scopes_;
    RegistryAccess access_;
    EventSink& events_;
    std::stop_token stop_;
    std::atomic<std::uint64_t> requests_{0};

    mutable std::mutex mutex_;  // all below
    std::string scheme_;        // "http" or "https", once known to work
    std::optional<Challenge> challenge_;
    std::string challenge_scheme_;  // of the request that met it
    std::optional<Token> token_;
    std::string refresh_token_;
    std::set<std::string> warnings_;
    double host_pause_until_ = 0;
    std::minstd_rand random_;
};

}  // namespace rockbuild
