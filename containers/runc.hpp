// runc as a process: started in the right user and mount namespace, asked what runs, told to send signals.
#pragma once

#include "support/result.hpp"
#include "system/file.hpp"
#include "system/process.hpp"

#include <sys/types.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// An overlay that only the started process (and the container) sees: it goes with them.
struct RootMount {
    std::filesystem::path lower;
    std::filesystem::path upper;
    std::filesystem::path work;
    std::filesystem::path target;
};

struct Launch {
    std::vector<std::string> arguments;  // [0] is a path
    std::map<std::string, std::string> environment;
    std::optional<RootMount> root;
    int user_namespace = -1;  // entered as its user 0; -1: none
    int input = -1;           // descriptors for standard input and both outputs; -1: ours
    int output = -1;
    bool own_group = false;  // Ctrl-C of the terminal doesn't reach it
};

/// Starts it and returns its process id, once exec has worked. RB1157 (exit 78) names the act that failed.
Result<pid_t> launch(const Launch& launch);
/// Becomes it; returns only with the error. For commands that are nothing but another program.
Diagnostic become(const Launch& launch);
/// Waits for its end: the exit code, 128 + n for signal n.
int wait_for(pid_t pid);

struct RuncContainer {
    std::string name;
    std::string status;  // created, running, paused, stopped
    pid_t pid = 0;       // of its first process, as we see it
};

class Runc {
public:
    /// `state` is runc's --root. RB1150 (exit 78) names the package if there is no runc.
    static Result<Runc> find(const std::map<std::string, std::string>& environment, std::filesystem::path state);

    /// `runc --root STATE` and then `arguments`, ready to be launched.
    Launch command(std::vector<std::string> arguments) const;
    Result<std::vector<RuncContainer>> list() const;
    /// Sends a signal ("TERM") to the first process of a running container.
    Result<void> kill(const RuncContainer& container, const std::string& signal) const;
    /// Takes away what runc knows of it, ending it if need be. A container that isn't there is fine.
    Result<void> remove(const std::string& name, const std::optional<RuncContainer>& container) const;
    /// The user namespace that a running container of an ordinary user lives in; empty for root.
    static Result<Fd> user_namespace_of(const RuncContainer& container);

private:
    Runc(std::filesystem::path program, std::filesystem::path state)
        : program_(std::move(program)), state_(std::move(state)) {}
    Result<int> run_quietly(std::vector<std::string> arguments, const std::optional<RuncContainer>& container) const;

    std::filesystem::path program_;
    std::filesystem::path state_;
};

}  // namespace rockbuild
