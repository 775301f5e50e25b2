// Waiting that an interruption ends.
#pragma once

#include "support/result.hpp"

#include <stop_token>

namespace rockbuild {

/// RB0111 (exit 130) as soon as `stop` is raised.
Result<void> pause_for(double seconds, const std::stop_token& stop);

}  // namespace rockbuild
