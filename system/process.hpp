// Running a program of the host: its own process group, an environment given in full, output by lines, an end that is
// certain (the group is ended when the stop token is raised or the time is up).
#pragma once

#include "support/result.hpp"

#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct Command {
    std::vector<std::string> arguments;                    // [0] is looked up in PATH of `environment`
    std::map<std::string, std::string> environment;        // all of it
    std::filesystem::path working_dir;                     // empty: as ours
    std::string input;                                     // standard input; then end of file
    bool inherit_stdio = false;                            // an interactive program: the terminal is its own
    std::function<void(std::string_view line)> on_output;  // each line of standard output; if unset it is collected
    std::function<void(std::string_view line)> on_error;   // each line of standard error; if unset it is collected
    double timeout_seconds = 0;                            // 0: none
};

struct Finished {
    int code = 0;        // 128 + n when signal n ended it
    std::string output;  // what no callback took
    std::string error;
};

class ProcessRunner {
public:
    ProcessRunner() = default;
    virtual ~ProcessRunner() = default;
    ProcessRunner(const ProcessRunner&) = delete;
    ProcessRunner& operator=(const ProcessRunner&) = delete;

    /// Runs to the end. A code other than 0 is a value, not an error. RB0110: not found (the message names the
    /// program); RB0111: interrupted (exit 130) or the time was up (exit 75).
    virtual Result<Finished> run(const Command& command, const std::stop_token& stop) = 0;
};

/// The real one.
class HostProcesses final : public ProcessRunner {
public:
    Result<Finished> run(const Command& command, const std::stop_token& stop) override;
};

/// `name` in the PATH of `environment` (or itself, if it holds a slash); none if it is not there or can't be run.
std::optional<std::filesystem::path> find_program(const std::string& name,
                                                  const std::map<std::string, std::string>& environment);

}  // namespace rockbuild
