// `rockbuild pull`, `overlay`, `build`, `stage`, `prime`: see pull.md and the others. One function, five names.
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

/// RB1140 for a shell that could open in several places, or two wishes at once.
Result<ShellWish> shell_wish(const Context& context, const Goal& goal) {
    ShellWish wish;
    for (const auto& [option, time] :
         {std::pair{"shell", ShellTime::instead}, std::pair{"shell-after", ShellTime::after},
          std::pair{"debug", ShellTime::on_failure}}) {
        if (!context.arguments.has(option)) continue;
        if (wish.time != ShellTime::never)
            return fail("RB1140", "--shell, --shell-after and --debug exclude each other", "give one of them",
                        ExitCode::usage);
        wish.time = time;
    }
    wish.step = goal.step;
    if (wish.time == ShellTime::never || wish.time == ShellTime::on_failure) return wish;
    if (goal.parts.size() != 1)
        return fail("RB1140", "a shell opens in the step of one part",
                    fmt::format("name it: `rockbuild {} PART --shell`", context.command.name), ExitCode::usage);
    wish.part = goal.parts.front();
    return wish;
}

Result<int> run(Context& context, Step step) {
    const auto begin = monotonic_seconds();
    StepsWish wish;
    wish.goal = {step, context.arguments.positional};
    wish.shell = TRY(shell_wish(context, wish.goal));
    if (const auto folder = context.arguments.value("export")) {
        if (wish.shell.time == ShellTime::instead)
            return fail("RB1140", "with --shell there is nothing to export: the step doesn't run", "take --shell-after",
                        ExitCode::usage);
        wish.export_to = absolute(context.host, *folder);
    }
    const auto [options, document, ids] = TRY(open_project(context, TRY(find_project(context, ".")), refusals));
    StepsDone done;
    {
        const Interrupts interrupts;
        // A live area would draw over the shell.
        const auto events = TRY(RunEvents::open(context, options, wish.shell.time == ShellTime::never));
        auto ran = run_steps(*ids, document, options, wish, context.host, *events, interrupts.token());
        const auto drawn = events->finish();
        done = TRY(std::move(ran));
        TRY_VOID(drawn);
    }
    context.screen.say(
        fmt::format("{} steps run, {} cached, {}", done.run, done.cached, seconds_text(monotonic_seconds() - begin)));
    return 0;
}

Subcommand command_of(const char* name, Result<int> (*run)(Context&)) {
    return {
        name,
        "[PART…]",
        with_build_options({
            {"file", 'f', {"FILE", Completes::file}, "the project file, instead of rockcraft.yaml"},
            {"export", 0, {"DIR", Completes::folder}, "write what the step made there, for a look"},
            {"shell", 0, "", "open a shell in the step's environment, instead of it"},
            {"shell-after", 0, "", "open a shell there when the step is done"},
            {"debug", 0, "", "open a shell where a step fails"},
        }),
        0,
        1000,
        Subcommand::never,
        run,
        {{Completes::part}},
    };
}

}  // namespace

extern const Subcommand pull_command = command_of("pull", [](Context& c) { return run(c, Step::pull); });
extern const Subcommand overlay_command = command_of("overlay", [](Context& c) { return run(c, Step::overlay); });
extern const Subcommand build_command = command_of("build", [](Context& c) { return run(c, Step::build); });
extern const Subcommand stage_command = command_of("stage", [](Context& c) { return run(c, Step::stage); });
extern const Subcommand prime_command = command_of("prime", [](Context& c) { return run(c, Step::prime); });

}  // namespace rockbuild
