// `rockbuild log`: see log.md.
#include "pack/session.hpp"
#include "pack/step_report.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/run_events.hpp"
#include "rockbuild/table.hpp"
#include "rockbuild/text_width.hpp"

#include <fmt/format.h>

#include <charconv>
#include <nlohmann/json.hpp>

namespace rockbuild {

namespace {

using Json = nlohmann::json;

/// The kept events of a run; a line that a killed run left half is passed over.
std::vector<Json> events_of(const std::string& text) {
    std::vector<Json> events;
    for (std::size_t begin = 0; begin < text.size();) {
        const auto end = std::min(text.find('\n', begin), text.size());
        auto json = Json::parse(text.begin() + static_cast<std::ptrdiff_t>(begin),
                                text.begin() + static_cast<std::ptrdiff_t>(end), nullptr, false);
        if (json.is_object()) events.push_back(std::move(json));
        begin = end + 1;
    }
    return events;
}

std::string word(const Json& event, const char* name) {
    const auto found = event.find(name);
    return found != event.end() && found->is_string() ? found->get<std::string>() : "";
}

std::string line_of(const Json& event) {
    const auto type = word(event, "type");
    const auto subject = printable(word(event, "id"));
    std::string text;
    if (type == "log") text = fmt::format("{} | {}", subject, printable(word(event, "text")));
    else if (type == "started") text = subject + " starts";
    else if (type == "message") text = printable(word(event, "text"));
    else if (type == "finished")
        text = fmt::format("{} {} in {}", subject, word(event, "outcome"), seconds_text(event.value("seconds", 0.)));
    else if (type == "finding" && event.contains("diagnostic"))
        text =
            fmt::format("{}: {}", word(event["diagnostic"], "code"), printable(word(event["diagnostic"], "message")));
    else return {};
    return fmt::format("[{:.1f}s] {}\n", event.value("time_s", 0.), text);
}

/// What the step wrote in that run; none if it did not run there.
std::optional<std::string> step_text(const std::vector<Json>& events, const std::string& id) {
    std::optional<std::string> text;
    for (const auto& event : events) {
        if (word(event, "id") != id) continue;
        if (word(event, "type") == "started") text = "";
        if (word(event, "type") == "log") text = text.value_or("") + word(event, "text") + "\n";
    }
    return text;
}

Result<std::size_t> number_of_run(const Context& context) {
    const auto text = context.arguments.value("run").value_or("1");
    std::size_t number = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), number);
    if (parsed.ec == std::errc{} && parsed.ptr == text.data() + text.size() && number > 0) return number;
    return fail("RB1146", fmt::format("'{}' is no number of a run", text), "1 is the last run, 2 the one before it",
                ExitCode::usage);
}

Result<int> run_log(Context& context) {
    const auto cache = absolute(context.host, context.settings.text(Setting::cache));
    const auto& project = context.host.working_dir;
    const auto number = TRY(number_of_run(context));
    const auto logs = run_logs(logs_folder(cache, project));
    const auto id = context.arguments.at(0);
    if (number > logs.size() && (!id || context.arguments.has("run")))
        return fail("RB1145", fmt::format("there are {} runs in the log of this project", logs.size()),
                    "`rockbuild pack` and the commands for single steps leave one each", ExitCode::usage);
    const auto whole = number <= logs.size() ? TRY(read_file(logs[number - 1])) : std::string();
    std::string text;
    if (id) {
        auto found = step_text(events_of(whole), *id);
        if (!found && !context.arguments.has("run")) found = TRY(stored_log(project, cache, *id));
        if (!found)
            return fail("RB1145", fmt::format("there is no log of a step '{}'", *id),
                        "only scripts and tools leave one; `rockbuild plan` lists the steps", ExitCode::usage);
        text = printable(*found, true);
    } else if (context.arguments.value("format") == "json") {
        text = whole;
    } else {
        for (const auto& event : events_of(whole)) text += line_of(event);
    }
    return context.screen.result(text) ? 0 : static_cast<int>(ExitCode::cannot_write);
}

}  // namespace

extern const Subcommand log_command{"log",
                                    "[PART:STEP]",
                                    {
                                        {"run", 0, "N", "of that run: 1 is the last, 2 the one before it"},
                                        {"format", 0, "FORMAT", "how a whole run is printed", {"text", "json"}},
                                    },
                                    0,
                                    1,
                                    Subcommand::never,
                                    run_log,
                                    {{Completes::step}}};

}  // namespace rockbuild
