// `rockbuild registry serve`: see registry_serve.md.
#include "registry/server/serve.hpp"

#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/registry_world.hpp"

#include <algorithm>

namespace rockbuild {

namespace {

std::optional<std::filesystem::path> path_option(const Context& context, const std::string& name) {
    const auto given = context.arguments.value(name);
    return given ? std::optional(absolute(context.host, *given)) : std::nullopt;
}

Result<int> run_registry_serve(Context& context) {
    ServeOptions options;
    options.listen = context.arguments.value("listen").value_or(options.listen);
    options.data = registry_data(context);
    options.passwords = path_option(context, "htpasswd");
    options.certificate = path_option(context, "cert");
    options.key = path_option(context, "key");
    options.read_only = context.arguments.has("read-only");
    options.require_blobs = context.arguments.has("require-blobs");
    options.largest_blob = TRY(size_option(context, "max-blob"));
    options.quota = TRY(size_option(context, "quota"));
    options.threads = std::clamp(context.host.cpus * 2, 4U, 32U);
    const Interrupts interrupts;
    const auto ready = [&](const std::string& address) { context.screen.result("listening on " + address + "\n"); };
    const auto log = [&](const std::string& line) { context.screen.say(line); };
    TRY_VOID(serve_registry(options, ready, log, interrupts.token()));
    return 0;
}

}  // namespace

extern const Subcommand registry_serve_command{
    "registry serve",
    "",
    {
        {"listen", 0, "ADDRESS:PORT", "where to listen, else 127.0.0.1:5000; port 0: a free one"},
        {"data", 0, {"DIR", Completes::folder}, "where images are kept, else below ~/.local/share"},
        {"htpasswd", 0, {"FILE", Completes::file}, "who may ask: a password file with bcrypt hashes"},
        {"read-only", 0, "", "nothing may be pushed or deleted"},
        {"require-blobs", 0, "", "refuse manifests whose blobs haven't come"},
        {"cert", 0, {"FILE", Completes::file}, "TLS: the certificate (PEM)"},
        {"key", 0, {"FILE", Completes::file}, "TLS: its key (PEM)"},
        {"max-blob", 0, "SIZE", "refuse larger blobs: 500M, 20G"},
        {"quota", 0, "SIZE", "refuse uploads beyond this in all"},
    },
    0,
    0,
    Subcommand::never,
    run_registry_serve,
};

}  // namespace rockbuild
