// `rockbuild expand-extensions`: see expand-extensions.md.
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/yaml_text.hpp"

namespace rockbuild {

namespace {

Result<int> run_expand_extensions(Context& context) {
    const auto document = TRY(load_document(context, TRY(find_project(context))));
    return context.screen.result(as_yaml(*document.expanded)) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand expand_extensions_command{
    "expand-extensions",
    "[DIR]",
    {{"file", 'f', {"FILE", Completes::file}, "the project file, instead of DIR/rockcraft.yaml"}},
    0,
    1,
    Subcommand::never,
    run_expand_extensions,
    {{Completes::folder}},
};

}  // namespace rockbuild
