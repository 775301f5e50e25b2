project
expect 0 "$ROCKBUILD" pull --export src
[ "$(cat src/site/index.html)" = hello ] || fail "the source isn't exported"
expect 0 "$ROCKBUILD" build site --export built
[ "$(cat built/site/srv/www/index.html)" = hello ] || fail "what the part installed isn't exported"
has err "1 steps run"
expect 0 "$ROCKBUILD" stage --export staged
[ -f staged/srv/www/index.html ] && [ -x staged/usr/bin/pebble ] || fail "stage isn't exported"
expect 0 "$ROCKBUILD" prime --export primed
[ -f primed/srv/www/index.html ] || fail "prime isn't exported"
# Nothing was done for nothing: pack has no step left.
expect 0 "$ROCKBUILD" pack
has err "0 steps run"
# What is there already stays.
echo mine >primed/mine
expect 73 "$ROCKBUILD" prime --export primed
has err "RB1208"
[ "$(cat primed/mine)" = mine ] || fail "a file was lost"
expect 64 "$ROCKBUILD" build siet
has err "RB1209"
has err "did you mean 'site'?"
expect 64 "$ROCKBUILD" build --shell
has err "RB1140"
expect 64 "$ROCKBUILD" build site --shell --debug
has err "RB1140"
