// `rockbuild manual DIR`: writes the man pages, for the build (rockbuild/CMakeLists.txt). Not for people: no help lists
// it.
#include "rockbuild/manual_page.hpp"
#include "rockbuild/places.hpp"
#include "system/file.hpp"

namespace rockbuild {

namespace {

Result<int> run_manual(Context& context) {
    const auto folder = absolute(context.host, context.arguments.positional.front());
    TRY_VOID(make_folders(folder));
    TRY_VOID(write_file(folder / "rockbuild.1", general_manual()));
    for (const auto* command : commands())
        TRY_VOID(write_file(folder / (manual_name(command->name) + ".1"), command_manual(*command)));
    return 0;
}

}  // namespace

extern const Subcommand manual_command{"manual", "DIR", {}, 1, 1, Subcommand::never, run_manual, {{Completes::folder}}};

}  // namespace rockbuild
