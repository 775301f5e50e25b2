// Charmhub's API, one function a call (spec/charmhub.md §5). Answers are read strictly enough to be used; every refusal
// becomes a sentence with a cure.
#pragma once

#include "registry/charmhub/macaroon.hpp"
#include "registry/content_digest.hpp"
#include "support/event.hpp"
#include "system/http_client.hpp"

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace rockbuild {

struct StoreAddresses {
    std::string api;  // without a slash at the end, as the others
    std::string storage;
    std::string sso;
    std::string registry;  // empty: the one that an image's name says
};

struct StoreAccount {
    std::string name;
    std::string username;
    std::string id;
    std::string email;
    std::vector<std::string> permissions;
    std::optional<std::vector<std::string>> packages;  // none: all
    std::optional<std::vector<std::string>> channels;
    std::string expires;  // ISO 8601; may be empty
};

struct StoreResource {
    std::string name;
    std::string type;  // oci-image, file
    bool optional = false;
    std::optional<std::int64_t> revision;  // of the charm that declares it
};

struct ResourceRevision {
    std::int64_t revision = 0;
    std::string created_at;
    std::uint64_t size = 0;
    std::string sha256;
    std::vector<std::string> architectures;
};

struct UploadCredentials {
    std::string image_name;  // host and repository
    std::string username;
    std::string password;
};

struct ReviewState {
    std::string status;  // approved, rejected; anything else: wait
    std::int64_t revision = 0;
    std::vector<std::string> errors;
};

struct ChannelRelease {
    std::string channel;
    std::optional<std::int64_t> revision;
    std::vector<std::string> resources;  // that have a revision there
};

struct LoginWish {
    std::vector<std::string> permissions{"account-register-package", "account-view-packages", "package-manage",
                                         "package-view"};
    std::vector<std::string> charms;    // none: all
    std::vector<std::string> channels;  // none: all
    std::int64_t ttl = 108000;          // seconds
    std::string client;                 // who asks, for the account's list of tokens
};

/// Errors of all calls: RB1601 (exit 77) the login isn't known or has ended; RB1602 (exit 77) it may not do this;
/// RB1603 nothing of that name; RB1604 (exit 75) too many requests; RB1605 (exit 75) the store has a fault; RB1606 any
/// other refusal, with its words; RB1607 an answer that can't be understood.
class StoreClient {
public:
    StoreClient(HttpClient& http, StoreAddresses addresses, std::string user_agent, EventSink& events,
                std::stop_token stop)
        : http_(http),
          addresses_(std::move(addresses)),
          user_agent_(std::move(user_agent)),
          events_(events),
          stop_(std::move(stop)) {}

    /// The whole sign-on; `one_time_password` is asked only if the account has one. Returns the token.
    Result<std::string> login(const std::string& email, const std::string& password, const LoginWish& wish,
                              const std::function<Result<std::string>()>& one_time_password);
    /// From now on requests are made with these; a pair is exchanged for its token now.
    Result<void> use(const StoreCredentials& credentials);

    Result<StoreAccount> whoami();
    Result<std::vector<StoreResource>> resources(const std::string& charm);
    Result<std::vector<ResourceRevision>> resource_revisions(const std::string& charm, const std::string& resource);
    Result<UploadCredentials> upload_credentials(const std::string& charm, const std::string& resource);
    /// The text that stands for an image in the store, byte for byte.
    Result<std::string> image_blob(const std::string& charm, const std::string& resource, const ContentDigest& digest);
    /// The upload's id.
    Result<std::string> upload(const std::string& name, const std::string& content);
    /// Where its review can be asked for.
    Result<std::string> push_resource(const std::string& charm, const std::string& resource,
                                      const std::string& upload_id, const std::vector<std::string>& architectures);
    Result<ReviewState> review(const std::string& status_url);
    /// What is where now.
    Result<std::vector<ChannelRelease>> releases(const std::string& charm);
    /// The channels that the store says it released to.
    Result<std::vector<std::string>> release(const std::string& charm, std::int64_t charm_revision,
                                             const std::vector<std::string>& channels,
                                             const std::map<std::string, std::int64_t>& resource_revisions);

    const StoreAddresses& addresses() const { return addresses_; }
    const std::stop_token& stop_token() const { return stop_; }

private:
    Result<nlohmann::ordered_json> ask(const std::string& method, const std::string& path,
                                       const nlohmann::ordered_json* body, std::string_view subject);
    Result<HttpResponse> send(HttpRequest request);
    std::unexpected<Diagnostic> refusal(const HttpResponse& response, std::string_view subject) const;

    HttpClient& http_;
    StoreAddresses addresses_;
    std::string user_agent_;
    std::string authorization_;
    EventSink& events_;
    std::stop_token stop_;
};

}  // namespace rockbuild
