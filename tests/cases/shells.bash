# offers SHELL LINE: what a real shell offers for the word at the end of the line, one a line, in `out`. Sourced by cases.
mkdir -p "$work/bin"
ln -sf "$ROCKBUILD" "$work/bin/rockbuild"
PATH=$work/bin:$PATH

offers() {
    case $1 in
        bash) bash_offers "$2" ;;
        zsh) zsh_offers "$2" ;;
        fish) fish --no-config -c 'rockbuild completion fish | source; complete -C "$argv[1]"' "$2" | cut -f1 ;;
    esac >out 2>err || fail "$1 fails: $(cat err)"
    [ ! -s err ] || fail "$1 says: $(cat err)"
}

# The words as bash cuts them: at = and : too.
bash_offers() {
    bash --norc --noprofile -c '
        set -u
        source <(rockbuild completion bash)
        read -ra COMP_WORDS <<<"$(sed "s/[=:]/ & /g" <<<"$1")"
        case $1 in *" ") COMP_WORDS+=("") ;; esac
        COMP_LINE=$1 COMP_POINT=${#1} COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
        _rockbuild rockbuild
        for word in "${COMPREPLY[@]}"; do echo "$word"; done' _ "$1"
}

# An interactive zsh on a terminal of its own: a widget completes the line as soon as it can be edited, and what its
# functions add is written down.
zsh_offers() {
    mkdir -p "$work/zsh"
    cat >"$work/zsh/.zshrc" <<'ZSH'
autoload -Uz compinit
compinit -D -u
source <(rockbuild completion zsh)
compadd() {
    if ((${argv[(I)-[OAD]]} == 0)); then
        local -a hits
        builtin compadd -O hits "$@"
        print -rl -- $hits >>$OFFERS
    fi
    builtin compadd "$@"
}
offer() { _main_complete }
zle -C offer list-choices offer
begin() { BUFFER=$LINE CURSOR=$#LINE; zle offer; exit }
zle -N zle-line-init begin
ZSH
    : >"$work/offers"
    OFFERS=$work/offers LINE=$1 ZDOTDIR=$work/zsh TERM=xterm zsh -f -c '
        zmodload zsh/zpty
        zpty shell "stty cols 200 rows 50; zsh -i"
        while zpty -r shell; do :; done' >"$work/zsh/screen"
    sed '/^$/d' "$work/offers"
}
