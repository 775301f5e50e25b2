// The events of a run of steps: shown as the settings ask, kept for `rockbuild log`, drawn by --timings.
#pragma once

#include "pack/pack.hpp"
#include "rockbuild/command.hpp"
#include "rockbuild/timings.hpp"
#include "support/event.hpp"
#include "system/file.hpp"

#include <filesystem>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

namespace rockbuild {

class RunEvents final : public EventSink {
public:
    /// Reads --timings. RB1108 as make_progress(). Where no log can be written there is none: a run must not fail for
    /// that.
    static Result<std::unique_ptr<RunEvents>> open(const Context& context, const PackOptions& options,
                                                   bool live_area = true);
    void on(const Event& event) override;
    /// Draws what --timings asked for, also of a run that failed.
    Result<void> finish();

private:
    RunEvents() = default;
    void note(const Event& event);
    Result<void> write_page(const std::string& text) const;

    std::unique_ptr<EventSink> shown_;
    std::unique_ptr<EventSink> kept_;  // null: no log
    std::filesystem::path page_;       // empty: not asked for
    std::string title_;
    std::mutex mutex_;
    std::vector<TimedStep> steps_;
    double begin_ = 0;
};

/// The logs of a project's runs, the last one first. Their names sort by time.
std::vector<std::filesystem::path> run_logs(const std::filesystem::path& folder);

}  // namespace rockbuild
