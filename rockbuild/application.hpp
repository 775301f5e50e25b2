// The program from its words to its exit code.
#pragma once

#include <string>
#include <vector>

namespace rockbuild {

/// Runs the command that `words` (without the program's name) ask for. Never throws.
int run_application(const std::vector<std::string>& words) noexcept;

}  // namespace rockbuild
