// `rockbuild registry verify`: see registry_verify.md.
#include "registry/server/storage.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/registry_world.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

Result<int> run_registry_verify(Context& context) {
    const auto storage = TRY(RegistryStorage::open(registry_data(context), false));
    const auto report = TRY(storage->verify());
    if (context.arguments.value("format") == "json") {
        context.screen.result(nlohmann::ordered_json{{"schema", "rockbuild.registry-verify/1"},
                                                     {"blobs", report.blobs},
                                                     {"bytes", report.bytes},
                                                     {"manifests", report.manifests},
                                                     {"sparse", report.sparse},
                                                     {"problems", report.problems}}
                                  .dump() +
                              "\n");
    } else {
        if (report.sparse > 0)
            context.screen.say(
                fmt::format("{} manifests came without all of their blobs and still lack some", report.sparse));
        for (const auto& problem : report.problems) context.screen.result(problem + "\n");
        context.screen.result(fmt::format(
            "{} blobs of {}, {} manifests: {}\n", report.blobs, size_text(report.bytes), report.manifests,
            report.problems.empty() ? std::string("all is well") : fmt::format("{} problems", report.problems.size())));
    }
    return report.problems.empty() ? 0 : 1;
}

}  // namespace

extern const Subcommand registry_verify_command{
    "registry verify",
    "",
    {
        {"data", 0, {"DIR", Completes::folder}, "the registry's folder, else below ~/.local/share"},
        {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}},
    },
    0,
    0,
    Subcommand::never,
    run_registry_verify,
};

}  // namespace rockbuild
