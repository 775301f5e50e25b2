// Addresses, taken apart and put together by libcurl.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// `relative` as seen from `base`; none unless the result is an http or https address.
std::optional<std::string> resolve_url(const std::string& base, const std::string& relative);
/// Host and port, as written; the scheme's own port is left out.
std::string url_host(const std::string& url);
/// With parameters behind those that are there, percent-encoded.
std::string with_query(const std::string& url, const std::vector<std::pair<std::string, std::string>>& parameters);
/// `a=b&c=d` of a form, percent-encoded.
std::string form(const std::vector<std::pair<std::string, std::string>>& fields);
/// True for literal addresses that only one machine or network can reach (loopback, private, link-local).
bool is_private_address(std::string_view host);

}  // namespace rockbuild
