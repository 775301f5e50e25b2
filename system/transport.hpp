// What reaching other machines takes and no request says: proxies and certificates, as the environment has them.
#pragma once

#include <map>
#include <string>

namespace rockbuild {

class Transport {
public:
    /// http_proxy, https_proxy, all_proxy, no_proxy (either case; HTTP_PROXY in capitals too, as other tools read it),
    /// SSL_CERT_FILE or CURL_CA_BUNDLE, SSL_CERT_DIR: libcurl by itself ignores half of them (spec/libraries.md §9).
    explicit Transport(const std::map<std::string, std::string>& environment);

    /// Sets a curl handle up for a request to `url`.
    void apply(void* easy, const std::string& url) const;

private:
    std::string ca_file_;
    std::string ca_folder_;
    std::string http_proxy_;
    std::string https_proxy_;
    std::string no_proxy_;
};

}  // namespace rockbuild
