// What `after` says of the parts together: that it names parts, and that no part waits for itself.
#include "project/circles.hpp"
#include "project/sections.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <set>
#include <string_view>

namespace rockbuild {

namespace {

/// Each of the circle's entries of `after` with its place, the one that is first in the file at the head.
void say(Complaints& complaints, const std::vector<Part>& parts, const std::vector<CircleStep>& circle) {
    const auto entry = [&](const CircleStep& step) -> const PlacedText& { return parts[step.node].after[step.edge]; };
    const auto& first = parts[circle.front().node];
    if (circle.size() == 1) {
        complaints.error("RB0315", fmt::format("part '{}' waits for itself", first.name), entry(circle.front()).span,
                         "leave it out");
        return;
    }
    std::vector<std::string> names;
    for (const auto& step : circle) names.push_back(parts[step.node].name);
    names.push_back(first.name);
    auto& item =
        complaints.error("RB0315", fmt::format("these parts wait for each other: {}", fmt::join(names, " -> ")),
                         entry(circle.front()).span, "remove one of these `after` entries");
    for (const auto& step : circle) {
        auto text = fmt::format("'{}' waits for '{}'", parts[step.node].name, entry(step).value);
        if (item.label.empty()) item.label = std::move(text);
        else item.notes.push_back({std::move(text), entry(step).span});
    }
}

}  // namespace

void check_order(Complaints& complaints, const std::vector<Part>& parts, const std::vector<std::string>& names) {
    const std::set<std::string_view> known(names.begin(), names.end());
    std::map<std::string_view, std::size_t> index;
    for (std::size_t i = 0; i < parts.size(); ++i) index.try_emplace(parts[i].name, i);
    std::vector<std::vector<std::size_t>> waits_for(parts.size());
    for (std::size_t i = 0; i < parts.size(); ++i)
        for (const auto& after : parts[i].after) {
            const auto found = index.find(after.value);
            waits_for[i].push_back(found == index.end() ? no_node : found->second);
            if (!complaints.missing_allowed() && !known.contains(after.value))
                complaints.suggest(complaints.error("RB0315", fmt::format("there is no part '{}'", after.value),
                                                    after.span, "name a part of this file"),
                                   after.value, names);
        }
    for (const auto& circle : find_circles(waits_for)) say(complaints, parts, circle);
}

}  // namespace rockbuild
