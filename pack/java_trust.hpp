// The certificates that a step trusts, as Java reads them. Its own store is made when Debian's ca-certificates-java is
// installed, from Debian's certificates alone; those of the host come by this one (DESIGN.md §7 "Trust between host and
// steps").
#pragma once

#include <string>
#include <string_view>

namespace rockbuild {

/// A key store (JKS) with every certificate of a PEM bundle, password "changeit". What is no certificate is passed
/// over.
std::string java_trust_store(std::string_view pem);

}  // namespace rockbuild
