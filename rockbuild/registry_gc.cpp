// `rockbuild registry gc`: see registry_gc.md.
#include "registry/server/storage.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/registry_world.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

constexpr std::int64_t hour = 3600;

Result<int> run_registry_gc(Context& context) {
    const auto grace = TRY(duration_option(context, "grace", hour));
    const auto uploads = TRY(duration_option(context, "uploads", 7 * 24 * hour));
    const auto storage = TRY(RegistryStorage::open(registry_data(context), false));
    const auto freed = TRY(storage->collect_garbage(context.host.now, grace, uploads));
    if (context.arguments.value("format") == "json")
        context.screen.result(nlohmann::ordered_json{{"schema", "rockbuild.registry-gc/1"},
                                                     {"freed_bytes", freed.bytes},
                                                     {"blobs", freed.blobs},
                                                     {"links", freed.links},
                                                     {"uploads", freed.uploads}}
                                  .dump() +
                              "\n");
    else
        context.screen.result(fmt::format("freed {}: {} blobs, {} of repositories, {} uploads\n",
                                          size_text(freed.bytes), freed.blobs, freed.links, freed.uploads));
    return 0;
}

}  // namespace

extern const Subcommand registry_gc_command{
    "registry gc",
    "",
    {
        {"data", 0, {"DIR", Completes::folder}, "the registry's folder, else below ~/.local/share"},
        {"grace", 0, "TIME", "spare what was pushed or asked for within this, else 1h"},
        {"uploads", 0, "TIME", "forget uploads that rest for longer, else 7d"},
        {"format", 0, "FORMAT", "how the result is printed", {"text", "json"}},
    },
    0,
    0,
    Subcommand::never,
    run_registry_gc,
};

}  // namespace rockbuild
