// `rockbuild inspect`: see inspect.md.
#include "rockbuild/command.hpp"
#include "rockbuild/image_report.hpp"

namespace rockbuild {

namespace {

Result<int> run(Context& context) {
    // Contents are of no use afterwards: they don't go into the user's store.
    std::error_code error;
    const auto folder = TRY(TempFolder::make(fs::temp_directory_path(error), "rockbuild-inspect-"));
    const auto store = TRY(Store::open(folder.path() / "store"));
    const auto report = TRY(image_report(context.arguments.positional.front(), *store));
    return context.screen.result(report) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand inspect_command{"inspect", "IMAGE", {}, 1, 1, Subcommand::never, run};

}  // namespace rockbuild
