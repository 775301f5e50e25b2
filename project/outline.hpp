// The names in a project file that a shell offers while a command is typed. A file that is being written is seldom
// right: this reads what can be read, and says nothing about the rest.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct ProjectOutline {
    std::vector<std::string> parts;  // in the file's order
    std::vector<std::string> platforms;
};

/// Any bytes are fine as input. Where YAML ends in a syntax error, the lines' indentation tells.
ProjectOutline outline_of(std::string_view text);

}  // namespace rockbuild
