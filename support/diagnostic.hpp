// What went wrong, where, and what to do about it, as a value.
//
// Every function that can fail returns Result<T> (support/result.hpp), whose error is one Diagnostic. Only
// rockbuild/ turns a Diagnostic into text (CLI.md §1.4) or into a process's exit code (CLI.md §1.5).
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace rockbuild {

/// A place in a text file. Both count from 1; the column counts characters (code points), not bytes.
struct Position {
    std::uint32_t line = 1;
    std::uint32_t column = 1;
    auto operator<=>(const Position&) const = default;
};

/// A stretch of a text file: `begin` is the first character, `end` the one after the last.
struct Span {
    std::string file;
    Position begin;
    Position end;
    auto operator<=>(const Span&) const = default;
};

enum class Severity : std::uint8_t { error, warning, note };

/// What the process ends with when this diagnostic ends the run (CLI.md §1.5).
enum class ExitCode : std::uint8_t {
    ok = 0,
    failure = 1,      // validation, a step failed
    work_to_do = 10,  // `plan` only
    usage = 64,
    bad_data = 65,  // in a file that was given
    no_input = 66,  // the project file is missing
    internal = 70,  // a bug of ours
    cannot_write = 73,
    remote_timeout = 75,
    not_allowed = 77,  // credentials
    unable = 78,       // this machine can't do that; the hint says what to install or change
    interrupted = 130,
};

/// More about a diagnostic: "first given here", with its own place if it has one.
struct Note {
    std::string message;
    std::optional<Span> span;
};

struct Diagnostic {
    std::string code;     // "RB0310": stable, what `rockbuild explain` takes
    std::string message;  // one sentence, no capital, no full stop
    Severity severity = Severity::error;
    std::optional<Span> span;  // the primary place
    std::string label;         // written under the caret
    std::vector<Note> notes;
    std::string hint;                      // what to do ("help:")
    std::vector<std::string> suggestions;  // "did you mean": nearest first
    std::vector<std::string> excerpt;      // the last lines of a failed command's log
    std::string object;                    // what a warning speaks of, so that it can be silenced: "services.web"
    ExitCode exit = ExitCode::failure;
};

using Diagnostics = std::vector<Diagnostic>;

}  // namespace rockbuild
