// `rockbuild clean`: see clean.md.
#include "pack/pack.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

Result<int> run_clean(Context& context) {
    const auto cache = absolute(context.host, context.settings.text(Setting::cache));
    const auto count = TRY(clean(context.host.working_dir, cache, context.arguments.positional));
    context.screen.say(fmt::format("{} step{} forgotten", count, count == 1 ? "" : "s"));
    return 0;
}

}  // namespace

extern const Subcommand clean_command{"clean", "[PART…]",         {},        0,
                                      1000,    Subcommand::never, run_clean, {{Completes::part}}};

}  // namespace rockbuild
