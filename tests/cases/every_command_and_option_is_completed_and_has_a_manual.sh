# The commands are asked of the program itself, so that a new one can't be forgotten.
names() { "$ROCKBUILD" complete commands rockbuild help "$@" | cut -f1; }
commands=()
for first in $(names); do
    seconds=$(names "$first")
    if [ -z "$seconds" ]; then commands+=("$first"); else for second in $seconds; do commands+=("$first $second"); done; fi
done
[ ${#commands[@]} -gt 25 ] || fail "only ${#commands[@]} commands"
expect 0 "$ROCKBUILD" help
cp out help
for shell in bash zsh fish; do
    expect 0 "$ROCKBUILD" completion $shell
    cp out script.$shell
done
expect 0 "$ROCKBUILD" manual manuals
tr -d '\\' <manuals/rockbuild.1 >general
for command in "${commands[@]}"; do
    case $command in help | version) ;; *) grep -qE "^ .*\b${command%% *}\b" help || fail "help lacks $command" ;; esac
    has script.bash "${command%% *}"
    has script.zsh "'${command##* }:"
    has script.fish " -a ${command##* } -d"
    has general "fB${command}fR"
    tr -d '\\' <"manuals/rockbuild-${command// /-}.1" >manual
    expect 0 "$ROCKBUILD" help $command
    sed -nE 's/^  (-(.), |    )--([a-z-]+).*/\2 \3/p' out >options
    while IFS=' ' read -r letter name; do
        [ -n "$name" ] || { name=$letter letter=; }
        grep -F "'$command')" script.bash | grep -qF -- " --$name" || fail "bash: $command --$name"
        sed -n "/^ *'$command')/,/;;/p" script.zsh | grep -qF -- "--$name" || fail "zsh: $command --$name"
        grep -F "__rockbuild_in '$command'" script.fish | grep -F -- "-l $name " >line || fail "fish: $command --$name"
        has manual "fB--${name}fR"
        [ -n "$letter" ] || continue
        grep -F "'$command')" script.bash | grep -qF -- " -$letter" || fail "bash: $command -$letter"
        sed -n "/^ *'$command')/,/;;/p" script.zsh | grep -qE -- "\)?-$letter[+[]" || fail "zsh: $command -$letter"
        has line " -s $letter "
        has manual "fB-${letter}fR"
    done <options
done
for option in quiet verbose verbosity progress color help version; do
    has general "fB--${option}fR"
    has script.bash "--$option"
    has script.zsh "--$option"
    has script.fish "-n \"__rockbuild_in\" -l $option "
done
for variable in $("$ROCKBUILD" config --format json | sed -n 's/.*"variable": "\(.*\)".*/\1/p'); do has general "fB${variable}fR"; done
# The scripts have nothing that their shells refuse.
bash -n script.bash
zsh -n script.zsh
fish -n script.fish
shellcheck -s bash -e SC2034 script.bash
