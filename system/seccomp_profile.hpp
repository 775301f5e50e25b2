// The system calls that steps may not make.
#pragma once

#include "support/result.hpp"

#include <linux/filter.h>

#include <vector>

namespace rockbuild {

/// The filter as a program for seccomp(2). RB0120 if libseccomp does not know this machine.
Result<std::vector<sock_filter>> seccomp_profile();

}  // namespace rockbuild
