#include "rockbuild/plan_text.hpp"

#include "rockbuild/table.hpp"
#include "rockbuild/text_width.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::array names{"hit", "miss", "maybe", "unresolved"};

/// Values may be whole scripts: their first line will do here.
std::string brief(std::string_view value) {
    const auto line = value.substr(0, value.find('\n'));
    auto text = shortened(line, 28);
    return line.size() == value.size() ? text : text + " …";
}

std::string reason_of(const PlannedStep& step) {
    if (step.reasons.empty()) return step.prediction == Prediction::miss ? "never ran" : "";
    const bool never = std::all_of(step.reasons.begin(), step.reasons.end(),
                                   [](const KeyChange& change) { return change.before.empty(); });
    if (never && step.prediction == Prediction::miss) return "never ran";
    const auto& change = step.reasons.front();
    const bool waits = step.prediction == Prediction::maybe || step.prediction == Prediction::unresolved;
    std::string text;
    if (waits) text = fmt::format("{} will be {}", change.input, change.after);
    else if (change.before.empty()) text = fmt::format("{} is new: {}", change.input, brief(change.after));
    else if (change.after.empty()) text = fmt::format("{} is gone", change.input);
    else text = fmt::format("{}: {} → {}", change.input, brief(change.before), brief(change.after));
    if (step.reasons.size() > 1) text += fmt::format(" (and {} more)", step.reasons.size() - 1);
    return text;
}

/// A word of Graphviz, in quotes.
std::string dot_word(std::string_view word) {
    std::string text;
    for (const char c : word) text += c == '"' || c == '\\' ? std::string{'\\', c} : std::string{c};
    return "\"" + text + "\"";
}

}  // namespace

const char* prediction_name(Prediction prediction) { return names.at(static_cast<std::size_t>(prediction)); }

std::string plan_table(const std::vector<Plan>& plans) {
    std::string text;
    for (const auto& plan : plans) {
        if (plans.size() > 1)
            text += fmt::format("{}platform {}\n", text.empty() ? "" : "\n", printable(plan.platform));
        std::vector<std::vector<std::string>> rows{{"step", "prediction", "estimate", "reason"}};
        for (const auto& step : plan.steps)
            rows.push_back({step.id(), prediction_name(step.prediction),
                            step.estimate > 0 ? seconds_text(step.estimate) : "", reason_of(step)});
        text += table_text(rows);
    }
    return text;
}

std::string plan_json(const std::vector<Plan>& plans) {
    Json json{{"schema", "rockbuild.plan/1"}, {"steps", Json::array()}};
    std::array<unsigned, names.size()> counts{};
    for (const auto& plan : plans)
        for (const auto& step : plan.steps) {
            ++counts.at(static_cast<std::size_t>(step.prediction));
            auto reasons = Json::array();
            for (const auto& change : step.reasons)
                reasons.push_back({{"input", change.input}, {"old", change.before}, {"new", change.after}});
            json["steps"].push_back({{"id", step.id()},
                                     {"platform", plan.platform},
                                     {"part", step.part},
                                     {"step", step.step},
                                     {"key", step.key.empty() ? Json() : Json(step.key.str())},
                                     {"prediction", prediction_name(step.prediction)},
                                     {"carrier", step.prediction == Prediction::hit ? Json("local") : Json()},
                                     {"reasons", reasons},
                                     {"estimate_s", step.estimate},
                                     {"after", step.after}});
        }
    for (std::size_t i = 0; i < names.size(); ++i) json["summary"][names.at(i)] = counts.at(i);
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

std::string plan_dot(const std::vector<Plan>& plans) {
    // Colour is not the only signal: the prediction stands in each node.
    constexpr std::array colours{"palegreen", "lightsalmon", "khaki", "lightblue"};
    std::string text = "digraph plan {\n  rankdir=LR;\n  node [shape=box, style=filled];\n";
    for (const auto& plan : plans) {
        const auto node = [&](const std::string& id) { return dot_word(plan.platform + " " + id); };
        text += fmt::format("  subgraph {} {{\n    label={};\n", dot_word("cluster " + plan.platform),
                            dot_word(plan.platform));
        for (const auto& step : plan.steps)
            text += fmt::format("    {} [label={}, fillcolor={}];\n", node(step.id()),
                                dot_word(step.id() + " " + prediction_name(step.prediction)),
                                colours.at(static_cast<std::size_t>(step.prediction)));
        text += "  }\n";
        for (const auto& step : plan.steps)
            for (const auto& before : step.after) text += fmt::format("  {} -> {};\n", node(before), node(step.id()));
    }
    return text + "}\n";
}

}  // namespace rockbuild
