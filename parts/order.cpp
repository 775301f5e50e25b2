#include "parts/order.hpp"

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace rockbuild {

const char* step_name(Step step) {
    static constexpr std::array<const char*, 5> names{"pull", "overlay", "build", "stage", "prime"};
    return names[static_cast<std::size_t>(step)];
}

namespace {

bool names_after(const Part& part, const std::string& name) {
    return std::any_of(part.after.begin(), part.after.end(), [&](const auto& after) { return after.value == name; });
}

}  // namespace

Result<std::vector<Part>> ordered(std::vector<Part> parts) {
    std::sort(parts.begin(), parts.end(), [](const Part& a, const Part& b) { return a.name > b.name; });
    std::vector<Part> result;
    while (!parts.empty()) {
        const auto free = std::find_if(parts.begin(), parts.end(), [&](const Part& candidate) {
            return std::none_of(parts.begin(), parts.end(),
                                [&](const Part& other) { return names_after(other, candidate.name); });
        });
        if (free == parts.end()) {
            std::vector<std::string> names;
            for (const auto& part : parts) names.push_back(part.name);
            return fail("RB1001", fmt::format("parts wait for each other in a circle: {}", fmt::join(names, ", ")),
                        "remove one of their `after` entries");
        }
        result.insert(result.begin(), std::move(*free));
        parts.erase(free);
    }
    return result;
}

std::vector<Action> sequence(const std::vector<Part>& parts) {
    std::vector<Action> actions;
    std::set<std::pair<std::size_t, Step>> done;
    const auto act = [&](std::size_t part, Step step) {
        if (done.emplace(part, step).second) actions.push_back({part, step});
    };
    const std::function<void(std::size_t, Step)> reach = [&](std::size_t part, Step step) {
        const auto needed = step == Step::prime ? Step::prime : Step::stage;
        if (step >= Step::build)
            for (std::size_t other = 0; other < parts.size(); ++other)
                if (names_after(parts[part], parts[other].name)) {
                    reach(other, Step::build);
                    reach(other, Step::stage);
                    if (needed == Step::prime) reach(other, Step::prime);
                }
        act(part, step);
    };
    for (const auto step : {Step::pull, Step::overlay, Step::build, Step::stage, Step::prime})
        for (std::size_t part = 0; part < parts.size(); ++part) reach(part, step);
    return actions;
}

std::vector<std::size_t> closure(const std::vector<Part>& parts, std::size_t part) {
    std::set<std::size_t> found;
    const std::function<void(std::size_t)> visit = [&](std::size_t current) {
        for (std::size_t other = 0; other < parts.size(); ++other)
            if (names_after(parts[current], parts[other].name) && found.insert(other).second) visit(other);
    };
    visit(part);
    return {found.begin(), found.end()};
}

}  // namespace rockbuild
