// `rockbuild exec`: see exec.md.
#include "containers/container.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/container_world.hpp"

#include <unistd.h>

namespace rockbuild {

namespace {

Result<int> run_exec(Context& context) {
    const auto shelf = TRY(open_shelf(context));
    const auto& words = context.arguments.positional;
    const bool terminal = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    return std::unexpected(exec_in_container(shelf, words.front(), {words.begin() + 1, words.end()}, terminal));
}

}  // namespace

extern const Subcommand exec_command{"exec", "NAME COMMAND…", {}, 2, 100000, 1, run_exec, {{Completes::container}}};

}  // namespace rockbuild
