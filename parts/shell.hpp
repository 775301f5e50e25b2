// A wish for a shell in the environment of a step: the same trees, files and variables that its script has.
#pragma once

#include "parts/order.hpp"

#include <cstdint>
#include <string>

namespace rockbuild {

enum class ShellTime : std::uint8_t {
    never,
    instead,     // before the step, which then does not run
    after,       // when it is done: what is written in the shell is dropped
    on_failure,  // of any step, in the state in which it failed
};

struct ShellWish {
    ShellTime time = ShellTime::never;
    std::string part;  // of `instead` and `after`
    Step step = Step::prime;
    bool names(const std::string& other_part, Step other_step) const {
        return (time == ShellTime::instead || time == ShellTime::after) && part == other_part && step == other_step;
    }
};

}  // namespace rockbuild
