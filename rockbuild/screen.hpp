// Where words go: results to standard output, everything else to standard error (CLI.md §1.1).
#pragma once

#include "rockbuild/diagnostic_text.hpp"
#include "rockbuild/settings.hpp"
#include "rockbuild/style.hpp"
#include "support/diagnostic.hpp"
#include "support/silences.hpp"
#include "system/host.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace rockbuild {

enum class Verbosity : std::uint8_t { quiet, brief, verbose, debug, trace };

class Screen {
public:
    Screen() = default;  // plain and brief: for errors before the settings are known
    Screen(const Settings& settings, const Host& host);

    /// Bytes to standard output. False when nobody reads them any more or the disk is full.
    bool result(std::string_view text) const;
    /// A line to standard error, unless quiet.
    void say(std::string_view line) const;
    /// Bytes to standard error.
    void error(std::string_view text) const;
    /// Not silenced: it is to be said.
    bool is_heard(const Diagnostic& diagnostic) const { return !silences_.cover(diagnostic); }
    /// A diagnostic as text for standard error. Empty for what is silenced, and for warnings and notes when quiet.
    std::string text_of(const Diagnostic& diagnostic) const;
    /// That text, to standard error.
    void report(const Diagnostic& diagnostic) const;
    /// After the errors of a run: the command that tells more of this one, unless it only speaks of the command line.
    void point_to_page(const Diagnostic& error) const;

    const Style& style() const { return style_; }
    Verbosity verbosity() const { return verbosity_; }

private:
    Style style_;
    LineReader lines_ = disk_lines();
    Silences silences_;
    Verbosity verbosity_ = Verbosity::brief;
};

}  // namespace rockbuild
