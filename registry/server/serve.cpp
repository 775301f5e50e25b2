#include "registry/server/serve.hpp"

#include "registry/reference.hpp"
#include "registry/server/distribution_api.hpp"
#include "registry/server/storage.hpp"
#include "support/number.hpp"

#include <fmt/format.h>

#include <condition_variable>
#include <csignal>
#include <mutex>

namespace rockbuild {

namespace {

constexpr double last_seconds = 10;

Result<ServerOptions> server_options(const ServeOptions& options) {
    ServerOptions server;
    const auto colon = options.listen.rfind(':');
    const auto port = options.listen.substr(colon == std::string::npos ? options.listen.size() : colon + 1);
    const auto number = parse_number<std::uint16_t>(port);
    if (!number)
        return fail("RB1530", fmt::format("'{}' is no address to listen on", options.listen),
                    "give an address and a port: --listen 127.0.0.1:5000", ExitCode::usage);
    server.port = *number;
    server.address = host_name(options.listen.substr(0, colon));
    if (server.address == "localhost") server.address = "127.0.0.1";
    server.threads = options.threads;
    if (options.certificate.has_value() != options.key.has_value())
        return fail("RB1532", "--cert and --key go together", "give both, or none", ExitCode::usage);
    if (options.certificate) {
        server.certificate = TRY(read_file(*options.certificate));
        server.key = TRY(read_file(*options.key));
    }
    return server;
}

}  // namespace

Result<void> serve_registry(const ServeOptions& options, const std::function<void(const std::string&)>& ready,
                            const std::function<void(const std::string&)>& log, const std::stop_token& stop) {
    const auto server_options_ = TRY(server_options(options));
    const bool local = is_loopback(server_options_.address);
    if (!local && !options.passwords && !options.read_only)
        return fail("RB1532",
                    fmt::format("on {} anybody who reaches this machine could write to the registry", options.listen),
                    "give --htpasswd FILE or --read-only, or listen on 127.0.0.1", ExitCode::usage);
    std::optional<PasswordFile> passwords;
    if (options.passwords)
        passwords = TRY(PasswordFile::parse(TRY(read_file(*options.passwords)), options.passwords->native()));
    const auto storage = TRY(RegistryStorage::open(options.data, true, options.quota));

    RegistryPolicy policy;
    policy.read_only = options.read_only;
    policy.require_blobs = options.require_blobs;
    policy.local_only = local && !passwords;
    policy.largest_blob = options.largest_blob;
    policy.passwords = passwords ? &*passwords : nullptr;
    DistributionApi api(*storage, policy, log);
    std::signal(SIGPIPE, SIG_IGN);  // a client that goes away while a file is sent to it
    auto started = HttpServer::start(server_options_, api);
    if (!started && options.certificate && started.error().hint.starts_with("check that certificate"))
        started.error().message =
            fmt::format("TLS can't be served with '{}' and '{}'", options.certificate->native(), options.key->native());
    const auto server = TRY(std::move(started));
    const auto* brackets = server_options_.address.find(':') == std::string::npos ? "{}://{}:{}" : "{}://[{}]:{}";
    ready(fmt::format(fmt::runtime(brackets), options.certificate ? "https" : "http", server_options_.address,
                      server->port()));

    std::mutex mutex;
    std::condition_variable_any changed;
    std::unique_lock lock(mutex);
    changed.wait(lock, stop, [] { return false; });
    server->stop(last_seconds);
    return {};
}

}  // namespace rockbuild
