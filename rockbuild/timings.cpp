#include "rockbuild/timings.hpp"

#include "rockbuild/table.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace rockbuild {

namespace {

constexpr std::string_view style = R"css(
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #667; --line: #d5d9df; --paper: #fff;
  --pull: #4878b0; --overlay: #8a63b8; --build: #c4742b; --stage: #3f8f6b; --prime: #2f7f8f; --other: #7a7f87; --failed: #c0303c; }
@media (prefers-color-scheme: dark) { :root { --ink: #e7e9ec; --soft: #9aa3ad; --line: #3a4048; --paper: #15181c; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--paper); margin: 2rem auto; max-width: 72rem; padding: 0 1rem; }
h1 { font-size: 1.25rem; margin: 0 0 .25rem; } p { color: var(--soft); margin: 0 0 1.25rem; }
.chart { position: relative; border-left: 1px solid var(--line); margin-bottom: 2rem; }
.tick { position: absolute; top: 0; bottom: 0; border-left: 1px dashed var(--line); color: var(--soft); font-size: .75rem; padding-left: .25rem; }
.bar { position: absolute; height: 1.35rem; border-radius: 3px; color: #fff; font-size: .78rem; line-height: 1.35rem; padding: 0 .3rem;
  overflow: hidden; white-space: nowrap; box-sizing: border-box; min-width: 3px; }
.pull { background: var(--pull); } .overlay { background: var(--overlay); } .build { background: var(--build); }
.stage { background: var(--stage); } .prime { background: var(--prime); } .other { background: var(--other); }
.failed { background: var(--failed); }
table { border-collapse: collapse; } th, td { text-align: left; padding: .15rem 1.25rem .15rem 0; border-bottom: 1px solid var(--line); }
td.number, th.number { text-align: right; font-variant-numeric: tabular-nums; }
)css";

std::string escaped(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if (c == '&') result += "&amp;";
        else if (c == '<') result += "&lt;";
        else if (c == '>') result += "&gt;";
        else if (c == '"') result += "&quot;";
        else result += c;
    }
    return result;
}

std::string_view kind_of(const TimedStep& step) {
    if (step.outcome == Outcome::failed) return "failed";
    const auto colon = step.subject.rfind(':');
    if (colon != std::string::npos)
        for (const std::string_view name : {"pull", "overlay", "build", "stage", "prime"})
            if (step.subject.compare(colon + 1, std::string::npos, name) == 0) return name;
    return "other";
}

/// Marks at 1, 2 or 5 times a power of ten: at most ten of them.
double distance_of_ticks(double total) {
    double distance = std::pow(10, std::floor(std::log10(total / 10)));
    for (const double factor : {1., 2., 5., 10.})
        if (total / (distance * factor) <= 10) return distance * factor;
    return distance * 10;
}

}  // namespace

std::string timings_page(const std::string& title, const std::vector<TimedStep>& steps, double total) {
    std::vector<TimedStep> ran;
    for (const auto& step : steps)
        if (step.outcome != Outcome::cached) ran.push_back(step);
    std::ranges::stable_sort(ran, {}, &TimedStep::begin);
    const auto whole = std::max(total, 0.001);
    const auto percent = [&](double seconds) { return 100 * std::max(0., seconds) / whole; };
    std::vector<double> rows;  // when the last bar of each ends
    std::string bars;
    for (const auto& step : ran) {
        const auto row = std::ranges::find_if(rows, [&](double end) { return end <= step.begin; });
        const auto index = row - rows.begin();
        if (row == rows.end()) rows.push_back(step.end);
        else *row = step.end;
        bars += fmt::format(
            "<div class=\"bar {}\" style=\"left:{:.3f}%;width:{:.3f}%;top:{:.2f}rem\" title=\"{} · {} from "
            "{}\">{}</div>\n",
            kind_of(step), percent(step.begin), percent(step.end - step.begin), 1.4 + 1.6 * static_cast<double>(index),
            escaped(step.subject), seconds_text(step.end - step.begin), seconds_text(step.begin),
            escaped(step.subject));
    }
    std::string ticks;
    const auto distance = distance_of_ticks(whole);
    for (int i = 0; i * distance < whole; ++i)
        ticks += fmt::format("<div class=\"tick\" style=\"left:{:.3f}%\">{:g} s</div>\n", percent(i * distance),
                             i * distance);
    std::ranges::stable_sort(ran, std::greater(), [](const TimedStep& step) { return step.end - step.begin; });
    std::string lines;
    for (const auto& step : ran)
        lines +=
            fmt::format("<tr><td>{}</td><td class=\"number\">{}</td><td class=\"number\">{}</td><td>{}</td></tr>\n",
                        escaped(step.subject), seconds_text(step.end - step.begin), seconds_text(step.begin),
                        step.outcome == Outcome::failed    ? "failed"
                        : step.outcome == Outcome::stopped ? "stopped"
                                                           : "");
    return fmt::format(R"html(<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{0}</title><style>{1}</style></head>
<body>
<h1>{0}</h1>
<p>{2} ran, {3} came from the store, {4} in all</p>
<div class="chart" style="height:{5:.2f}rem">
{6}{7}</div>
<table>
<tr><th>what</th><th class="number">took</th><th class="number">began at</th><th></th></tr>
{8}</table>
</body>
</html>
)html",
                       escaped(title), style, ran.size(), steps.size() - ran.size(), seconds_text(total),
                       1.8 + 1.6 * static_cast<double>(rows.size()), ticks, bars, lines);
}

}  // namespace rockbuild
