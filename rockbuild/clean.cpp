// `rockbuild clean`: see clean.md.
#include "pack/pack.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
#include "store/checkout.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

Result<int> run_clean(Context& context) {
    const auto cache = absolute(context.host, context.settings.text(Setting::cache));
    if (context.arguments.has("caches")) {
        if (!context.arguments.positional.empty())
            return fail("RB1104", "the caches of tools aren't kept by part", "leave the parts' names out",
                        ExitCode::usage);
        const auto ids = TRY(IdSpace::open(checkout_worker));
        TRY_VOID(clean_caches(*ids, cache, [&] { context.screen.say("a step works with them: waiting for its end"); }));
        context.screen.say("the caches of tools are empty");
        return 0;
    }
    const auto count = TRY(clean(context.host.working_dir, cache, context.arguments.positional));
    context.screen.say(fmt::format("{} step{} forgotten", count, count == 1 ? "" : "s"));
    return 0;
}

}  // namespace

extern const Subcommand clean_command{
    "clean",
    "[PART…]",
    {{"caches", 0, "", "empty what tools cached for all projects, and nothing else"}},
    0,
    1000,
    Subcommand::never,
    run_clean,
    {{Completes::part}},
};

}  // namespace rockbuild
