// `WWW-Authenticate`: what a registry wants to see before it answers (RFC 9110 §11, distribution spec's token
// authentication).
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct Challenge {
    std::string scheme;                             // in small letters
    std::map<std::string, std::string> parameters;  // names in small letters
};

/// All challenges of one header value: several may be joined by commas, values may be quoted and hold commas. What
/// can't be understood is passed over.
std::vector<Challenge> read_challenges(std::string_view header);

}  // namespace rockbuild
