// In which order parts and their steps mean something (spec/parts-lifecycle.md §4.1, §4.2): upstream's sequence, which
// real files rely on. Running may be parallel; the meaning is this list.
#pragma once

#include "project/project.hpp"
#include "support/result.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace rockbuild {

enum class Step : std::uint8_t { pull, overlay, build, stage, prime };

const char* step_name(Step step);

struct Action {
    std::size_t part = 0;  // index into the ordered parts
    Step step = Step::pull;
    bool operator==(const Action&) const = default;
};

/// The parts so that each comes after those in its `after`, ties by name from the back. RB1001 for a circle, with the
/// circle; the project's reader finds it earlier, with places.
Result<std::vector<Part>> ordered(std::vector<Part> parts);

/// Every step of every part up to prime: all pulls, all overlays, builds with the stage steps that they need before
/// them (of the parts in their `after`), stages, primes.
std::vector<Action> sequence(const std::vector<Part>& ordered_parts);

/// Indices of all parts that `part` comes after, directly or not, in order.
std::vector<std::size_t> closure(const std::vector<Part>& ordered_parts, std::size_t part);

}  // namespace rockbuild
