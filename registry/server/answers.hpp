// The registry's small answers: errors as the distribution spec writes them ("error codes"), uploads accepted, things
// created.
#pragma once

#include "registry/content_digest.hpp"
#include "registry/server/http_server.hpp"
#include "support/diagnostic.hpp"

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace rockbuild::answers {

ServerResponse error(int status, std::string_view code, std::string_view message,
                     nlohmann::ordered_json detail = nullptr);
ServerResponse blob_unknown(const std::string& digest);
ServerResponse upload_unknown();
ServerResponse manifest_unknown(const std::string& name);
ServerResponse bad_digest(std::string_view why);
ServerResponse not_here();
/// What went wrong on this side: the client learns no paths.
ServerResponse failure(const Diagnostic& why);
/// `status` is 202, or 204 to who asks how far it is.
ServerResponse upload_accepted(int status, const std::string& repository, const std::string& id, std::uint64_t size);
ServerResponse created(const std::string& location, const ContentDigest& digest);

/// Without waiting for the request's body.
Handling now(ServerResponse response);

}  // namespace rockbuild::answers
