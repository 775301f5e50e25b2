// `rockbuild schema`: see schema.md.
#include "project/json_schema.hpp"
#include "rockbuild/command.hpp"

namespace rockbuild {

namespace {

Result<int> run_schema(Context& context) {
    return context.screen.result(json_schema().dump(2) + "\n") ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand schema_command{"schema", "", {}, 0, 0, Subcommand::never, run_schema};

}  // namespace rockbuild
