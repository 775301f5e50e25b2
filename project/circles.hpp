// Circles in what waits for what. The search goes depth first with a stack of its own, since a file may chain as many
// parts or services as it likes; a node that is left for good is not entered again, so one circle is found once.
#pragma once

#include <cstddef>
#include <vector>

namespace rockbuild {

/// A node of a circle, and which of its edges leads on.
struct CircleStep {
    std::size_t node = 0;
    std::size_t edge = 0;
};

inline constexpr std::size_t no_node = static_cast<std::size_t>(-1);

/// The first twenty circles, each from its smallest node on. `edges[n]` are the nodes that n leads to; no_node among
/// them leads nowhere.
std::vector<std::vector<CircleStep>> find_circles(const std::vector<std::vector<std::size_t>>& edges);

}  // namespace rockbuild
