// The page of --timings: what ran when, as one file that needs nothing else.
#pragma once

#include "support/event.hpp"

#include <string>
#include <vector>

namespace rockbuild {

struct TimedStep {
    std::string subject;
    double begin = 0;  // seconds since the run began
    double end = 0;
    Outcome outcome = Outcome::ran;
};

/// An HTML page with a bar for each step that ran, in as few rows as hold them without overlap, and a table of them by
/// time; steps taken from the store are counted. `total`: seconds of the whole run.
std::string timings_page(const std::string& title, const std::vector<TimedStep>& steps, double total);

}  // namespace rockbuild
