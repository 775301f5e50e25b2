// The proof of who publishes: macaroons (libmacaroons), and the texts in which users carry them (spec/charmhub.md §2,
// §3.2).
#pragma once

#include "support/result.hpp"

#include <optional>
#include <string>

namespace rockbuild {

/// The caveat id that the sign-on service at `sso_host` must discharge; RB1611 if `root` is no macaroon or has none.
Result<std::string> caveat_for(const std::string& root, const std::string& sso_host);
/// The discharge bound to its root, as text; RB1611 for what is no macaroon.
Result<std::string> bound_discharge(const std::string& root, const std::string& discharge);

/// What a user's credentials text means.
struct StoreCredentials {
    std::string authorization;  // the header's value; empty: a pair that must be exchanged for a token first
    std::string root;
    std::string discharge;
};
/// `text` as charmcraft exports it (base64), or plain; all its forms of all times. RB1611 for an empty or broken one.
Result<StoreCredentials> read_store_credentials(const std::string& text);

}  // namespace rockbuild
