// `rockbuild stop`: see stop.md.
#include "containers/container.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"
#include "store/checkout.hpp"

#include <fmt/format.h>

#include <charconv>

namespace rockbuild {

namespace {

Result<double> seconds_of(const Arguments& arguments) {
    const auto text = arguments.value("time").value_or("10");
    unsigned seconds = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size() && seconds <= 86400) return seconds;
    return fail("RB1102", fmt::format("--time can't be '{}'", text), "it is a number of seconds", ExitCode::usage);
}

Result<int> run_stop(Context& context) {
    const auto seconds = TRY(seconds_of(context.arguments));
    const auto ids = TRY(IdSpace::open(checkout_worker));
    const auto shelf = TRY(open_shelf(context));
    const auto store = TRY(Store::open(cache_folder(context)));
    const auto remove = [&](const fs::path& folder) { return Checkouts(*store, *ids).remove(folder); };
    for (const auto& name : context.arguments.positional) TRY_VOID(stop_container(shelf, remove, name, seconds));
    return 0;
}

}  // namespace

extern const Subcommand stop_command{
    "stop",  "NAME…", {{"time", 't', "SECONDS", "how long to wait before SIGKILL; else 10"}},
    1,       1000,    Subcommand::never,
    run_stop};

}  // namespace rockbuild
