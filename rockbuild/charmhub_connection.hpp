// What a command needs to ask Charmhub: its addresses from the settings, the user's login.
#pragma once

#include "registry/charmhub/store_client.hpp"
#include "rockbuild/registry_connection.hpp"

namespace rockbuild {

StoreAddresses store_addresses(const Settings& settings);

/// Not logged in yet.
StoreClient store_client(const Context& context, RegistryConnection& connection);

/// With the login of the environment (ROCKBUILD_CHARMHUB_AUTH, CHARMCRAFT_AUTH), else that which `login charmhub` kept.
/// RB1630 (exit 77) if there is none.
Result<StoreClient> logged_in_store(const Context& context, RegistryConnection& connection);

/// Under which name the login is kept among the credentials.
std::string store_key(const Settings& settings);

}  // namespace rockbuild
