// `rockbuild help`: see help.md.
#include "rockbuild/help.hpp"

#include "rockbuild/command.hpp"
#include "rockbuild/command_line.hpp"

namespace rockbuild {

namespace {

Result<int> run_help(Context& context) {
    auto name = context.arguments.at(0);
    if (const auto second = context.arguments.at(1)) *name += " " + *second;
    const auto text = name ? command_help(*TRY(find_command(*name))) : general_help();
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand help_command{"help", "[COMMAND]",       {},       0,
                                     2,      Subcommand::never, run_help, {{Completes::command}}};

}  // namespace rockbuild
