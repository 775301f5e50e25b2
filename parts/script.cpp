#include "parts/script.hpp"

#include "parts/caches.hpp"
#include "parts/variables.hpp"

#include <fmt/format.h>

#include <charconv>

namespace rockbuild {

namespace {

constexpr std::string_view mark =
    "\x1e"
    "rockbuild-failed ";
constexpr std::string_view missing_mark =
    "\x1e"
    "rockbuild-missing ";

std::string script_path() { return inside::tools + "/script"; }

std::optional<std::uint32_t> number_at(std::string_view text) {
    std::uint32_t value = 0;
    const auto parsed = std::from_chars(text.data(), text.data() + text.size(), value);
    if (parsed.ec != std::errc{} || value == 0) return std::nullopt;
    return value;
}

std::string shell_path() { return inside::tools + "/shell"; }

/// `first`: what the shell knows before the script.
std::string driver(const std::string& first) {
    // What fails in a command substitution ends neither that nor the script, so it is none of the trap's business.
    return fmt::format(R"sh(set -eEuo pipefail
{}
trap '{{ rockbuild_code=$?; rockbuild_flags=$-; set +x; }} 2>/dev/null; case $rockbuild_flags in *e*) trap - ERR; [ "${{BASH_SOURCE[0]:-}}" = {} ] && printf "{}%s\n" "$LINENO"; exit $rockbuild_code ;; esac; {{ set -x; }} 2>/dev/null' ERR
set -x
source {}
)sh",
                       first, script_path(), "\\036rockbuild-failed ", script_path());
}

std::vector<SandboxFile> files_for(const Script& script, const std::string& first) {
    auto text = script.text;
    if (!text.ends_with('\n')) text += '\n';
    return {{inside::tools + "/driver", driver(first), 0644},
            {script_path(), std::move(text), 0644},
            {shell_path(), first + "PS1='\\w # '\n", 0644}};
}

constexpr std::string_view system_path = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

}  // namespace

std::vector<SandboxFile> script_files(const Script& script,
                                      const std::vector<std::pair<std::string, std::string>>& variables,
                                      const Control& control) {
    auto files = craftctl_files(control);
    for (auto& file : files_for(script, export_lines(variables))) files.push_back(std::move(file));
    return files;
}

std::vector<SandboxFile> script_files_within(const Script& script) { return files_for(script, craftctl_function()); }

std::vector<std::string> script_arguments() { return {shell_program, inside::tools + "/driver"}; }

std::vector<std::string> shell_arguments() { return {shell_program, "--rcfile", shell_path(), "-i"}; }

std::vector<std::pair<std::string, std::string>> script_start_environment(std::int64_t source_date) {
    std::vector<std::pair<std::string, std::string>> environment{
        {"PATH", fmt::format("{}/bin:{}/bin:{}/bin:{}", inside::tools, inside::go, inside::node, system_path)},
        {"HOME", "/root"},
        {"GOTOOLCHAIN", "local"},
        {"LANG", "C.UTF-8"},
        {"TZ", "UTC"},
        {"DEBIAN_FRONTEND", "noninteractive"},
        {"SOURCE_DATE_EPOCH", std::to_string(source_date)}};
    for (auto& variable : cache_variables()) environment.push_back(std::move(variable));
    return environment;
}

std::vector<std::pair<std::string, std::string>> script_environment_within(std::int64_t source_date) {
    return {{"PATH", std::string(system_path)},
            {"HOME", "/root"},
            {"LANG", "C.UTF-8"},
            {"TZ", "UTC"},
            {"DEBIAN_FRONTEND", "noninteractive"},
            {"DEBCONF_NONINTERACTIVE_SEEN", "true"},
            {"DEBIAN_PRIORITY", "critical"},
            {"SOURCE_DATE_EPOCH", std::to_string(source_date)}};
}

bool FailureWatch::line(std::string_view text) {
    if (text.starts_with(mark)) {
        if (!line_) line_ = number_at(text.substr(mark.size()));
        return false;
    }
    if (text.starts_with(missing_mark)) {
        missing_ = text.substr(missing_mark.size());
        return false;
    }
    // Syntax errors and unset variables end bash without the trap; it names the place itself.
    if (const auto prefix = script_path() + ": line "; text.starts_with(prefix) && !line_)
        line_ = number_at(text.substr(prefix.size()));
    return true;
}

}  // namespace rockbuild
