// The side of a run that comes after the fork: it carries out the plan, becomes process 1 of the sandbox and starts
// the command.
#pragma once

#include "system/mount_plan.hpp"

#include <linux/filter.h>

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace rockbuild {

/// All that the child needs. It is made before the fork and only read after it: the caller may have threads, so the
/// child may neither allocate nor lock.
struct SandboxProgram {
    std::string stage;  // an empty folder, where the stage is mounted
    std::vector<MountAct> acts;
    SandboxWay way;
    int user_namespace = -1;  // -1: none
    bool own_network = false;
    bool terminal = false;
    std::string hostname;
    std::string working_dir;
    std::vector<char*> arguments;  // none: end with 0 when all is set up (to try a way)
    std::vector<char*> environment;
    const std::vector<sock_filter>* filter = nullptr;
    std::span<char> command_line;  // where our own lies in memory; process 1 blanks its copy

    // Descriptors: the child's ends of pipes.
    int lifeline = -1;  // end of file: our parent is gone
    int report = -1;    // SandboxReport values; end of file: the command is running
    int output = -1;    // the command's standard output and error

    std::vector<int> kept;  // the descriptors that stay open in the child, in ascending order
};

struct SandboxReport {
    enum class What : std::uint32_t { process, namespaces, stage, act, root, network, seal, limits, folder, start };
    What what{};
    std::int32_t error = 0;   // errno; for `process` 0
    std::uint32_t value = 0;  // `process`: the pid of process 1, as the caller counts; `act`: its index
};

/// Runs in the forked child and never returns. It makes process 1 a child of the caller, and ends.
[[noreturn]] void run_sandbox_child(const SandboxProgram& program) noexcept;

}  // namespace rockbuild
