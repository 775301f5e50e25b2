// mmdebstrap as a process: a Debian release's minimal root as a tar (spec/libraries.md §11).
#pragma once

#include "bases/base.hpp"
#include "bases/release.hpp"

#include <filesystem>
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

struct Bootstrap {
    const Release& release;
    Arch arch;
    Mirror mirror;
    std::filesystem::path keyring;
    bool as_root = false;  // else in a user namespace, with the user's subordinate ids
    std::filesystem::path tar;
    std::filesystem::path work;  // where the root lies while it is made
};

/// The command line. The same packages give the same tar in both modes.
std::vector<std::string> bootstrap_arguments(const Bootstrap& bootstrap,
                                             const std::map<std::string, std::string>& environment);

/// What mmdebstrap sees of `environment`: the proxies. Host settings can't get into the root by it.
std::map<std::string, std::string> bootstrap_environment(const Bootstrap& bootstrap,
                                                         const std::map<std::string, std::string>& environment);

/// What mmdebstrap's last words mean. RB0851 with its cause (exit 75 if the mirror can't be reached), RB0852 (exit 78)
/// if this machine doesn't let it work, RB0101 if there is no room.
Diagnostic bootstrap_failure(const Bootstrap& bootstrap, const std::vector<std::string>& last_lines);

/// The first of `candidates` that others may pass through, all the way from the root: with subordinate ids mmdebstrap
/// works as another user. The last one if none is.
std::filesystem::path passable(const std::vector<std::filesystem::path>& candidates);

/// True if something is mounted on `folder` or below it, by /proc/self/mountinfo's text (proc(5)).
bool has_mounts_below(std::string_view mountinfo, const std::filesystem::path& folder);

/// `address` without user and password.
std::string without_credentials(const std::string& address);

}  // namespace rockbuild
