// What parts/order.hpp makes of projects: a line of input each, {"part": ["after", …], …}, and a line of JSON for each:
// {"order": […], "actions": ["BUILD:part", …]}, or {"error": …}.
#include "parts/order.hpp"

#include <algorithm>
#include <cctype>
#include <iostream>
#include <nlohmann/json.hpp>

using namespace rockbuild;

namespace {

nlohmann::json answer(const nlohmann::json& project) {
    std::vector<Part> parts;
    for (const auto& [name, after] : project.items()) {
        Part part;
        part.name = name;
        for (const auto& other : after) part.after.push_back({other.get<std::string>(), {}});
        parts.push_back(std::move(part));
    }
    const auto sorted = ordered(std::move(parts));
    if (!sorted) return {{"error", sorted.error().message}};
    auto order = nlohmann::json::array();
    for (const auto& part : *sorted) order.push_back(part.name);
    auto actions = nlohmann::json::array();
    for (const auto& action : sequence(*sorted)) {
        std::string step = step_name(action.step);
        std::transform(step.begin(), step.end(), step.begin(), [](unsigned char c) { return std::toupper(c); });
        actions.push_back(step + ":" + (*sorted)[action.part].name);
    }
    return {{"order", order}, {"actions", actions}};
}

}  // namespace

int main() {
    for (std::string line; std::getline(std::cin, line);)
        std::cout << answer(nlohmann::json::parse(line)).dump() << "\n";
}
