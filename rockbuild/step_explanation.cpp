#include "rockbuild/step_explanation.hpp"

#include "pack/builds.hpp"
#include "pack/step_report.hpp"
#include "rockbuild/interrupts.hpp"
#include "rockbuild/pack_settings.hpp"
#include "rockbuild/plan_text.hpp"
#include "rockbuild/progress.hpp"
#include "rockbuild/text_width.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::ordered_json;

std::string sentence(const StepReport& report) {
    const auto& step = report.step;
    switch (step.prediction) {
        case Prediction::hit:
            return "will not run: nothing that it sees has changed";
        case Prediction::maybe:
        case Prediction::unresolved: {
            std::vector<std::string> waits;
            for (const auto& change : report.changes)
                waits.push_back(fmt::format("{}, which will be {}", change.input, change.after));
            return fmt::format("may run: it waits for {}", fmt::join(waits, "; "));
        }
        case Prediction::miss:
            break;
    }
    return report.changes.empty() ? "will run: it never ran" : "will run: it sees something else than when it last ran";
}

/// Values may be whole scripts: they are set below each other, line by line.
std::string value_lines(char mark, const std::string& value) {
    std::string text;
    for (std::size_t begin = 0; begin < value.size();) {
        const auto end = std::min(value.find('\n', begin), value.size());
        text += fmt::format("    {} {}\n", mark, printable(value.substr(begin, end - begin)));
        begin = end + 1;
    }
    return text;
}

std::string as_text(const std::vector<StepReport>& reports) {
    std::string text;
    for (const auto& report : reports) {
        const auto platform = reports.size() > 1 ? fmt::format(" for {}", printable(report.platform)) : "";
        text += fmt::format("{}{} {}\n", report.step.id(), platform, sentence(report));
        if (report.step.prediction != Prediction::miss) continue;
        for (const auto& change : report.changes) {
            text += fmt::format("  {}:\n", change.input);
            if (change.items.empty()) text += value_lines('-', change.before) + value_lines('+', change.after);
            for (const auto& item : change.items) text += fmt::format("    {}\n", printable(item));
        }
    }
    return text;
}

std::string as_json(const std::vector<StepReport>& reports) {
    Json json{{"schema", "rockbuild.explain-step/1"}, {"steps", Json::array()}};
    for (const auto& report : reports) {
        auto changes = Json::array();
        for (const auto& change : report.changes)
            changes.push_back(
                {{"input", change.input}, {"old", change.before}, {"new", change.after}, {"items", change.items}});
        json["steps"].push_back({{"id", report.step.id()},
                                 {"platform", report.platform},
                                 {"prediction", prediction_name(report.step.prediction)},
                                 {"changes", changes},
                                 {"after", report.step.after}});
    }
    return json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace

Result<int> explain_step_of_project(Context& context, const std::string& id) {
    const auto [options, document, ids] = TRY(open_project(context, TRY(find_project(context, ".")), unbuildable));
    std::vector<StepReport> reports;
    {
        const Interrupts interrupts;
        const auto events = TRY(make_progress(context.settings, context.host, context.screen));
        reports = TRY(explain_step(*ids, document, options, id, context.host, *events, interrupts.token()));
    }
    const bool json = context.arguments.value("format") == "json";
    return context.screen.result(json ? as_json(reports) : as_text(reports)) ? 0
                                                                             : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace rockbuild
