#include "rockbuild/charmhub_connection.hpp"

#include "registry/url.hpp"

namespace rockbuild {

namespace {

std::string without_slash(std::string url) {
    while (url.ends_with('/')) url.pop_back();
    return url;
}

}  // namespace

StoreAddresses store_addresses(const Settings& settings) {
    return {.api = without_slash(settings.text(Setting::charmhub_api_url)),
            .storage = without_slash(settings.text(Setting::charmhub_storage_url)),
            .sso = without_slash(settings.text(Setting::charmhub_sso_url)),
            .registry = without_slash(settings.text(Setting::charmhub_registry_url))};
}

StoreClient store_client(const Context& context, RegistryConnection& connection) {
    return {connection.http(), store_addresses(context.settings), connection.access().user_agent, connection.events(),
            connection.stop()};
}

Result<StoreClient> logged_in_store(const Context& context, RegistryConnection& connection) {
    auto text = context.settings.text(Setting::charmhub_auth);
    if (text.empty())
        if (const auto kept = TRY(connection.credentials().find(store_key(context.settings), {}))) text = kept->secret;
    if (text.empty())
        return fail("RB1630", "nobody is logged in to Charmhub",
                    "`rockbuild login charmhub`, or give the credentials in CHARMCRAFT_AUTH", ExitCode::not_allowed);
    auto store = store_client(context, connection);
    TRY_VOID(store.use(TRY(read_store_credentials(text))));
    return store;
}

std::string store_key(const Settings& settings) { return url_host(settings.text(Setting::charmhub_api_url)); }

}  // namespace rockbuild
