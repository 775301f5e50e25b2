#include "rockbuild/screen.hpp"

#include "rockbuild/documentation.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>

namespace rockbuild {

namespace {

bool write_to(int fd, std::string_view text) {
    while (!text.empty()) {
        const auto count = ::write(fd, text.data(), text.size());
        if (count < 0 && errno == EINTR) continue;
        if (count < 0) return false;
        text.remove_prefix(static_cast<std::size_t>(count));
    }
    return true;
}

Verbosity verbosity_of(const std::string& text) {
    if (text == "quiet") return Verbosity::quiet;
    if (text == "verbose") return Verbosity::verbose;
    if (text == "debug") return Verbosity::debug;
    return text == "trace" ? Verbosity::trace : Verbosity::brief;
}

}  // namespace

Screen::Screen(const Settings& settings, const Host& host)
    : silences_(Silences::parse(settings.text(Setting::silence)).value_or(Silences())),
      verbosity_(verbosity_of(settings.text(Setting::verbosity))) {
    const auto& color = settings.text(Setting::color);
    const bool dumb = host.variable("TERM").value_or("dumb") == "dumb";
    style_ = Style(color == "always" || (color == "auto" && !dumb && ::isatty(STDERR_FILENO) == 1));
}

bool Screen::result(std::string_view text) const { return write_to(STDOUT_FILENO, text); }

void Screen::say(std::string_view line) const {
    if (verbosity_ != Verbosity::quiet) write_to(STDERR_FILENO, std::string(line) + "\n");
}

void Screen::error(std::string_view text) const { write_to(STDERR_FILENO, text); }

std::string Screen::text_of(const Diagnostic& diagnostic) const {
    const bool hushed = verbosity_ == Verbosity::quiet && diagnostic.severity != Severity::error;
    return hushed || !is_heard(diagnostic) ? std::string() : diagnostic_text(diagnostic, style_, lines_);
}

void Screen::report(const Diagnostic& diagnostic) const { write_to(STDERR_FILENO, text_of(diagnostic)); }

void Screen::point_to_page(const Diagnostic& error) const {
    if (error.exit == ExitCode::usage || error.exit == ExitCode::interrupted || explanation(error.code).empty()) return;
    say(style_.dim(fmt::format("`rockbuild explain {}` says more", error.code)));
}

}  // namespace rockbuild
