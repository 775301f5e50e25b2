#include "registry/url.hpp"

#include "registry/reference.hpp"

#include <arpa/inet.h>
#include <curl/curl.h>

#include <cstdint>
#include <memory>

namespace rockbuild {

namespace {

struct FreeUrl {
    void operator()(CURLU* url) const { curl_url_cleanup(url); }
};
using Url = std::unique_ptr<CURLU, FreeUrl>;

std::string part(const Url& url, CURLUPart which, unsigned flags = 0) {
    char* text = nullptr;
    if (curl_url_get(url.get(), which, &text, flags) != CURLUE_OK || text == nullptr) return {};
    std::string copy(text);
    curl_free(text);
    return copy;
}

std::string encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string out;
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
                           c == '.' || c == '_' || c == '~';
        if (plain) {
            out += c;
        } else {
            out += '%';
            out += digits[byte >> 4];
            out += digits[byte & 15];
        }
    }
    return out;
}

}  // namespace

std::optional<std::string> resolve_url(const std::string& base, const std::string& relative) {
    const Url url(curl_url());
    if (curl_url_set(url.get(), CURLUPART_URL, base.c_str(), 0) != CURLUE_OK ||
        curl_url_set(url.get(), CURLUPART_URL, relative.c_str(), 0) != CURLUE_OK)
        return std::nullopt;
    // A user name in it would be sent as one.
    if (!part(url, CURLUPART_USER).empty()) return std::nullopt;
    curl_url_set(url.get(), CURLUPART_FRAGMENT, nullptr, 0);
    auto text = part(url, CURLUPART_URL);
    if (!text.starts_with("http://") && !text.starts_with("https://")) return std::nullopt;
    return text;
}

std::string url_host(const std::string& text) {
    const Url url(curl_url());
    if (curl_url_set(url.get(), CURLUPART_URL, text.c_str(), 0) != CURLUE_OK) return {};
    auto host = part(url, CURLUPART_HOST);
    const auto port = part(url, CURLUPART_PORT, CURLU_NO_DEFAULT_PORT);
    return port.empty() ? host : host + ":" + port;
}

std::string with_query(const std::string& url, const std::vector<std::pair<std::string, std::string>>& parameters) {
    if (parameters.empty()) return url;
    const char joint = url.find('?') == std::string::npos ? '?' : url.ends_with('?') || url.ends_with('&') ? '\0' : '&';
    return joint == '\0' ? url + form(parameters) : url + joint + form(parameters);
}

std::string form(const std::vector<std::pair<std::string, std::string>>& fields) {
    std::string text;
    for (const auto& [name, value] : fields) {
        if (!text.empty()) text += '&';
        text += encoded(name) + "=" + encoded(value);
    }
    return text;
}

bool is_private_address(std::string_view host) {
    std::string name(host.substr(0, host.find('%')));  // without an IPv6 zone
    while (name.ends_with('.')) name.pop_back();
    in_addr four{};
    if (::inet_pton(AF_INET, name.c_str(), &four) == 1) {
        const auto bits = ntohl(four.s_addr);
        const auto in = [bits](std::uint32_t net, int length) { return bits >> (32 - length) == net >> (32 - length); };
        return in(0x7f000000, 8) || in(0x0a000000, 8) || in(0xac100000, 12) || in(0xc0a80000, 16) ||
               in(0xa9fe0000, 16) || in(0x64400000, 10) || in(0x00000000, 8);
    }
    in6_addr six{};
    if (::inet_pton(AF_INET6, name.c_str(), &six) == 1)
        return IN6_IS_ADDR_LOOPBACK(&six) || IN6_IS_ADDR_UNSPECIFIED(&six) || IN6_IS_ADDR_LINKLOCAL(&six) ||
               IN6_IS_ADDR_V4MAPPED(&six) || (six.s6_addr[0] & 0xfe) == 0xfc;
    return is_loopback(name);
}

}  // namespace rockbuild
