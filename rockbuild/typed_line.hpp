// A command line while it is typed: what can be told of it, right or not. command_line.hpp reads those that are
// finished.
#pragma once

#include "rockbuild/command.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct TypedLine {
    const Subcommand* command = nullptr;  // null: none was named yet, or there is none of that name
    std::vector<std::string> positional;
    std::optional<std::string> file;  // of --file
};

/// `words` with the program's name.
TypedLine typed_line(const std::vector<std::string>& words);

}  // namespace rockbuild
