// Running images: start one, run something in it, end it.
#pragma once

#include "containers/preparation.hpp"
#include "containers/shelf.hpp"
#include "support/result.hpp"

#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

struct RunResult {
    std::string name;
    int code = 0;  // the container's, if it ran in the foreground
};

/// In the foreground: until it has ended; its stdio is ours, signals go on to it (foreground.hpp). Detached: until it
/// has started; its output goes to a log. RB1150…RB1163.
Result<RunResult> run_container(const RunTools& tools, RunRequest request);

/// Launches what is `prepared` and returns once it has started; its output goes to its log. RB1163 shows the log's end.
Result<void> start_detached(Prepared& prepared);

/// Replaces this process by a command in the container; returns only if that fails.
Diagnostic exec_in_container(const Shelf& shelf, const std::string& name, const std::vector<std::string>& command,
                             bool terminal);

/// TERM, at most `seconds` for it to end (none: what its pod's manifest says, else 10), KILL; then everything of it
/// goes. Of a pod all containers are asked at once. What has ended is only cleared.
Result<void> stop_container(const Shelf& shelf, const Shelf::Remover& remove, const std::string& name,
                            std::optional<double> seconds);

}  // namespace rockbuild
