#include "project/circles.hpp"

#include <algorithm>
#include <cstdint>

namespace rockbuild {

namespace {

constexpr std::size_t most_circles = 20;  // where all wait for all there are as many as one likes

}  // namespace

std::vector<std::vector<CircleStep>> find_circles(const std::vector<std::vector<std::size_t>>& edges) {
    enum class State : std::uint8_t { fresh, on_road, left };
    std::vector<State> state(edges.size(), State::fresh);
    std::vector<CircleStep> road;  // `edge` is the one that is followed just now
    std::vector<std::vector<CircleStep>> found;
    const auto by_node = [](const CircleStep& a, const CircleStep& b) { return a.node < b.node; };
    const auto enter = [&](std::size_t node) {
        state[node] = State::on_road;
        road.push_back({node, no_node});
    };
    for (std::size_t start = 0; start < edges.size(); ++start) {
        if (state[start] == State::fresh) enter(start);
        while (!road.empty()) {
            auto& here = road.back();
            if (++here.edge == edges[here.node].size()) {
                state[here.node] = State::left;
                road.pop_back();
                continue;
            }
            const auto next = edges[here.node][here.edge];
            if (next == no_node) continue;
            if (state[next] == State::fresh) {
                enter(next);
            } else if (state[next] == State::on_road && found.size() < most_circles) {
                std::vector<CircleStep> circle(
                    std::find_if(road.begin(), road.end(), [&](const auto& step) { return step.node == next; }),
                    road.end());
                std::rotate(circle.begin(), std::min_element(circle.begin(), circle.end(), by_node), circle.end());
                found.push_back(std::move(circle));
            }
        }
    }
    return found;
}

}  // namespace rockbuild
