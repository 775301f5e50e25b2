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

/// The parts so that each comes after those in its `after`, ties by name from the back; those that organize into the
/// overlay come as early as that lets them. RB1001 for a circle, with the circle; the project's reader finds it
/// earlier, with places.
Result<std::vector<Part>> ordered(std::vector<Part> parts);

/// How far a build goes.
struct Goal {
    Step step = Step::prime;
    std::vector<std::string> parts;  // these, and of others what they need; empty: all
    bool is_all() const { return step == Step::prime && parts.empty(); }
};

/// The steps that lead there, in upstream's sequence: all pulls, all overlays, builds with the stage steps that they
/// need before them (of the parts in their `after`), stages, primes. An overlay stands on those of all parts before it,
/// and what sees overlays on all of them. What a part organizes into the overlay is a layer too, so its build follows
/// its overlay at once; of parts in its `after` it waits for what the overlay has by then, and for the stage of those
/// that see no overlay.
std::vector<Action> sequence(const std::vector<Part>& ordered_parts, const Goal& goal = {});

/// Does it move files there at the end of its build (`organize` to `(overlay)/…`)?
bool organizes_into_overlay(const Part& part);
/// Has the part content of its own for the overlay?
bool has_overlay(const Part& part);
/// Does it, or a part that it comes after? Then its build sees the overlay.
bool sees_overlay(const std::vector<Part>& ordered_parts, std::size_t part);

/// Indices of all parts that `part` comes after, directly or not, in order.
std::vector<std::size_t> closure(const std::vector<Part>& ordered_parts, std::size_t part);

}  // namespace rockbuild
