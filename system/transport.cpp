#include "system/transport.hpp"

#include <curl/curl.h>

#include <initializer_list>

namespace rockbuild {

namespace {

std::string first_of(const std::map<std::string, std::string>& environment, std::initializer_list<const char*> names) {
    for (const auto* name : names)
        if (const auto found = environment.find(name); found != environment.end() && !found->second.empty())
            return found->second;
    return {};
}

}  // namespace

Transport::Transport(const std::map<std::string, std::string>& environment)
    : ca_file_(first_of(environment, {"SSL_CERT_FILE", "CURL_CA_BUNDLE"})),
      ca_folder_(first_of(environment, {"SSL_CERT_DIR"})),
      http_proxy_(first_of(environment, {"http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"})),
      https_proxy_(first_of(environment, {"https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"})),
      no_proxy_(first_of(environment, {"no_proxy", "NO_PROXY"})) {
    static const bool initialised = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    (void)initialised;
}

void Transport::apply(void* easy, const std::string& url) const {
    const auto set = [&](CURLoption option, auto value) { curl_easy_setopt(easy, option, value); };
    set(CURLOPT_URL, url.c_str());
    set(CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_2TLS));
    set(CURLOPT_NOSIGNAL, 1L);
    set(CURLOPT_TCP_KEEPALIVE, 1L);
    if (!ca_file_.empty()) set(CURLOPT_CAINFO, ca_file_.c_str());
    if (!ca_folder_.empty()) set(CURLOPT_CAPATH, ca_folder_.c_str());
    const auto& proxy = url.starts_with("https:") ? https_proxy_ : http_proxy_;
    set(CURLOPT_PROXY, proxy.c_str());
    set(CURLOPT_NOPROXY, no_proxy_.c_str());
}

}  // namespace rockbuild
