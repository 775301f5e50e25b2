// `rockbuild plan`: see plan.md.
#include "pack/builds.hpp"
#include "pack/pack.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/pack_settings.hpp"
#include "rockbuild/plan_text.hpp"
#include "rockbuild/progress.hpp"

#include <algorithm>

namespace rockbuild {

namespace {

Result<int> run_plan(Context& context) {
    const auto [options, document, ids] = TRY(open_project(context, TRY(find_project(context)), unbuildable));
    std::vector<Plan> plans;
    {
        const Interrupts interrupts;
        const auto events = TRY(make_progress(context.settings, context.host, context.screen));
        plans = TRY(plan(*ids, document, options, context.host, *events, interrupts.token()));
    }
    const auto format = context.arguments.value("format");
    if (!context.screen.result(format == "json"  ? plan_json(plans)
                               : format == "dot" ? plan_dot(plans)
                                                 : plan_table(plans)))
        return static_cast<int>(ExitCode::cannot_write);
    const bool work = std::any_of(plans.begin(), plans.end(), [](const Plan& one) { return one.work_to_do(); });
    return static_cast<int>(work ? ExitCode::work_to_do : ExitCode::ok);
}

}  // namespace

extern const Subcommand plan_command{
    "plan",
    "[DIR]",
    {
        {"file", 'f', {"FILE", Completes::file}, "the project file, instead of DIR/rockcraft.yaml"},
        {"platform", 0, {"NAME", Completes::platform}, "this platform only"},
        {"build-for", 0, {"ARCH", Completes::architecture}, "the platforms for this architecture only"},
        {"refresh", 0, "", "as if `pack --refresh` came next"},
        {"locked", 0, "", "as if `pack --locked` came next"},
        {"pebble", 0, {"FILE", Completes::file}, "as if `pack --pebble FILE` came next"},
        {"format", 0, "FORMAT", "how the plan is printed", {"text", "json", "dot"}},
    },
    0,
    1,
    Subcommand::never,
    run_plan,
    {{Completes::folder}},
};

}  // namespace rockbuild
