// What `after` says of the parts together: that it names parts, and that no part waits for itself.
#include "project/circles.hpp"
#include "project/reading.hpp"
#include "project/rules.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace rockbuild {

namespace {

/// A part, and the parts that it waits for.
struct Waiting {
    std::string name;
    std::vector<PlacedText> after;
};

/// Each of the circle's entries of `after` with its place, the one that is first in the file at the head.
void say(Complaints& complaints, const std::vector<Waiting>& parts, const std::vector<CircleStep>& circle) {
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

void check_order(Complaints& complaints, const YamlNode& parts) {
    std::vector<Waiting> all;
    std::map<std::string_view, std::size_t> index;
    for (const auto& pair : parts.pairs) {
        index.try_emplace(pair.key->text, all.size());
        all.push_back({pair.key->text, texts_at(*pair.value, "after")});
    }
    std::vector<std::vector<std::size_t>> waits_for(all.size());
    std::vector<std::string> names;
    for (const auto& part : all) names.push_back(part.name);
    for (std::size_t i = 0; i < all.size(); ++i)
        for (const auto& after : all[i].after) {
            const auto found = index.find(after.value);
            waits_for[i].push_back(found == index.end() ? no_node : found->second);
            if (found == index.end() && !complaints.missing_allowed())
                complaints.suggest(complaints.error("RB0315", fmt::format("there is no part '{}'", after.value),
                                                    after.span, "name a part of this file"),
                                   after.value, names);
        }
    for (const auto& circle : find_circles(waits_for)) say(complaints, all, circle);
}

}  // namespace rockbuild
