// `rockbuild run`: see run.md.
#include "containers/pod.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"
#include "rockbuild/image_fetch.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/registry_connection.hpp"
#include "store/checkout.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

Result<RunRequest> request_of(Context& context) {
    const auto& arguments = context.arguments;
    RunRequest request;
    request.network = TRY(parse_network(arguments.value("net").value_or("host")));
    for (const auto& text : arguments.values("volume"))
        request.volumes.push_back(TRY(parse_volume(text, context.host.working_dir)));
    if (const auto& words = arguments.positional; words.size() > 1)
        request.arguments.emplace(words.begin() + 1, words.end());
    request.environment = arguments.values("env");
    request.name = arguments.value("name").value_or("");
    request.sidecar = arguments.value("sidecar").value_or("");
    request.detach = arguments.has("detach");
    request.image = TRY(runnable_image(context, arguments.positional.front()));
    return request;
}

Result<PodRequest> pod_of(Context& context, const std::string& given) {
    const auto file = absolute(context.host, given);
    auto reading = read_pod(TRY(read_file(file)), given);
    // The last error ends the command, and is shown by it.
    std::optional<Diagnostic> last;
    for (auto& diagnostic : reading.diagnostics) {
        if (last) context.screen.report(*last);
        last.reset();
        if (diagnostic.severity == Severity::error) last = std::move(diagnostic);
        else context.screen.report(diagnostic);
    }
    if (last) return std::unexpected(*std::move(last));
    PodRequest request;
    request.manifest = *std::move(reading.pod);
    request.file = given;
    request.name = context.arguments.value("name").value_or("");
    request.network = TRY(parse_network(context.arguments.value("net").value_or("host")));
    if (request.manifest.host_network && request.network.kind != ContainerNetwork::Kind::host)
        context.screen.say("warning: hostNetwork: --net says otherwise");
    request.detach = context.arguments.has("detach");
    request.find_image = [&context, folder = file.parent_path()](const std::string& image) {
        return runnable_image_of_pod(context, image, folder);
    };
    return request;
}

/// What was no image may have been meant otherwise.
Diagnostic with_advice(Diagnostic error, const std::string& image) {
    if (image.ends_with(".yaml") || image.ends_with(".yml"))
        error.hint = fmt::format("a Pod's manifest is run by `rockbuild run --pod {}`", image);
    else if (error.code == "RB0720" && image.find('/') != std::string::npos && ImageReference::parse(image))
        error.suggestions.push_back("docker://" + image);
    return error;
}

/// A pod's manifest says for itself what these options say of one image.
Result<void> check_words(const Arguments& arguments) {
    const bool pod = arguments.has("pod");
    if (!pod && arguments.positional.empty())
        return fail("RB1101", "run needs an image", "give IMAGE, or --pod FILE", ExitCode::usage);
    if (!pod) return {};
    if (!arguments.positional.empty())
        return fail("RB1101", fmt::format("there is no place for '{}' beside --pod", arguments.positional.front()),
                    "the manifest names the images", ExitCode::usage);
    for (const auto* option : {"volume", "env", "sidecar"})
        if (arguments.has(option))
            return fail("RB1104", fmt::format("--{} and --pod exclude each other", option), "write it in the manifest",
                        ExitCode::usage);
    return {};
}

Result<int> run_run(Context& context) {
    TRY_VOID(check_words(context.arguments));
    const auto ids = TRY(IdSpace::open(checkout_worker));
    const auto shelf = TRY(open_shelf(context));
    const auto cache = cache_folder(context);
    const auto store = TRY(Store::open(cache));
    const RunTools tools{*ids,  *store, context.host,
                         shelf, cache,  [&](const std::string& line) { context.screen.say(line); }};
    const auto pod = context.arguments.value("pod");
    const auto result =
        pod ? run_pod(tools, TRY(pod_of(context, *pod))) : run_container(tools, TRY(request_of(context)));
    if (!result)
        return std::unexpected(pod ? result.error()
                                   : with_advice(result.error(), context.arguments.positional.front()));
    if (!context.arguments.has("detach")) return result->code;
    return context.screen.result(result->name + "\n") ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand run_command{
    "run",
    "IMAGE [ARGS…] | --pod FILE",
    {
        {"pod", 0, {"FILE", Completes::file}, "start the containers of a Kubernetes Pod manifest"},
        {"detach", 'd', "", "go on in the background; print the name"},
        {"name", 0, "NAME", "what `exec`, `ps` and `stop` call it"},
        {"net", 0, "NET", "its network: host (default), none, or ns:NAME (`ip netns`)"},
        {"volume", 0, {"HOST:INSIDE[:ro]", Completes::file}, "share a file or folder", {}, true},
        {"env", 0, "K=V", "set a variable", {}, true},
        {"sidecar", 0, {"DIR", Completes::folder}, "start it as Juju starts a charm's workload"},
        ca_option(),
        insecure_option(),
    },
    0,
    100000,
    1,
    run_run,
    {{Completes::image}},
};

}  // namespace rockbuild
