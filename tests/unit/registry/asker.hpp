// One registry's client over scripted answers.
#pragma once

#include "fakes/events.hpp"
#include "fakes/scripted_http.hpp"
#include "registry/registry_client.hpp"

namespace rockbuild::test {

using fakes::HttpAsked;
using fakes::HttpReply;
using fakes::ScriptedHttp;

inline const Credential ada{"ada", "p:w", false, "the test's file"};

struct Asker {
    explicit Asker(ScriptedHttp::Script script, const std::string& host = "registry.example",
                   std::optional<Credential> credential = std::nullopt, bool insecure = false)
        : http(std::move(script)),
          client(http, host, {"repository:a/b:pull,push", "repository:c:pull"},
                 {.credential = std::move(credential), .insecure = insecure, .user_agent = "rockbuild/test"}, events,
                 stop.get_token()) {}

    Result<RegistryResponse> get(const std::string& path = "/v2/a/b/tags/list") {
        RegistryRequest request;
        request.path = path;
        return client.send(request);
    }

    ScriptedHttp http;
    fakes::KeptEvents events;
    std::stop_source stop;
    RegistryClient client;
};

inline HttpReply bearer(const std::string& more = {}, const std::string& realm = "https://auth.example/token") {
    return {401, {{"www-authenticate", "Bearer realm=\"" + realm + "\",service=\"registry.example\"" + more}}};
}

inline bool asks_token(const HttpAsked& asked) { return asked.path == "/token"; }

}  // namespace rockbuild::test
