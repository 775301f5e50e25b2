// From the words of the command line to a command and its arguments (CLI.md §1, spec/libraries.md §3).
#pragma once

#include "rockbuild/command.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct Invocation {
    const Subcommand* command = nullptr;  // null: no command was named
    Arguments arguments;
};

/// `words` without the program's name. Options may stand before the command if they need no second word. All errors
/// exit with 64: RB1100 no such command, RB1101 no such option (both with suggestions), RB1102 a value is missing, is
/// none of the choices, or an option takes none, RB1103 too few or too many arguments, RB1104 options that exclude each
/// other.
Result<Invocation> read_command_line(const std::vector<std::string>& words);

/// The command of that name, hidden or not; RB1100 with suggestions.
Result<const Subcommand*> find_command(std::string_view name);

/// True for the first word of commands that have two.
bool is_command_group(std::string_view word);

/// The options of a command, if there is one: its own, then those of all.
std::vector<const Option*> options_of(const Subcommand* command);

}  // namespace rockbuild
