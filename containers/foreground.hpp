// A container that is ours as long as it runs: signals go on to it.
#pragma once

#include "containers/shelf.hpp"
#include "support/result.hpp"

#include <sys/types.h>

#include <string>

namespace rockbuild {

/// Launches runc and stays until it ends; returns its exit code. SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2 are
/// handed on; a second SIGINT or SIGTERM kills the container.
Result<int> run_in_foreground(const Shelf& shelf, const std::string& name, Launch launch);

/// False if the process (anybody's) is still there after `seconds`.
Result<bool> wait_until_gone(pid_t pid, double seconds);

}  // namespace rockbuild
