. "$(dirname "$case")/shells.bash"
project
mkdir -p out "a folder"
touch web.rock "my web.yaml"
cat >rc <<'RC'
source <(command rockbuild completion bash)
# A line that is run tells its words.
rockbuild() { if [ "$1" = complete ]; then command rockbuild "$@"; else printf '%s\n' "$@" >typed; fi; }
RC
# typed LINE WORD…: the line, with a tab where it has one, becomes these words.
typed() {
    local line=$1
    shift
    rm -f typed
    printf '%s\nexit\n' "$line" | TERM=dumb script -qec "bash --noprofile --rcfile rc -i" /dev/null >screen 2>&1
    printf '%s\n' "$@" | cmp -s - typed || { cat screen typed >&2; fail "'$line' doesn't become '$*'"; }
}
tab=$'\t'
typed "rockbuild pac$tab" pack
typed "rockbuild reg${tab}ser$tab--ht$tab" registry serve --htpasswd
typed "rockbuild pack --form${tab}js$tab" pack --format json
typed "rockbuild pack --format=js$tab" pack --format=json
typed "rockbuild clean s$tab" clean site
typed "rockbuild pack --platform=$tab" pack "--platform=$(dpkg --print-architecture)"
typed "rockbuild pack --output=ou$tab" pack --output=out/
typed "rockbuild pack -o a$tab" pack -o "a folder/"
typed "rockbuild check m$tab" check "my web.yaml"
typed "rockbuild check --file=m$tab" check "--file=my web.yaml"
typed "rockbuild inspect w$tab" inspect web.rock
typed "rockbuild help registry g$tab" help registry gc
typed "cd /; cd - >/dev/null; rockbuild pac$tab --quiet" pack --quiet
