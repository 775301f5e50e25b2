// `rockbuild stop`: see stop.md.
#include "containers/container.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"
#include "store/checkout.hpp"
#include "support/number.hpp"

#include <fmt/format.h>

#include <optional>

namespace rockbuild {

namespace {

Result<std::optional<double>> seconds_of(const Arguments& arguments) {
    const auto text = arguments.value("time");
    if (!text) return std::nullopt;
    if (const auto seconds = parse_number<unsigned>(*text); seconds && *seconds <= 86400) return *seconds;
    return fail("RB1102", fmt::format("--time can't be '{}'", *text), "it is a number of seconds", ExitCode::usage);
}

Result<int> run_stop(Context& context) {
    const auto seconds = TRY(seconds_of(context.arguments));
    const auto ids = TRY(IdSpace::open(checkout_worker));
    const auto shelf = TRY(open_shelf(context));
    const auto store = TRY(Store::open(cache_folder(context)));
    const auto remove = [&](const fs::path& folder) { return Checkouts(*store, *ids).remove(folder); };
    // A name that is wrong is told before anything has ended.
    for (const auto& name : context.arguments.positional) TRY(shelf.find(name));
    for (const auto& name : context.arguments.positional) TRY_VOID(stop_container(shelf, remove, name, seconds));
    return 0;
}

}  // namespace

extern const Subcommand stop_command{"stop",
                                     "NAME…",
                                     {{"time", 't', "SECONDS", "how long to wait before SIGKILL"}},
                                     1,
                                     1000,
                                     Subcommand::never,
                                     run_stop,
                                     {{Completes::container}}};

}  // namespace rockbuild
