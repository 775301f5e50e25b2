// The choice of a sink, and the two that write lines.
#include "rockbuild/progress.hpp"

#include "rockbuild/table.hpp"
#include "rockbuild/text_width.hpp"

#include <fmt/format.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

namespace rockbuild {

namespace {

class PlainProgress final : public EventSink {
public:
    explicit PlainProgress(ProgressOutput output) : output_(std::move(output)) {}

    void on(const Event& event) override {
        if (event.diagnostic) {
            const std::lock_guard lock(mutex_);
            output_.write(output_.text_of(*event.diagnostic));
            return;
        }
        const auto text = words(event);
        if (text.empty()) return;
        const std::lock_guard lock(mutex_);
        output_.write(fmt::format("{} {}\n", output_.style.dim(fmt::format("[{:.1f}s]", output_.seconds())), text));
    }

private:
    std::string words(const Event& event) const {
        const auto subject = printable(event.subject);
        const bool verbose = output_.verbosity >= Verbosity::verbose;
        switch (event.type) {
            case EventType::started:
                return verbose ? subject + " starts" : "";
            case EventType::log:
                return verbose ? fmt::format("{} | {}", subject, printable(event.text)) : "";
            case EventType::message:
                return printable(event.text);
            case EventType::progress:
                if (output_.verbosity < Verbosity::debug) return {};
                if (!event.text.empty()) return fmt::format("{}: {}", subject, printable(event.text));
                if (event.total == 0) return fmt::format("{}: {}", subject, size_text(event.done));
                return fmt::format("{}: {} of {}", subject, size_text(event.done), size_text(event.total));
            case EventType::finished:
            case EventType::finding:
                break;
        }
        if (event.outcome == Outcome::cached) return verbose ? subject + " cached" : "";
        if (event.outcome == Outcome::stopped) return subject + " stopped";
        if (event.outcome == Outcome::failed) return subject + output_.style.red(" failed");
        return fmt::format("{} {} in {}", subject, output_.style.green("done"), seconds_text(event.seconds));
    }

    ProgressOutput output_;
    std::mutex mutex_;
};

class JsonProgress final : public EventSink {
public:
    explicit JsonProgress(ProgressOutput output) : output_(std::move(output)) {}

    void on(const Event& event) override {
        static constexpr const char* types[] = {"started", "progress", "log", "finished", "message", "finding"};
        static constexpr const char* outcomes[] = {"ran", "cached", "failed", "stopped"};
        if (event.diagnostic && !output_.is_heard(*event.diagnostic)) return;
        const std::lock_guard lock(mutex_);
        nlohmann::ordered_json json{{"v", 1}, {"seq", ++sequence_}, {"id", nullptr}, {"parent", nullptr}};
        if (!event.subject.empty()) json["id"] = event.subject;
        if (const auto colon = event.subject.find(':'); colon != std::string::npos)
            json["parent"] = event.subject.substr(0, colon);
        json["type"] = types[static_cast<std::size_t>(event.type)];
        json["time_s"] = rounded(output_.seconds());
        if (!event.text.empty()) json["text"] = event.text;
        if (event.type == EventType::progress && event.text.empty()) {
            json["done"] = event.done;
            json["total"] = event.total;
        }
        if (event.type == EventType::finished) {
            json["outcome"] = outcomes[static_cast<std::size_t>(event.outcome)];
            json["seconds"] = rounded(event.seconds);
        }
        if (event.diagnostic) json["diagnostic"] = diagnostic_json(*event.diagnostic);
        output_.write(json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
    }

private:
    static double rounded(double seconds) {
        return static_cast<double>(static_cast<std::int64_t>(seconds * 1000)) / 1000;
    }

    ProgressOutput output_;
    std::mutex mutex_;
    std::uint64_t sequence_ = 0;
};

/// Words to the user that belong to no step, findings, and nothing else.
class MessagesOnly final : public EventSink {
public:
    explicit MessagesOnly(ProgressOutput output) : output_(std::move(output)) {}
    void on(const Event& event) override {
        const std::lock_guard lock(mutex_);
        if (event.type == EventType::message && output_.verbosity != Verbosity::quiet) output_.write(event.text + "\n");
        if (event.diagnostic) output_.write(output_.text_of(*event.diagnostic));
    }

private:
    ProgressOutput output_;
    std::mutex mutex_;
};

std::size_t terminal_width() {
    winsize size{};
    if (::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) != 0 || size.ws_col == 0) return 80;
    return size.ws_col;
}

}  // namespace

std::unique_ptr<EventSink> plain_progress(ProgressOutput output) {
    return std::make_unique<PlainProgress>(std::move(output));
}
std::unique_ptr<EventSink> json_progress(ProgressOutput output) {
    return std::make_unique<JsonProgress>(std::move(output));
}
std::unique_ptr<EventSink> messages_only(ProgressOutput output) {
    return std::make_unique<MessagesOnly>(std::move(output));
}

Result<std::unique_ptr<EventSink>> make_progress(const Settings& settings, const Host& host, const Screen& screen,
                                                 bool live_area) {
    const auto& wanted = settings.text(Setting::progress);
    const bool terminal = ::isatty(STDERR_FILENO) == 1;
    if (wanted == "tty" && !terminal)
        return fail("RB1108", "progress can't be shown as tty: standard error is no terminal",
                    "use --progress=plain or --progress=json", ExitCode::usage);
    const auto begin = monotonic_seconds();
    ProgressOutput output{[&screen](std::string_view text) { screen.error(text); },
                          [begin] { return monotonic_seconds() - begin; },
                          terminal_width,
                          screen.verbosity(),
                          screen.style(),
                          [&screen](const Diagnostic& diagnostic) { return screen.is_heard(diagnostic); },
                          [&screen](const Diagnostic& diagnostic) { return screen.text_of(diagnostic); }};
    if (wanted == "json") return json_progress(std::move(output));
    if (wanted == "none" || screen.verbosity() == Verbosity::quiet) return messages_only(std::move(output));
    const bool dumb = host.variable("TERM").value_or("dumb") == "dumb";
    if (live_area && (wanted == "tty" || (wanted == "auto" && terminal && !dumb)))
        return terminal_progress(std::move(output));
    return plain_progress(std::move(output));
}

}  // namespace rockbuild
