// Sinks for the stream of events (CLI.md §1.2): lines for logs, JSON lines for programs, a live area for terminals.
#pragma once

#include "rockbuild/screen.hpp"
#include "rockbuild/settings.hpp"
#include "support/event.hpp"
#include "support/result.hpp"
#include "system/host.hpp"

#include <functional>
#include <memory>
#include <string_view>

namespace rockbuild {

/// What a sink writes with and reads the time from; tests give their own.
struct ProgressOutput {
    std::function<void(std::string_view)> write;
    std::function<double()> seconds;     // since the start
    std::function<std::size_t()> width;  // of the terminal, in columns
    Verbosity verbosity = Verbosity::brief;
    Style style;
    std::function<bool(const Diagnostic&)> is_heard;        // not silenced
    std::function<std::string(const Diagnostic&)> text_of;  // of a finding; empty where it isn't said
};

/// `[12.3s] nginx:build …` lines. Brief: what ran; verbose: log lines and what was cached too; debug: progress too.
std::unique_ptr<EventSink> plain_progress(ProgressOutput output);
/// One JSON object a line: v, seq, id, parent, type, time_s and what the type carries. Everything, whatever the
/// verbosity.
std::unique_ptr<EventSink> json_progress(ProgressOutput output);
/// One line a running step, the last three log lines of the oldest; finished steps scroll up. Redrawn at most ten times
/// a second. The live area is gone when the sink is.
std::unique_ptr<EventSink> terminal_progress(ProgressOutput output);
/// Words to the user alone; when quiet, nothing.
std::unique_ptr<EventSink> messages_only(ProgressOutput output);

/// The sink that the settings ask for, writing to standard error. RB1108 (exit 64) for `tty` without a terminal. Where
/// the terminal is needed for something else there is no live area: lines come in its place.
Result<std::unique_ptr<EventSink>> make_progress(const Settings& settings, const Host& host, const Screen& screen,
                                                 bool live_area = true);

}  // namespace rockbuild
