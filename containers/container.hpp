// Running images: start one, run something in it, end it.
#pragma once

#include "containers/shelf.hpp"
#include "store/store.hpp"
#include "support/result.hpp"
#include "system/host.hpp"
#include "system/id_space.hpp"

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace rockbuild {

struct RunRequest {
    std::string image;
    std::vector<std::string> arguments;  // replace the image's Cmd
    std::string network = "host";
    std::vector<std::string> volumes;      // HOST:INSIDE[:ro]
    std::vector<std::string> environment;  // K=V
    std::string name;                      // empty: chosen
    std::string sidecar;                   // the charm's folder; empty: not as a sidecar
    bool detach = false;
};

/// What a container is made with. The program has one thread.
struct RunTools {
    IdSpace& ids;  // opened with checkout_worker
    Store& store;
    const Host& host;
    const Shelf& shelf;
    std::filesystem::path cache;
    std::function<void(const std::string&)> say;
};

struct RunResult {
    std::string name;
    int code = 0;  // the container's, if it ran in the foreground
};

/// In the foreground: until it has ended; its stdio is ours, SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1 and SIGUSR2 are
/// handed on, a second SIGINT or SIGTERM kills it. Detached: until it has started; its output goes to a log.
/// RB1150…RB1162.
Result<RunResult> run_container(const RunTools& tools, const RunRequest& request);

/// Replaces this process by a command in the container; returns only if that fails.
Diagnostic exec_in_container(const Shelf& shelf, const std::string& name, const std::vector<std::string>& command,
                             bool terminal);

/// TERM, at most `seconds` for it to end, KILL; then everything of it goes. A container that has ended is only cleared.
Result<void> stop_container(const Shelf& shelf, const Shelf::Remover& remove, const std::string& name, double seconds);

}  // namespace rockbuild
