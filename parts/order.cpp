#include "parts/order.hpp"

#include "project/organize_path.hpp"

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
    std::ranges::stable_partition(parts, [](const Part& part) { return !organizes_into_overlay(part); });
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

bool organizes_into_overlay(const Part& part) {
    return std::ranges::any_of(
        part.organize, [](const auto& move) { return organize_path(move.second.value).ground == Ground::overlay; });
}

bool has_overlay(const Part& part) {
    return part.overlay_script || part.override_overlay || !part.overlay_packages.empty() ||
           !part.overlay_recommended_packages.empty() || organizes_into_overlay(part) ||
           !(part.overlay.size() == 1 && part.overlay[0].value == "*");
}

bool sees_overlay(const std::vector<Part>& parts, std::size_t part) {
    if (has_overlay(parts[part])) return true;
    return std::ranges::any_of(closure(parts, part), [&](auto other) { return has_overlay(parts[other]); });
}

namespace {

/// Upstream's planner (spec/parts-lifecycle.md §4.2, §4.3), for a build in which nothing was done yet.
class Sequence {
public:
    explicit Sequence(const std::vector<Part>& parts) : parts_(parts) {}

    void reach(std::size_t part, Step step) {
        if (done_.contains({part, step})) return;
        if (step == Step::overlay) layers_before(part);
        if (step >= Step::build) {
            for (std::size_t other = 0; other < parts_.size(); ++other)
                if (names_after(parts_[part], parts_[other].name)) through(other, needed(part, step, other));
            if (!makes_layer(part, step) &&
                (step == Step::build ? sees_overlay(parts_, part) : has_overlay(parts_[part])))
                layers_before(parts_.size());
        }
        if (done_.emplace(part, step).second) actions_.push_back({part, step});
        if (step == Step::overlay && makes_layer(part, Step::build)) reach(part, Step::build);
    }

    std::vector<Action> actions() && { return std::move(actions_); }

private:
    bool makes_layer(std::size_t part, Step step) const {
        return step == Step::build && organizes_into_overlay(parts_[part]);
    }

    /// Up to which step `other` has to be done before `step` of a part that comes after it.
    Step needed(std::size_t part, Step step, std::size_t other) const {
        if (!makes_layer(part, step)) return step == Step::prime ? Step::prime : Step::stage;
        // The overlay isn't whole yet, so what stages it has to wait.
        if (makes_layer(other, Step::build)) return Step::build;
        return sees_overlay(parts_, other) ? Step::overlay : Step::stage;
    }

    void through(std::size_t part, Step last) {
        for (const auto step : {Step::pull, Step::overlay, Step::build, Step::stage, Step::prime})
            if (step <= last) reach(part, step);
    }

    void layers_before(std::size_t part) {
        for (std::size_t other = 0; other < part; ++other)
            if (done_.emplace(other, Step::overlay).second) {
                reach(other, Step::pull);
                actions_.push_back({other, Step::overlay});
                if (makes_layer(other, Step::build)) reach(other, Step::build);
            }
    }

    const std::vector<Part>& parts_;
    std::set<std::pair<std::size_t, Step>> done_;
    std::vector<Action> actions_;
};

}  // namespace

std::vector<Action> sequence(const std::vector<Part>& parts, const Goal& goal) {
    Sequence sequence(parts);
    for (const auto step : {Step::pull, Step::overlay, Step::build, Step::stage, Step::prime})
        for (std::size_t part = 0; step <= goal.step && part < parts.size(); ++part)
            if (goal.parts.empty() || std::ranges::find(goal.parts, parts[part].name) != goal.parts.end())
                sequence.reach(part, step);
    return std::move(sequence).actions();
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
