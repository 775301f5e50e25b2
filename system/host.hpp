// What the machine says of itself, read once and passed on as a value: the rest of the program never asks the
// environment or the clock.
#pragma once

#include "support/arch.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace rockbuild {

struct Host {
    std::map<std::string, std::string> environment;
    unsigned cpus = 1;
    unsigned uid = 0;
    unsigned gid = 0;
    std::string user;         // from the password file; empty if the uid has no name
    std::string working_dir;  // absolute
    Arch arch{};
    std::int64_t now = 0;  // seconds since 1970 when the program started

    /// The variable's value; none if it is unset or empty.
    std::optional<std::string> variable(const std::string& name) const;
};

Host read_host();

/// Seconds of a monotonic clock, for durations.
double monotonic_seconds();

}  // namespace rockbuild
