// What this machine can do, each thing tried rather than guessed, and how to mend what it can't (`rockbuild doctor`).
#pragma once

#include "system/host.hpp"
#include "system/process.hpp"

#include <filesystem>
#include <string>
#include <vector>

namespace rockbuild {

struct Finding {
    std::string name;  // "user namespaces", "runc"
    bool good = false;
    bool needed = false;  // nothing works without it; else only what `says` names
    std::string says;     // what was seen
    std::string cure;     // what to install or change; empty when good
};

/// All findings, in the order in which one would mend them. It makes namespaces, mounts an overlay on the first of
/// `scratch_candidates` that takes one (as open_sandbox does), and asks each program for its version through `runner`.
std::vector<Finding> examine(const Host& host, ProcessRunner& runner,
                             const std::vector<std::filesystem::path>& scratch_candidates);

/// The kernel's switches for user namespaces below `proc_sys` (/proc/sys); those that a kernel hasn't are left out.
std::vector<Finding> kernel_switches(const std::filesystem::path& proc_sys);

/// The programs and files of other packages.
std::vector<Finding> programs(const Host& host, ProcessRunner& runner);

}  // namespace rockbuild
