// A command as Pebble splits it (spec/pebble.md §8). The project file's own grammar (split_command in
// project/project.hpp) has no comments and escapes less within double quotes; both group arguments in brackets by the
// same rules.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct PebbleCommand {
    std::vector<std::string> words;                     // the program and its arguments; empty: a blank command
    std::optional<std::vector<std::string>> arguments;  // those in `[ ]` at the end, which `--args` replaces
    bool unclosed = false;                              // the `[` has no `]`: Pebble takes it as if it had
    bool comment = false;                               // a `#` at the beginning of a word hides what follows
};

/// Words alone, as the command of a check has them: brackets are words there.
std::optional<PebbleCommand> split_pebble_words(std::string_view text, std::string& problem);
/// Words and the group of arguments. What is wrong goes to `problem` (no place).
std::optional<PebbleCommand> parse_pebble_command(std::string_view text, std::string& problem);

}  // namespace rockbuild
