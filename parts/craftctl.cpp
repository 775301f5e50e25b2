#include "parts/craftctl.hpp"

#include "parts/variables.hpp"
#include "support/shell.hpp"

#include <fmt/format.h>

#include <iterator>

namespace rockbuild {

namespace {

std::string written_folder() { return inside::tools + "/written"; }

std::string plugin_path() { return inside::tools + "/plugin"; }

std::string refusal(const std::string& reason) { return reason.empty() ? "" : "refuse " + shell_word(reason); }

/// `craftctl` followed by the word `default` and no other.
bool is_default(std::string_view after) {
    constexpr std::string_view word = "default";
    const auto begin = after.find_first_not_of(" \t");
    if (begin == 0 || begin == std::string_view::npos || !after.substr(begin).starts_with(word)) return false;
    const auto end = after.substr(begin + word.size());
    return end.empty() || std::string_view(" \t\n;&|)`\"'}").find(end.front()) != std::string_view::npos;
}

}  // namespace

std::vector<SandboxFile> craftctl_files(const Control& control) {
    const auto& action = control.action;
    const auto act = !action.script.empty() ? fmt::format("exec /bin/bash '{}'", plugin_path())
                     : !action.from.empty()
                         ? fmt::format("exec cp --archive --no-target-directory '{}' '{}'", action.from, action.to)
                         : std::string("exit 0");
    auto program = fmt::format(R"sh(#!/bin/sh
# The control program of the running step.
refuse() {{ printf 'craftctl: %s\n' "$1" >&2; exit 1; }}
known() {{
    case "$1" in version|summary|description) ;;
    *) refuse "there is no value '$1' (there are: version, summary, description)" ;;
    esac
}}
case "${{1-}}" in
default)
    [ "$#" -eq 1 ] || refuse "'default' takes no arguments"
    {act} ;;
set)
    {no_set}
    [ "$#" -eq 2 ] || refuse "'set' takes one argument, NAME=VALUE"
    case "$2" in *=*) ;; *) refuse "'set' takes NAME=VALUE, not '$2'" ;; esac
    name=${{2%%=*}}
    known "$name"
    [ ! -e "{values}/$name" ] || refuse "'$name' is set already, and can be set only once"
    printf '%s' "${{2#*=}}" >"{values}/$name" ;;
get)
    {no_get}
    [ "$#" -eq 2 ] || refuse "'get' takes one argument, NAME"
    known "$2"
    for file in "{values}/$2" "{written}/$2"; do
        [ ! -e "$file" ] || {{ cat "$file"; break; }}
    done
    echo ;;
*)
    refuse "there is no command '${{1-}}' (there are: default, set, get)" ;;
esac
)sh",
                               fmt::arg("act", act), fmt::arg("no_set", refusal(control.no_set)),
                               fmt::arg("no_get", refusal(control.no_get)), fmt::arg("values", inside::values),
                               fmt::arg("written", written_folder()));
    std::vector<SandboxFile> files{{inside::tools + "/bin/craftctl", std::move(program), 0755}};
    if (!action.script.empty()) files.push_back({plugin_path(), action.script, 0644});
    for (const auto& [name, value] : control.written) files.push_back({written_folder() + "/" + name, value, 0644});
    return files;
}

std::string craftctl_function() {
    return R"sh(craftctl() {
    if [ "$#" -eq 1 ] && [ "$1" = default ]; then return 0; fi
    echo "craftctl: override-overlay can only ask for 'default', not '$*'" >&2
    return 1
}
export -f craftctl
)sh";
}

bool names_values(std::string_view script) {
    constexpr std::string_view program = "craftctl";
    for (auto at = script.find(program); at != std::string_view::npos; at = script.find(program, at + 1))
        if (!is_default(script.substr(at + program.size()))) return true;
    return false;
}

}  // namespace rockbuild
