// The part of the completion for fish that is the same whatever commands there are. Walks the line that is typed, for
// the conditions of what completion_fish.cpp makes.
#pragma once

#include <string_view>

namespace rockbuild {

inline constexpr std::string_view fish_walk = R"fish(
# The line before the cursor, from the program's name on.
function __rockbuild_line
    set -l words (commandline -opc)
    while string match -qr '^[A-Za-z_][A-Za-z_0-9]*=' -- "$words[1]"
        set -e words[1]
    end
    string replace -r '^~/' $HOME/ -- $words
end

# The names that the program itself tells, of the line as it is typed.
function __rockbuild_names
    set -l words (__rockbuild_line)
    $words[1] complete $argv[1] $words 2>/dev/null
end

function __rockbuild_typed
    commandline -ct | string replace -r '^--[^=]*=' ''
end

# Walks the line, once for all the conditions that ask: which command, how many arguments, whether options have ended.
function __rockbuild_walk
    set -l words (__rockbuild_line)
    set -l line (string join -- \n $words | string collect)
    test "$line" = "$__rockbuild_walked"; and return
    set -g __rockbuild_walked $line
    set -g __rockbuild_command ''
    set -g __rockbuild_count 0
    set -g __rockbuild_ended ''
    set -l value_follows ''
    for word in $words[2..]
        if test -n "$value_follows"
            set value_follows ''
        else if test -z "$__rockbuild_ended" -a "$word" = --
            set __rockbuild_ended options
        else if test -z "$__rockbuild_ended"; and string match -qr '^--' -- $word
            __rockbuild_takes_value "$__rockbuild_command $word"; and set value_follows yes
        else if test -z "$__rockbuild_ended"; and string match -qr '^-.' -- $word
            set -l letters (string split '' -- $word)[2..]
            while set -q letters[1]
                if __rockbuild_takes_value "$__rockbuild_command -$letters[1]"
                    set -q letters[2]; or set value_follows yes
                    break
                end
                set -e letters[1]
            end
        else if __rockbuild_wants_word "$__rockbuild_command"
            set __rockbuild_command (string trim -- "$__rockbuild_command $word")
        else
            __rockbuild_is_verbatim "$__rockbuild_command $__rockbuild_count"; and set __rockbuild_ended all
            set __rockbuild_count (math $__rockbuild_count + 1)
        end
    end
    __rockbuild_is_verbatim "$__rockbuild_command $__rockbuild_count"; and set -g __rockbuild_count all
end

# True where options of that command may stand; without a command: those of all.
function __rockbuild_in
    __rockbuild_walk
    test -z "$__rockbuild_ended"; or return
    not set -q argv[1]; or test "$__rockbuild_command" = "$argv[1]"
end

# True at the N-th argument of a command; with "further" also behind it.
function __rockbuild_at
    __rockbuild_walk
    test "$__rockbuild_command" = "$argv[1]" -a "$__rockbuild_ended" != all -a "$__rockbuild_count" != all; or return
    test "$__rockbuild_count" -eq $argv[2]; and return
    test "$argv[3]" = further -a "$__rockbuild_count" -gt $argv[2]
end

complete -c rockbuild -f
)fish";

}  // namespace rockbuild
