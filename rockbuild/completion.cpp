// `rockbuild completion`: see completion.md.
#include "rockbuild/completion_scripts.hpp"

#include <fmt/format.h>

namespace rockbuild {

std::string_view names_of(Completes completes) {
    switch (completes) {
        case Completes::part:
            return "parts";
        case Completes::step:
            return "steps";
        case Completes::platform:
            return "platforms";
        case Completes::architecture:
            return "architectures";
        case Completes::container:
            return "containers";
        case Completes::command:
            return "commands";
        case Completes::error_code:
            return "codes";
        case Completes::nothing:
        case Completes::file:
        case Completes::folder:
        case Completes::image:
            break;
    }
    return {};
}

std::string in_quotes(std::string_view text) {
    std::string quoted = "'";
    for (const char c : text) quoted += c == '\'' ? "'\\''" : std::string(1, c);
    return quoted + "'";
}

namespace {

struct KnownShell {
    std::string_view name;
    std::string (*script)();
};

constexpr KnownShell known_shells[] = {{"bash", bash_completion}, {"zsh", zsh_completion}, {"fish", fish_completion}};

Result<int> run_completion(Context& context) {
    const auto& wanted = context.arguments.positional.front();
    for (const auto& shell : known_shells)
        if (shell.name == wanted)
            return context.screen.result(shell.script()) ? 0 : static_cast<int>(ExitCode::cannot_write);
    return fail("RB1102", fmt::format("there is no completion for '{}'", wanted), "say bash, zsh or fish",
                ExitCode::usage);
}

}  // namespace

extern const Subcommand completion_command{"completion",
                                           "bash|zsh|fish",
                                           {},
                                           1,
                                           1,
                                           Subcommand::never,
                                           run_completion,
                                           {{Completes::nothing, {"bash", "zsh", "fish"}}}};

}  // namespace rockbuild
