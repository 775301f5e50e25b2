#include "registry/charmhub/store_client.hpp"

#include "registry/json_member.hpp"
#include "registry/registry_error.hpp"
#include "registry/url.hpp"
#include "system/pause.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr int most_tries = 6;
constexpr double first_pause = 0.5;
constexpr double longest_pause = 15;

std::unexpected<Diagnostic> not_understood(std::string_view what) {
    return fail("RB1607", fmt::format("Charmhub's answer can't be understood: {}", what),
                "try again; if it stays so, a newer rockbuild may know better", ExitCode::remote_timeout);
}

/// The member, which must be a list.
Result<Json> list_of(const Json& json, const char* key) {
    if (json.is_object() && json.contains(key) && json[key].is_array()) return json[key];
    return not_understood(fmt::format("'{}' is missing", key));
}

/// `error-list` and its older spelling: codes and messages.
std::vector<std::pair<std::string, std::string>> errors_of(const Json& json) {
    std::vector<std::pair<std::string, std::string>> errors;
    for (const char* key : {"error-list", "error_list"})
        if (json.is_object() && json.contains(key) && json[key].is_array())
            for (const auto& item : json[key])
                errors.emplace_back(text_member(item, "code"), text_member(item, "message"));
    if (errors.empty() && !text_member(json, "message").empty())
        errors.emplace_back(text_member(json, "code"), text_member(json, "message"));
    return errors;
}

std::string words_of(const HttpResponse& response) {
    std::vector<std::string> words;
    for (const auto& [code, message] : errors_of(parse_untrusted<Json>(response.body)))
        words.push_back(code.empty() ? message : message.empty() ? code : fmt::format("{} [{}]", message, code));
    if (words.empty()) return fmt::format("HTTP {}", response.status);
    auto text = fmt::format("{}", fmt::join(words, "; "));
    std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < ' '; }, ' ');
    return text.substr(0, 500);
}

bool asks_for_second_factor(const Json& json) {
    for (const auto& [code, message] : errors_of(json)) {
        auto lower = code + " " + message;
        std::ranges::transform(lower, lower.begin(),
                               [](unsigned char c) { return c == '_' ? '-' : static_cast<char>(std::tolower(c)); });
        if (lower.find("twofactor-required") != std::string::npos || lower.find("otp required") != std::string::npos)
            return true;
    }
    return text_member(json, "code") == "TWOFACTOR_REQUIRED";
}

std::optional<std::vector<std::string>> names_of(const Json& json, const char* key) {
    if (!json.contains(key) || !json[key].is_array()) return std::nullopt;
    std::vector<std::string> names;
    for (const auto& item : json[key]) {
        if (item.is_string()) names.push_back(item.get<std::string>());
        else if (auto name = text_member(item, "name"); !name.empty()) names.push_back(std::move(name));
        else return std::nullopt;  // named by what we don't know
    }
    return names;
}

std::string resource_path(const std::string& charm, const std::string& resource) {
    return fmt::format("/v1/charm/{}/resources/{}", charm, resource);
}

}  // namespace

/// Every call may be made twice without harm: equal content gets equal revisions, a release twice is the same release.
Result<HttpResponse> StoreClient::send(HttpRequest request) {
    request.headers.emplace_back("User-Agent", user_agent_);
    request.headers.emplace_back("Accept", "application/json");
    for (int tries = 1;; ++tries) {
        auto response = http_.send(request, stop_);
        const bool passing =
            response ? response->status == 429 || response->status >= 500 : is_passing_fault(response.error());
        if (!passing || tries == most_tries) return response;
        const auto asked = response ? response->retry_after() : std::nullopt;
        const double pause = asked.value_or(std::min(longest_pause, first_pause * (1 << (tries - 1))));
        events_.message(fmt::format("Charmhub {}: trying again", response ? fmt::format("answers {}", response->status)
                                                                          : std::string("can't be reached")));
        TRY_VOID(pause_for(pause, stop_));
    }
}

std::unexpected<Diagnostic> StoreClient::refusal(const HttpResponse& response, std::string_view subject) const {
    const auto words = words_of(response);
    const auto errors = errors_of(parse_untrusted<Json>(response.body));
    const auto says = [&](std::string_view text) {
        return std::ranges::any_of(errors, [&](const auto& item) {
            return item.first.find(text) != std::string::npos || item.second.find(text) != std::string::npos;
        });
    };
    if (response.status == 401)
        return fail("RB1601", fmt::format("Charmhub doesn't accept this login: {}", words),
                    "log in again with `rockbuild login charmhub`, or renew CHARMCRAFT_AUTH", ExitCode::not_allowed);
    if (response.status == 403)
        return fail("RB1602", fmt::format("this login may not {}: {}", subject, words),
                    "log in with an account that publishes this charm, with the permission package-manage",
                    ExitCode::not_allowed);
    if (response.status == 404)
        return fail("RB1603", fmt::format("Charmhub can't {}: {}", subject, words),
                    says("namespace") || says("not registered")
                        ? "register the charm's name first: `charmcraft register NAME`"
                        : "declare the resource in the charmcraft.yaml of a charm revision that was uploaded");
    if (response.status == 429)
        return fail("RB1604", fmt::format("Charmhub has had too many requests: {}", words),
                    "wait some minutes and run it again: it goes on where it was", ExitCode::remote_timeout);
    if (response.status >= 500)
        return fail("RB1605", fmt::format("Charmhub has a fault (HTTP {}) and can't {}", response.status, subject),
                    "run it again later: it goes on where it was", ExitCode::remote_timeout);
    return fail("RB1606", fmt::format("Charmhub won't {}: {}", subject, words));
}

Result<Json> StoreClient::ask(const std::string& method, const std::string& path, const Json* body,
                              std::string_view subject) {
    HttpRequest request;
    request.method = method;
    request.url = addresses_.api + path;
    if (!authorization_.empty()) request.headers.emplace_back("Authorization", authorization_);
    if (body != nullptr) {
        request.headers.emplace_back("Content-Type", "application/json");
        request.body = body->dump();
    }
    const auto response = TRY(send(std::move(request)));
    if (response.status < 200 || response.status > 299) return refusal(response, subject);
    auto json = parse_untrusted<Json>(response.body);
    if (json.is_discarded()) return not_understood("it is no JSON");
    return json;
}

Result<std::string> StoreClient::login(const std::string& email, const std::string& password, const LoginWish& wish,
                                       const std::function<Result<std::string>()>& one_time_password) {
    Json wanted{{"permissions", wish.permissions}, {"ttl", wish.ttl}};
    if (!wish.charms.empty()) {
        wanted["packages"] = Json::array();
        for (const auto& charm : wish.charms) wanted["packages"].push_back({{"type", "charm"}, {"name", charm}});
    }
    if (!wish.channels.empty()) wanted["channels"] = wish.channels;
    std::string otp;
    for (;;) {
        authorization_.clear();
        const auto root = text_member(TRY(ask("POST", "/v1/tokens/usso", &wanted, "begin a login")), "macaroon");
        Json proof{
            {"email", email}, {"password", password}, {"caveat_id", TRY(caveat_for(root, url_host(addresses_.sso)))}};
        if (!otp.empty()) proof["otp"] = otp;
        HttpRequest request;
        request.method = "POST";
        request.url = addresses_.sso + "/api/v2/tokens/discharge";
        request.headers = {{"Content-Type", "application/json"}};
        request.body = proof.dump();
        const auto response = TRY(send(std::move(request)));
        const auto json = parse_untrusted<Json>(response.body);
        if (response.status != 200 && otp.empty() && asks_for_second_factor(json)) {
            otp = TRY(one_time_password());
            continue;
        }
        if (response.status >= 500 || response.status == 429) return refusal(response, "sign you on");
        if (response.status != 200)
            return fail("RB1601", fmt::format("the sign-on is refused: {}", words_of(response)),
                        "check the e-mail address, the password and the one-time password", ExitCode::not_allowed);
        const auto bound = TRY(bound_discharge(root, text_member(json, "discharge_macaroon")));
        authorization_ = fmt::format("Macaroon root={}, discharge={}", root, bound);
        const Json client{{"client-description", wish.client}};
        auto token = text_member(TRY(ask("POST", "/v1/tokens/usso/exchange", &client, "end the login")), "macaroon");
        if (token.empty()) return not_understood("there is no token in it");
        authorization_ = "Macaroon " + token;
        return token;
    }
}

Result<void> StoreClient::use(const StoreCredentials& credentials) {
    authorization_ = credentials.authorization;
    if (!authorization_.empty()) return {};
    authorization_ = fmt::format("Macaroon root={}, discharge={}", credentials.root,
                                 TRY(bound_discharge(credentials.root, credentials.discharge)));
    const Json client{{"client-description", "rockbuild"}};
    const auto token =
        text_member(TRY(ask("POST", "/v1/tokens/usso/exchange", &client, "exchange the login")), "macaroon");
    if (token.empty()) return not_understood("there is no token in it");
    authorization_ = "Macaroon " + token;
    return {};
}

Result<StoreAccount> StoreClient::whoami() {
    const auto json = TRY(ask("GET", "/v1/tokens/whoami", nullptr, "tell who is logged in"));
    if (!json.is_object() || !json.contains("account")) return not_understood("there is no account in it");
    const auto& account = json["account"];
    return StoreAccount{.name = text_member(account, "display-name"),
                        .username = text_member(account, "username"),
                        .id = text_member(account, "id"),
                        .email = text_member(account, "email"),
                        .permissions = names_of(json, "permissions").value_or(std::vector<std::string>{}),
                        .packages = names_of(json, "packages"),
                        .channels = names_of(json, "channels"),
                        .expires = text_member(json, "expires")};
}

Result<std::vector<StoreResource>> StoreClient::resources(const std::string& charm) {
    const auto json = TRY(ask("GET", fmt::format("/v1/charm/{}/resources", charm), nullptr,
                              fmt::format("list the resources of '{}'", charm)));
    std::vector<StoreResource> found;
    for (const auto& item : TRY(list_of(json, "resources"))) {
        StoreResource resource{.name = text_member(item, "name"), .type = text_member(item, "type")};
        if (item.contains("optional") && item["optional"].is_boolean())
            resource.optional = item["optional"].get<bool>();
        if (item.contains("revision") && item["revision"].is_number_integer())
            resource.revision = item["revision"].get<std::int64_t>();
        found.push_back(std::move(resource));
    }
    return found;
}

Result<std::vector<ResourceRevision>> StoreClient::resource_revisions(const std::string& charm,
                                                                      const std::string& resource) {
    const auto json = TRY(ask("GET", resource_path(charm, resource) + "/revisions", nullptr,
                              fmt::format("list the revisions of '{}'", resource)));
    std::vector<ResourceRevision> found;
    for (const auto& item : TRY(list_of(json, "revisions"))) {
        if (!item.is_object() || !item.contains("revision") || !item["revision"].is_number_integer())
            return not_understood("a revision has no number");
        ResourceRevision revision{.revision = item["revision"].get<std::int64_t>(),
                                  .created_at = text_member(item, "created-at")};
        revision.sha256 = text_member(item, "sha256");
        if (item.contains("size") && item["size"].is_number_unsigned())
            revision.size = item["size"].get<std::uint64_t>();
        if (item.contains("bases") && item["bases"].is_array())
            for (const auto& base : item["bases"])
                for (const auto& name : base.is_object()
                                            ? names_of(base, "architectures").value_or(std::vector<std::string>{"all"})
                                            : std::vector<std::string>{})
                    revision.architectures.push_back(name);
        found.push_back(std::move(revision));
    }
    return found;
}

Result<UploadCredentials> StoreClient::upload_credentials(const std::string& charm, const std::string& resource) {
    const auto json = TRY(ask("GET", resource_path(charm, resource) + "/oci-image/upload-credentials", nullptr,
                              fmt::format("give the registry's password for '{}'", resource)));
    UploadCredentials credentials{text_member(json, "image-name"), text_member(json, "username"),
                                  text_member(json, "password")};
    if (credentials.image_name.empty()) return not_understood("there is no image-name in it");
    return credentials;
}

Result<std::string> StoreClient::image_blob(const std::string& charm, const std::string& resource,
                                            const ContentDigest& digest) {
    HttpRequest request;
    request.method = "POST";
    request.url = addresses_.api + resource_path(charm, resource) + "/oci-image/blob";
    request.headers = {{"Authorization", authorization_}, {"Content-Type", "application/json"}};
    request.body = Json{{"image-digest", digest.str()}}.dump();
    auto response = TRY(send(std::move(request)));
    if (response.status < 200 || response.status > 299)
        return refusal(response, fmt::format("register the image {}", digest.str()));
    // It is the store's own text, but it must be about this image.
    if (response.body.find(digest.str()) == std::string::npos) return not_understood("it doesn't name the image");
    return std::move(response.body);
}

Result<std::string> StoreClient::upload(const std::string& name, const std::string& content) {
    std::array<unsigned char, 16> random{};
    RAND_bytes(random.data(), random.size());
    const auto boundary = fmt::format("rockbuild-{:02x}", fmt::join(random, ""));
    HttpRequest request;
    request.method = "POST";
    request.url = addresses_.storage + "/unscanned-upload/";
    request.headers = {{"Authorization", authorization_},
                       {"Content-Type", "multipart/form-data; boundary=" + boundary}};
    request.body = fmt::format(
        "--{}\r\nContent-Disposition: form-data; name=\"binary\"; filename=\"{}\"\r\n"
        "Content-Type: application/octet-stream\r\n\r\n{}\r\n--{}--\r\n",
        boundary, name, content, boundary);
    const auto response = TRY(send(std::move(request)));
    if (response.status < 200 || response.status > 299) return refusal(response, "store the upload");
    const auto json = parse_untrusted<Json>(response.body);
    if (!json.is_object() || json.value("successful", Json()) != true)
        return fail("RB1606", "Charmhub's storage did not take the upload", "try again later",
                    ExitCode::remote_timeout);
    auto id = text_member(json, "upload_id");
    if (id.empty()) return not_understood("there is no upload_id in it");
    return id;
}

Result<std::string> StoreClient::push_resource(const std::string& charm, const std::string& resource,
                                               const std::string& upload_id, const std::vector<std::string>& names) {
    const Json body{{"upload-id", upload_id},
                    {"type", "oci-image"},
                    {"bases", Json::array({{{"name", "all"}, {"channel", "all"}, {"architectures", names}}})}};
    auto url = text_member(TRY(ask("POST", resource_path(charm, resource) + "/revisions", &body,
                                   fmt::format("take a revision of '{}'", resource))),
                           "status-url");
    if (!url.starts_with('/')) return not_understood("there is no status-url in it");
    return url;
}

Result<ReviewState> StoreClient::review(const std::string& status_url) {
    const auto json = TRY(ask("GET", status_url, nullptr, "tell of the review"));
    const auto list = TRY(list_of(json, "revisions"));
    if (list.size() != 1) return not_understood("there is not one revision in it");
    ReviewState state{.status = text_member(list[0], "status")};
    if (list[0].contains("revision") && list[0]["revision"].is_number_integer())
        state.revision = list[0]["revision"].get<std::int64_t>();
    if (list[0].contains("errors") && list[0]["errors"].is_array())
        for (const auto& item : list[0]["errors"]) {
            const auto code = text_member(item, "code");
            state.errors.push_back(text_member(item, "message") + (code.empty() ? "" : " [" + code + "]"));
        }
    return state;
}

Result<std::vector<ChannelRelease>> StoreClient::releases(const std::string& charm) {
    const auto json = TRY(ask("GET", fmt::format("/v1/charm/{}/releases", charm), nullptr,
                              fmt::format("tell where '{}' is released", charm)));
    std::vector<ChannelRelease> found;
    for (const auto& item : TRY(list_of(json, "channel-map"))) {
        ChannelRelease release{.channel = text_member(item, "channel")};
        if (item.contains("revision") && item["revision"].is_number_integer())
            release.revision = item["revision"].get<std::int64_t>();
        if (item.contains("resources") && item["resources"].is_array())
            for (const auto& resource : item["resources"]) release.resources.push_back(text_member(resource, "name"));
        found.push_back(std::move(release));
    }
    return found;
}

Result<std::vector<std::string>> StoreClient::release(const std::string& charm, std::int64_t charm_revision,
                                                      const std::vector<std::string>& channels,
                                                      const std::map<std::string, std::int64_t>& resource_revisions) {
    auto resources = Json::array();
    for (const auto& [name, revision] : resource_revisions)
        resources.push_back({{"name", name}, {"revision", revision}});
    auto body = Json::array();
    for (const auto& channel : channels)
        body.push_back({{"revision", charm_revision}, {"channel", channel}, {"resources", resources}});
    const auto json = TRY(ask("POST", fmt::format("/v1/charm/{}/releases", charm), &body,
                              fmt::format("release revision {} of '{}'", charm_revision, charm)));
    std::vector<std::string> released;
    for (const auto& item : TRY(list_of(json, "released"))) released.push_back(text_member(item, "channel"));
    return released;
}

}  // namespace rockbuild
