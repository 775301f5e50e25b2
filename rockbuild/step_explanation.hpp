// `rockbuild explain PART:STEP`: see explain.md.
#pragma once

#include "rockbuild/command.hpp"

#include <string>

namespace rockbuild {

/// Explains the step of the project here and prints it as --format asks. Returns the exit code.
Result<int> explain_step_of_project(Context& context, const std::string& id);

}  // namespace rockbuild
