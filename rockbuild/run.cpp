// `rockbuild run`: see run.md.
#include "containers/container.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"
#include "store/checkout.hpp"

namespace rockbuild {

namespace {

RunRequest request_of(const Arguments& arguments) {
    RunRequest request;
    request.image = arguments.positional.front();
    request.arguments.assign(arguments.positional.begin() + 1, arguments.positional.end());
    request.network = arguments.value("net").value_or("host");
    request.volumes = arguments.values("volume");
    request.environment = arguments.values("env");
    request.name = arguments.value("name").value_or("");
    request.sidecar = arguments.value("sidecar").value_or("");
    request.detach = arguments.has("detach");
    return request;
}

Result<int> run_run(Context& context) {
    const auto request = request_of(context.arguments);
    const auto ids = TRY(IdSpace::open(checkout_worker));
    const auto shelf = TRY(open_shelf(context));
    const auto cache = cache_folder(context);
    const auto store = TRY(Store::open(cache));
    const RunTools tools{*ids,  *store, context.host,
                         shelf, cache,  [&](const std::string& line) { context.screen.say(line); }};
    const auto result = TRY(run_container(tools, request));
    if (!request.detach) return result.code;
    return context.screen.result(result.name + "\n") ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand run_command{
    "run",
    "IMAGE [ARGS…]",
    {
        {"detach", 'd', "", "go on in the background; print the container's name"},
        {"name", 0, "NAME", "what `exec`, `ps` and `stop` call it"},
        {"net", 0, "NET", "its network: host (default), none, or ns:NAME (`ip netns`)"},
        {"volume", 0, "HOST:INSIDE[:ro]", "share a file or folder", {}, true},
        {"env", 0, "K=V", "set a variable", {}, true},
        {"sidecar", 0, "DIR", "start it as Juju starts a charm's workload"},
    },
    1,
    100000,
    1,
    run_run,
};

}  // namespace rockbuild
