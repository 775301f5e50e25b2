#include "rockbuild/run_events.hpp"

#include "pack/session.hpp"
#include "rockbuild/pack_settings.hpp"
#include "rockbuild/places.hpp"
#include "rockbuild/progress.hpp"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <functional>

namespace rockbuild {

namespace {

constexpr std::size_t kept_runs = 10;

/// Appends to a new log, and lets go of the oldest ones.
std::function<void(std::string_view)> log_writer(const fs::path& folder, std::int64_t now) {
    if (!make_folders(folder)) return {};
    const auto name =
        fmt::format("run-{:%Y%m%dT%H%M%S}-{}.jsonl", fmt::gmtime(static_cast<std::time_t>(now)), ::getpid());
    auto opened = open_file(folder / name, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND, 0644);
    if (!opened) return {};
    const auto logs = run_logs(folder);
    for (std::size_t i = kept_runs; i < logs.size(); ++i) ::unlink(logs[i].c_str());
    return [fd = std::make_shared<Fd>(std::move(*opened)), path = folder / name](std::string_view line) {
        (void)write_all(fd->get(), line, path);  // a full disk is told by what matters
    };
}

}  // namespace

std::vector<fs::path> run_logs(const fs::path& folder) {
    std::vector<fs::path> logs;
    std::error_code error;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
        if (it->path().filename().native().starts_with("run-") && it->path().extension() == ".jsonl")
            logs.push_back(it->path());
    std::ranges::sort(logs, std::greater());
    return logs;
}

Result<std::unique_ptr<RunEvents>> RunEvents::open(const Context& context, const PackOptions& options, bool live_area) {
    std::unique_ptr<RunEvents> events(new RunEvents);
    events->shown_ = TRY(make_progress(context.settings, context.host, context.screen, live_area));
    events->begin_ = monotonic_seconds();
    if (auto write = log_writer(logs_folder(options.cache, options.project_dir), context.host.now)) {
        ProgressOutput output;
        output.write = std::move(write);
        output.seconds = [begin = events->begin_] { return monotonic_seconds() - begin; };
        output.is_heard = [](const Diagnostic&) { return true; };
        events->kept_ = json_progress(std::move(output));
    }
    if (const auto page = context.arguments.value("timings")) {
        events->page_ = absolute(context.host, *page);
        TRY_VOID(events->write_page(""));  // better told now than after the run
        events->title_ =
            fmt::format("rockbuild {} in {}", context.command.name, options.project_dir.filename().native());
    }
    return events;
}

void RunEvents::on(const Event& event) {
    shown_->on(event);
    if (kept_) kept_->on(event);
    if (!page_.empty()) note(event);
}

void RunEvents::note(const Event& event) {
    const auto now = monotonic_seconds() - begin_;
    const std::lock_guard guard(mutex_);
    if (event.type == EventType::started) steps_.push_back({event.subject, now, -1, Outcome::ran});
    if (event.type != EventType::finished) return;
    for (auto& step : steps_)
        if (step.subject == event.subject && step.end < 0) {
            step.end = now;
            step.outcome = event.outcome;
            return;
        }
    steps_.push_back({event.subject, now - event.seconds, now, event.outcome});
}

Result<void> RunEvents::finish() {
    if (page_.empty()) return {};
    const auto now = monotonic_seconds() - begin_;
    for (auto& step : steps_)
        if (step.end < 0) {  // ended by another's failure
            step.end = now;
            step.outcome = Outcome::stopped;
        }
    return write_page(timings_page(title_, steps_, now));
}

Result<void> RunEvents::write_page(const std::string& text) const {
    auto written = write_file(page_, text);
    if (!written) {
        written.error().exit = ExitCode::cannot_write;
        written.error().hint = "--timings names a file in a folder that is there";
    }
    return written;
}

}  // namespace rockbuild
