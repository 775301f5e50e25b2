// How a user's script is put before bash, and how what happened is read back: which line of the script failed.
//
// The script is sourced by a small driver that exports the variables, stops at the first failure (errexit, nounset,
// pipefail), traces commands, and tells the failing line through a marked line of output.
#pragma once

#include "parts/craftctl.hpp"
#include "project/project.hpp"
#include "system/sandbox.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace rockbuild {

/// The files that the sandbox gives to the step: the driver, the script, craftctl.
std::vector<SandboxFile> script_files(const Script& script,
                                      const std::vector<std::pair<std::string, std::string>>& variables,
                                      const Control& control);
/// The same for a script whose root is the overlay. It has no variables, and `craftctl` is a function of its shell.
std::vector<SandboxFile> script_files_within(const Script& script);
/// What to run for them.
std::vector<std::string> script_arguments();
/// An interactive shell that has the script's variables instead.
std::vector<std::string> shell_arguments();
/// The environment that the driver starts with; all of it is the same on every machine.
std::vector<std::pair<std::string, std::string>> script_start_environment(std::int64_t source_date);
std::vector<std::pair<std::string, std::string>> script_environment_within(std::int64_t source_date);

/// The program that runs all scripts.
inline const std::string shell_program = "/bin/bash";

/// Watches a script's output for the line that failed.
class FailureWatch {
public:
    /// False for a line of ours that the log should not have.
    bool line(std::string_view text);
    /// Line of the script, from 1; none if bash didn't tell.
    std::optional<std::uint32_t> failed_line() const { return line_; }
    /// The program that a plugin looked for and didn't find; empty: none.
    const std::string& missing() const { return missing_; }

private:
    std::optional<std::uint32_t> line_;
    std::string missing_;
};

}  // namespace rockbuild
