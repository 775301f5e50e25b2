// `rockbuild lock`: see lock.md.
#include "pack/findings.hpp"
#include "pack/pack.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/pack_settings.hpp"
#include "rockbuild/run_events.hpp"
#include "rockbuild/table.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

Result<LockUpdate> lock_update(const Context& context) {
    const auto& names = context.arguments.positional;
    const bool asked = context.arguments.has("update");
    if (!asked && !names.empty())
        return fail("RB1103", fmt::format("'lock' alone takes no names: what is '{}' for?", names.front()),
                    fmt::format("to take it anew, run `rockbuild lock --update {}`", names.front()), ExitCode::usage);
    return LockUpdate{asked && names.empty(), {names.begin(), names.end()}};
}

Result<int> run_lock(Context& context) {
    const auto begin = monotonic_seconds();
    const auto update = TRY(lock_update(context));
    const auto [options, document, ids] = TRY(open_project(context, TRY(find_project(context, ".")), refusals));
    LockWritten written;
    {
        const Interrupts interrupts;
        const auto events = TRY(RunEvents::open(context, options));
        written = TRY(write_lock(*ids, document, options, update, context.host, *events, interrupts.token()));
    }
    context.screen.say(fmt::format("{}: {} entries, {} new or changed, {} dropped, {}", Lock::file_name,
                                   written.entries, written.changed, written.dropped,
                                   seconds_text(monotonic_seconds() - begin)));
    return 0;
}

}  // namespace

extern const Subcommand lock_command{
    "lock",
    "[--update [NAME…]]",
    {
        {"update", 0, "", "resolve anew: all, or what belongs to the NAMEs"},
        {"file", 'f', {"FILE", Completes::file}, "the project file, instead of rockcraft.yaml"},
        {"platform", 0, {"NAME", Completes::platform}, "this platform only"},
        {"build-for", 0, {"ARCH", Completes::architecture}, "the platforms for this architecture only"},
        {"parallel", 'j', "N", "how much is done at once; else one per processor"},
        {"offline", 0, "", "ask no network: take what the store knows"},
        {"pebble", 0, {"FILE", Completes::file}, "as if `pack --pebble FILE` came next"},
        {"mirror", 0, "URL", "the Debian archive, instead of the host's"},
    },
    0,
    1000,
    Subcommand::never,
    run_lock,
    {{Completes::part}},
};

}  // namespace rockbuild
