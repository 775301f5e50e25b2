#include "registry/charmhub/macaroon.hpp"

#include "registry/base64.hpp"
#include "registry/json_member.hpp"
#include "registry/url.hpp"

#include <fmt/format.h>
#include <macaroons.h>

#include <algorithm>
#include <memory>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

struct Free {
    void operator()(macaroon* item) const { macaroon_destroy(item); }
};
using Macaroon = std::unique_ptr<macaroon, Free>;

std::unexpected<Diagnostic> broken(std::string what) {
    return fail("RB1611", std::move(what), "log in again: `rockbuild login charmhub`", ExitCode::not_allowed);
}

Macaroon read(const std::string& text) {
    auto error = MACAROON_SUCCESS;
    return Macaroon(macaroon_deserialize(text.c_str(), &error));
}

std::string host_of(const std::string& location) {
    return location.find("://") == std::string::npos ? location : url_host(location);
}

}  // namespace

Result<std::string> caveat_for(const std::string& root, const std::string& sso_host) {
    const auto item = read(root);
    if (!item) return broken("the store's answer to the login is no macaroon");
    struct Caveat {
        std::string location;
        std::string id;
    };
    std::vector<Caveat> caveats;
    for (unsigned i = 0; i < macaroon_num_third_party_caveats(item.get()); ++i) {
        const unsigned char* location = nullptr;
        const unsigned char* id = nullptr;
        std::size_t location_size = 0;
        std::size_t id_size = 0;
        if (macaroon_third_party_caveat(item.get(), i, &location, &location_size, &id, &id_size) != 0) continue;
        caveats.push_back({std::string(reinterpret_cast<const char*>(location), location_size),
                           std::string(reinterpret_cast<const char*>(id), id_size)});
    }
    if (caveats.empty()) return broken("the store's answer to the login asks for no sign-on");
    for (const auto& caveat : caveats)
        if (host_of(caveat.location) == sso_host) return caveat.id;
    for (const auto& caveat : caveats)
        if (!caveat.location.empty()) return caveat.id;
    return caveats.front().id;
}

Result<std::string> bound_discharge(const std::string& root, const std::string& discharge) {
    const auto first = read(root);
    const auto second = read(discharge);
    if (!first || !second) return broken("the sign-on service's answer is no macaroon");
    auto error = MACAROON_SUCCESS;
    const Macaroon bound(macaroon_prepare_for_request(first.get(), second.get(), &error));
    if (!bound) return broken("the sign-on service's answer can't be bound to the login");
    std::string text(macaroon_serialize_size_hint(bound.get()), '\0');
    if (macaroon_serialize(bound.get(), text.data(), text.size(), &error) != 0)
        return broken("the sign-on service's answer can't be bound to the login");
    text.resize(text.find('\0'));
    return text;
}

Result<StoreCredentials> read_store_credentials(const std::string& given) {
    auto text = given;
    while (!text.empty() && static_cast<unsigned char>(text.back()) <= ' ') text.pop_back();
    if (auto decoded = base64_decode(text); decoded && !decoded->empty() && std::ranges::all_of(*decoded, [](char c) {
                                                return static_cast<unsigned char>(c) >= ' ' &&
                                                       static_cast<unsigned char>(c) < 127;
                                            }))
        text = *std::move(decoded);
    const auto header = [](const std::string& scheme, const std::string& token) -> Result<StoreCredentials> {
        const bool is_clean = std::ranges::all_of(
            token, [](char c) { return static_cast<unsigned char>(c) >= ' ' && static_cast<unsigned char>(c) < 127; });
        if (token.empty() || !is_clean) return broken("the Charmhub credentials are empty or broken");
        return StoreCredentials{scheme + " " + token, {}, {}};
    };
    const auto json = parse_untrusted<nlohmann::ordered_json>(text);
    if (!json.is_object()) return header("Macaroon", text);
    const auto type = text_member(json, "t");
    if (type == "u1-macaroon") {
        const auto value = object_member(json, "v");
        StoreCredentials pair{{}, text_member(value, "r"), text_member(value, "d")};
        if (pair.root.empty() || pair.discharge.empty()) return broken("the Charmhub credentials are broken");
        return pair;
    }
    if (type == "macaroon") return header("Macaroon", text_member(json, "v"));
    if (const auto token = text_member(json, "macaroon"); !token.empty()) return header("Bearer", token);
    return header("Macaroon", text);
}

}  // namespace rockbuild
