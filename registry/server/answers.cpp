#include "registry/server/answers.hpp"

#include <fmt/format.h>

#include <utility>

namespace rockbuild::answers {

namespace {
using Json = nlohmann::ordered_json;
}

ServerResponse error(int status, std::string_view code, std::string_view message, Json detail) {
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

ServerResponse failure(const Diagnostic& why) {
    if (why.code == "RB1513") return error(413, "DENIED", why.message);
    if (why.code == "RB1511") return error(409, "BLOB_UPLOAD_INVALID", why.message);
    if (why.code == "RB1512") return error(412, "MANIFEST_INVALID", why.message);
    if (why.exit == ExitCode::cannot_write) return error(507, "UNKNOWN", "no space is left on the registry's disk");
    return error(500, "UNKNOWN", "the registry can't read or write its files");
}

ServerResponse upload_accepted(int status, const std::string& repository, const std::string& id, std::uint64_t size) {
    ServerResponse response;
    response.status = status;
    // An empty upload has no last byte: the field says 0-0, as all registries do.
    response.headers = {{"Location", "/v2/" + repository + "/blobs/uploads/" + id},
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

Handling now(ServerResponse response) {
    Handling handling;
    handling.response = std::move(response);
    return handling;
}

}  // namespace rockbuild::answers
