// `rockbuild init`: see init.md.
#include "pack/new_project.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/places.hpp"
#include "support/shell.hpp"

#include <fmt/format.h>

namespace rockbuild {

namespace {

Result<int> run_init(Context& context) {
    const auto& arguments = context.arguments;
    const auto given = arguments.at(0).value_or(".");
    NewProject wish;
    wish.folder = absolute(context.host, given);
    if (wish.folder.filename().empty()) wish.folder = wish.folder.parent_path();
    wish.profile = arguments.value("profile").value_or(wish.profile);
    wish.name = arguments.value("name");
    wish.base = arguments.value("base").value_or(wish.base);
    wish.git = arguments.value("vcs") == "git";
    wish.arch = context.host.arch;
    const Interrupts interrupts;
    HostProcesses processes;
    TRY_VOID(make_project(wish, TRY(data_folder(context.settings)) / "init", processes, context.host.environment,
                          interrupts.token()));
    const auto there = given == "." ? std::string() : " " + shell_word(given);
    context.screen.say(fmt::format("next: `rockbuild check{0}`, then `rockbuild pack{0}`", there));
    return context.screen.result("Successfully initialised project.\n") ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand init_command{
    "init",
    "[DIR]",
    {
        {"name", 0, "NAME", "the rock's name, else the folder's"},
        {"profile", 0, "PROFILE", "what kind of project", profiles()},
        {"base", 0, "BASE", "what the rock stands on, else debian@12"},
        {"vcs", 0, "SYSTEM", "make a repository too; none otherwise", {"git", "none"}},
    },
    0,
    1,
    Subcommand::never,
    run_init,
    {{Completes::folder}},
};

}  // namespace rockbuild
