// The plan of a build: its steps in upstream's sequence, each with its key and whether it will run. Computed by the
// very code that runs them (parts/lifecycle.hpp).
#pragma once

#include "support/key.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rockbuild {

enum class Prediction : std::uint8_t {
    hit,         // its result is in the store: it will not run
    miss,        // it will run
    maybe,       // an input is the output of a step that will run
    unresolved,  // an input must be asked of the network first
};

struct PlannedStep {
    std::string part;
    std::string step;  // pull, overlay, build, stage, prime
    Digest key;        // empty unless hit or miss
    Prediction prediction = Prediction::maybe;
    /// Of a miss: what differs from the last run; empty before → never ran. Else what isn't known yet, with who gives
    /// it.
    std::vector<KeyChange> reasons;
    double estimate = 0;             // seconds that it last took; 0 if unknown
    std::vector<std::string> after;  // ids ("part:step") of steps whose outputs it reads

    std::string id() const { return part + ":" + step; }
};

struct Plan {
    std::string platform;
    std::vector<PlannedStep> steps;
    bool work_to_do() const {
        for (const auto& step : steps)
            if (step.prediction != Prediction::hit) return true;
        return false;
    }
};

}  // namespace rockbuild
