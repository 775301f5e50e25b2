// The part of the completion for bash that is the same whatever commands there are. Walks the line that is typed and
// offers what comes next. The tables that it asks are made by completion_bash.cpp.
#pragma once

#include <string_view>

namespace rockbuild {

inline constexpr std::string_view bash_walk = R"bash(
# Bash cuts words at = and : too: puts together again what has no space between. Ends at the cursor.
_rockbuild_words() {
    local rest=${COMP_LINE:0:COMP_POINT} trimmed part i
    for ((i = 0; i <= COMP_CWORD; i++)); do
        trimmed=${rest#"${rest%%[![:space:]]*}"}
        part=${COMP_WORDS[i]}
        ((i < COMP_CWORD)) || part=$trimmed
        if ((i == 0)) || [[ $trimmed != "$rest" ]]; then words+=("$part"); else words[-1]+=$part; fi
        rest=${trimmed#"$part"}
    done
}

# _rockbuild_offer KIND TYPED PREFIX: what of KIND begins as TYPED, with PREFIX before it.
_rockbuild_offer() {
    local kind=$1 typed=$2 prefix=$3 name
    case $kind in
        'words '*) for name in ${kind#words }; do [[ $name != "$typed"* ]] || COMPREPLY+=("$prefix$name"); done ;;
        'names '*)
            while IFS=$'\t' read -r name _; do
                printf -v name %q "$name"
                [[ $name != "$typed"* ]] || COMPREPLY+=("$prefix$name")
            done < <("$program" complete "${kind#names }" "${words[@]:0:${#words[@]}-1}" 2>/dev/null)
            ;;
        file) compopt -o default 2>/dev/null ;;
        folder) compopt -o dirnames 2>/dev/null ;;
        image)
            compopt -o filenames -o plusdirs 2>/dev/null
            while IFS= read -r name; do COMPREPLY+=("$prefix$name"); done < <(compgen -f -X '!*.rock' -- "$typed")
            ;;
    esac
}

_rockbuild() {
    local IFS=$' \t\n' program=$1 words=() command='' kind='' options='' verbatim=-1 positional=0 ended='' i k word current
    COMPREPLY=()
    [[ $program != \~/* ]] || program=$HOME${program#\~}
    _rockbuild_words
    current=${words[-1]}
    _rockbuild_options ''
    for ((i = 1; i < ${#words[@]} - 1; i++)); do
        word=${words[i]} kind=''
        if [[ ! $ended && $word == -- ]]; then
            ended=yes
        elif [[ ! $ended && $word == --* ]]; then
            [[ $word == *=* ]] || _rockbuild_value "$command $word"
        elif [[ ! $ended && $word == -?* ]]; then
            for ((k = 1; k < ${#word}; k++)); do
                _rockbuild_value "$command -${word:k:1}"
                [[ $kind ]] || continue
                ((k + 1 == ${#word})) || kind=''
                break
            done
        elif _rockbuild_wants_word "$command"; then
            command=${command:+$command }$word
            _rockbuild_options "$command"
        elif ((positional++ == verbatim)); then
            return
        fi
        [[ ! $kind ]] || ((++i))
    done
    if ((i >= ${#words[@]})); then
        _rockbuild_offer "$kind" "$current" ''
    elif [[ ! $ended && $current == --*=* ]]; then
        _rockbuild_value "$command ${current%%=*}"
        _rockbuild_offer "$kind" "${current#*=}" "${current%%=*}="
    elif [[ ! $ended && $current == -* ]]; then
        _rockbuild_offer "words $options" "$current" ''
    elif ((positional != verbatim)); then
        _rockbuild_positional "$command $positional"
        _rockbuild_offer "$kind" "$current" ''
    fi
    # Bash puts what it is given in place of the text behind the last = or : alone.
    local breaks=${COMP_WORDBREAKS//[!=:]/}
    if [[ $breaks && $current == *["$breaks"]* ]]; then
        word=${current%"${current##*["$breaks"]}"}
        COMPREPLY=("${COMPREPLY[@]#"$word"}")
    fi
}

complete -F _rockbuild rockbuild
)bash";

}  // namespace rockbuild
