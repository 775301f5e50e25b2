// The live area of a terminal: it is drawn, and drawn over, with two escape sequences (lines up, erase to the end), so
// nothing above it is ever touched. Events only change the state; a thread draws, at most ten times a second. The width
// is asked each time, so a resized window is right at the next drawing.
#include "rockbuild/progress.hpp"
#include "rockbuild/table.hpp"
#include "rockbuild/text_width.hpp"

#include <fmt/format.h>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace rockbuild {

namespace {

constexpr std::size_t log_lines = 3;

class TerminalProgress final : public EventSink {
public:
    explicit TerminalProgress(ProgressOutput output)
        : output_(std::move(output)), artist_([this](const std::stop_token& stop) { draw_on(stop); }) {}

    ~TerminalProgress() override {
        artist_.request_stop();
        artist_.join();
        running_.clear();
        draw();
    }

    void on(const Event& event) override {
        const std::lock_guard lock(mutex_);
        if (take(event)) changed_.notify_one();
    }

private:
    struct Step {
        std::string subject;
        double since = 0;
        std::string progress;
        std::deque<std::string> log;
    };

    /// True if the next drawing will differ.
    bool take(const Event& event) {
        const bool verbose = output_.verbosity >= Verbosity::verbose;
        dirty_ = true;
        switch (event.type) {
            case EventType::started:
                running_.push_back({event.subject, output_.seconds(), {}, {}});
                return true;
            case EventType::message:
                above_ += printable(event.text) + "\n";
                return true;
            case EventType::log:
                if (verbose)
                    above_ += fmt::format("{} {}\n", output_.style.dim(event.subject + " |"), printable(event.text));
                if (auto* step = find(event.subject)) {
                    step->log.push_back(event.text);
                    if (step->log.size() > log_lines) step->log.pop_front();
                }
                return true;
            case EventType::progress:
                if (auto* step = find(event.subject)) step->progress = amount(event);
                return true;
            case EventType::finished:
                std::erase_if(running_, [&](const Step& step) { return step.subject == event.subject; });
                if (event.outcome == Outcome::cached && !verbose) return true;
                above_ += finished(event);
                return true;
            case EventType::finding:
                above_ += output_.text_of(*event.diagnostic);
                return true;
        }
        return false;
    }

    static std::string amount(const Event& event) {
        if (!event.text.empty()) return event.text;
        if (event.total == 0) return size_text(event.done);
        return fmt::format("{} of {}", size_text(event.done), size_text(event.total));
    }

    std::string finished(const Event& event) const {
        const auto subject = printable(event.subject);
        if (event.outcome == Outcome::stopped) return fmt::format("{} {}\n", output_.style.dim("stopped"), subject);
        if (event.outcome == Outcome::failed) return fmt::format("{} {}\n", output_.style.red("failed"), subject);
        if (event.outcome == Outcome::cached) return fmt::format("{} {}\n", output_.style.dim("cached"), subject);
        return fmt::format("{}   {} {}\n", output_.style.green("done"), subject,
                           output_.style.dim(seconds_text(event.seconds)));
    }

    Step* find(const std::string& subject) {
        for (auto& step : running_)
            if (step.subject == subject) return &step;
        return nullptr;
    }

    /// With the mutex held, or when no other thread is left.
    void draw() {
        std::string text;
        if (drawn_ > 0) text += fmt::format("\x1b[{}A\r\x1b[J", drawn_);
        text += above_;
        above_.clear();
        drawn_ = 0;
        const auto width = output_.width() - 1;  // the last column stays free: some terminals wrap there
        for (std::size_t i = 0; i < running_.size(); ++i) {
            const auto& step = running_[i];
            auto line = fmt::format("{:>6} {}", fmt::format("{:.0f}s", output_.seconds() - step.since), step.subject);
            if (!step.progress.empty()) line += "  " + step.progress;
            text += output_.style.bold(shortened(line, width)) + "\n";
            ++drawn_;
            if (i > 0) continue;
            for (const auto& log : step.log) {
                text += output_.style.dim(shortened("       | " + log, width)) + "\n";
                ++drawn_;
            }
        }
        if (!text.empty()) output_.write(text);
        dirty_ = false;
    }

    void draw_on(const std::stop_token& stop) {
        using namespace std::chrono_literals;
        std::unique_lock lock(mutex_);
        while (!stop.stop_requested()) {
            // Something happened, or the seconds of running steps move on.
            changed_.wait_for(lock, stop, 1s, [this] { return dirty_; });
            if (stop.stop_requested()) return;
            if (dirty_ || !running_.empty()) draw();
            lock.unlock();
            std::this_thread::sleep_for(100ms);
            lock.lock();
        }
    }

    ProgressOutput output_;
    std::mutex mutex_;
    std::condition_variable_any changed_;
    std::vector<Step> running_;  // oldest first
    std::string above_;          // lines that scroll up at the next drawing
    std::size_t drawn_ = 0;      // lines of the live area as it stands
    bool dirty_ = false;
    std::jthread artist_;  // last: it uses all of the above
};

}  // namespace

std::unique_ptr<EventSink> terminal_progress(ProgressOutput output) {
    return std::make_unique<TerminalProgress>(std::move(output));
}

}  // namespace rockbuild
