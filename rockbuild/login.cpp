// `rockbuild login`, `logout` and `whoami`: see their pages.
#include "rockbuild/charmhub_connection.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/prompt.hpp"

#include "registry/base64.hpp"
#include "registry/registry_acts.hpp"
#include "support/number.hpp"
#include "system/new_file.hpp"

#include <fmt/format.h>

#include <fcntl.h>
#include <unistd.h>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

constexpr const char* charmhub = "charmhub";

/// A registry's host as users name it; RB1113 for anything else.
Result<ImageReference> registry_host(const std::string& text) {
    auto reference = ImageReference::parse(text + "/x");
    if (reference && (reference->host == text || text == "docker.io" || text == "index.docker.io")) {
        reference->repository.clear();
        return reference;
    }
    return fail("RB1113", fmt::format("'{}' is no registry", text), "name its host: ghcr.io, or localhost:5000",
                ExitCode::usage);
}

Result<std::string> username(const Context& context, const std::string& question, const std::stop_token& stop) {
    if (auto given = context.arguments.value("username")) return *std::move(given);
    return ask_person(question, false, "give --username NAME and --password-stdin", stop);
}

Result<std::string> password(const Context& context, const std::stop_token& stop) {
    if (context.arguments.has("password-stdin")) return read_secret_from_stdin();
    return ask_person("Password", true, "write it to standard input with --password-stdin", stop);
}

Result<int> login_registry(Context& context, RegistryConnection& connection, const std::string& name) {
    const auto reference = TRY(registry_host(name));
    Credential credential;
    credential.username = TRY(username(context, "User name", connection.stop()));
    credential.secret = TRY(password(context, connection.stop()));
    credential.is_identity_token = credential.username == "<token>";
    credential.source = fmt::format("the name '{}' and the password given", credential.username);
    auto* client = connection.open_as(reference, RegistryUse::pull, credential);
    RegistryRequest request;
    request.path = "/v2/";
    const auto response = TRY(client->send(request));
    if (response.status != 200) return registry_failure(*client, response, "log you in");
    const auto where = TRY(connection.credentials().keep(reference.host, credential));
    context.screen.say(fmt::format("logged in to {}; the password is kept in {}", reference.host, where));
    return 0;
}

Result<int> login_charmhub(Context& context, RegistryConnection& connection) {
    const auto file = context.arguments.value("export");
    LoginWish wish;
    wish.client = fmt::format("rockbuild@{}", context.host.variable("HOSTNAME").value_or("host"));
    wish.charms = context.arguments.values("charm");
    wish.channels = context.arguments.values("channel");
    if (context.arguments.has("permission")) wish.permissions = context.arguments.values("permission");
    if (const auto ttl = context.arguments.value("ttl")) {
        wish.ttl = parse_number<std::int64_t>(*ttl).value_or(0);
        if (wish.ttl <= 0)
            return fail("RB1102", fmt::format("--ttl can't be '{}'", *ttl), "it is a number of seconds",
                        ExitCode::usage);
    }
    const bool narrowed = context.arguments.has("charm") || context.arguments.has("channel") ||
                          context.arguments.has("permission") || context.arguments.has("ttl");
    if (narrowed && !file)
        return fail("RB1104", "--charm, --channel, --permission and --ttl are for --export", "add --export FILE",
                    ExitCode::usage);
    if (!file && !context.settings.text(Setting::charmhub_auth).empty())
        return fail("RB1104", fmt::format("the login is given by {}", context.settings[Setting::charmhub_auth].origin),
                    "unset it, or write another one with --export FILE", ExitCode::usage);
    const auto email = TRY(username(context, "E-mail", connection.stop()));
    const auto secret = TRY(password(context, connection.stop()));
    auto store = store_client(context, connection);
    const auto token = TRY(store.login(email, secret, wish, [&] {
        return ask_person("One-time password", false,
                          "log in where there is a terminal, and carry the login over with --export",
                          connection.stop());
    }));
    if (file) {
        const auto path = absolute(context.host, *file);
        TRY_VOID(write_file(path, base64_encode(token) + "\n", 0600));
        context.screen.say(fmt::format("the login is in {}: put its content into CHARMCRAFT_AUTH", path.native()));
        return 0;
    }
    const auto where = TRY(connection.credentials().keep(
        store_key(context.settings),
        {.username = charmhub, .secret = token, .is_identity_token = false, .source = {}}));
    context.screen.say(fmt::format("logged in to Charmhub as {}; the login is kept in {}", email, where));
    return 0;
}

template <class Act>
Result<int> connected(Context& context, Act act) {
    const Interrupts interrupts;
    const auto events = TRY(make_progress(context.settings, context.host, context.screen));
    RegistryConnection connection(context, *events, interrupts.token());
    return act(connection);
}

Result<int> run_login(Context& context) {
    return connected(context, [&](RegistryConnection& connection) {
        const auto name = context.arguments.at(0).value_or(charmhub);
        return name == charmhub ? login_charmhub(context, connection) : login_registry(context, connection, name);
    });
}

Result<int> run_logout(Context& context) {
    return connected(context, [&](RegistryConnection& connection) -> Result<int> {
        const auto name = context.arguments.at(0).value_or(charmhub);
        const auto key = name == charmhub ? store_key(context.settings) : TRY(registry_host(name)).host;
        const bool was_there = TRY(connection.credentials().forget(key));
        context.screen.say(was_there ? fmt::format("logged out of {}", name)
                                     : fmt::format("nobody was logged in to {}", name));
        return 0;
    });
}

Result<int> whoami_charmhub(Context& context, RegistryConnection& connection) {
    const bool json = context.arguments.value("format") == "json";
    auto store = logged_in_store(context, connection);
    if (!store && store.error().code == "RB1630" && json) {
        context.screen.result("{\"schema\":\"rockbuild.whoami/1\",\"logged\":false}\n");
        return 0;
    }
    if (!store) return std::unexpected(store.error());
    const auto account = TRY(store->whoami());
    if (json) {
        nlohmann::ordered_json text{
            {"schema", "rockbuild.whoami/1"}, {"logged", true},   {"name", account.name},
            {"username", account.username},   {"id", account.id}, {"permissions", account.permissions},
            {"expires", account.expires}};
        if (account.packages) text["packages"] = *account.packages;
        if (account.channels) text["channels"] = *account.channels;
        context.screen.result(text.dump() + "\n");
    } else {
        context.screen.result(
            fmt::format("{} <{}> ({}), until {}\n", account.name, account.email, account.username, account.expires));
    }
    return 0;
}

Result<int> run_whoami(Context& context) {
    return connected(context, [&](RegistryConnection& connection) -> Result<int> {
        const auto name = context.arguments.at(0).value_or(charmhub);
        if (name == charmhub) return whoami_charmhub(context, connection);
        const auto host = TRY(registry_host(name)).host;
        const auto credential = TRY(connection.credentials().find(host, {}));
        const bool json = context.arguments.value("format") == "json";
        if (json) {
            nlohmann::ordered_json text{{"schema", "rockbuild.whoami/1"}, {"logged", credential.has_value()}};
            if (credential) text.update({{"username", credential->username}, {"source", credential->source}});
            context.screen.result(text.dump() + "\n");
            return 0;
        }
        if (!credential)
            return fail("RB1630", fmt::format("nobody is logged in to {}", host),
                        fmt::format("`rockbuild login {}`", name), ExitCode::not_allowed);
        context.screen.result(fmt::format("{} ({})\n", credential->username, credential->source));
        return 0;
    });
}

}  // namespace

extern const Subcommand login_command{
    "login",
    "[charmhub | REGISTRY]",
    {
        {"username", 'u', "NAME", "the user's name, or e-mail address for Charmhub"},
        {"password-stdin", 0, "", "read the password from standard input"},
        {"export", 0, {"FILE", Completes::file}, "Charmhub: write the login there, for CHARMCRAFT_AUTH"},
        {"charm", 0, "NAME", "with --export: for this charm only", {}, true},
        {"channel", 0, "CHANNEL", "with --export: for this channel only", {}, true},
        {"permission", 0, "NAME", "with --export: this permission only", {}, true},
        {"ttl", 0, "SECONDS", "with --export: how long it is good"},
        ca_option(),
        insecure_option(),
    },
    0,
    1,
    Subcommand::never,
    run_login,
    {{Completes::nothing, {"charmhub"}}},
};
extern const Subcommand logout_command{
    "logout", "[charmhub | REGISTRY]", {}, 0, 1, Subcommand::never, run_logout, {{Completes::nothing, {"charmhub"}}}};
extern const Subcommand whoami_command{
    "whoami",
    "[charmhub | REGISTRY]",
    {{"format", 0, "FORMAT", "how the result is printed", {"text", "json"}}},
    0,
    1,
    Subcommand::never,
    run_whoami,
    {{Completes::nothing, {"charmhub"}}},
};

}  // namespace rockbuild
