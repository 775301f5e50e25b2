. "${case%/*}/busybox_image.bash"
trap '"$ROCKBUILD" stop web -t 0 >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
busybox_image 'trap "exit 0" TERM; echo started; while :; do sleep 0.1; done'
expect 0 "$ROCKBUILD" run oci:img:box --name web --detach
[ "$(cat out)" = web ] || fail "the name is not printed: $(cat out)"
expect 0 "$ROCKBUILD" ps
has out running
for command in stop exec; do
    expect 0 "$ROCKBUILD" complete containers rockbuild $command
    grep -qx "web[[:space:]]running" out || fail "a shell is offered $(cat out)"
done
expect 3 "$ROCKBUILD" exec web sh -c 'echo inside $(hostname); exit 3'
[ "$(cat out)" = "inside web" ] || fail "exec says $(cat out)"
expect 1 "$ROCKBUILD" run oci:img:box --name web --detach
has err "'web' runs already"
expect 1 "$ROCKBUILD" exec wbe sh
has err "did you mean 'web'?"
log=$("$ROCKBUILD" ps --format json | python3 -c 'import json,sys; print(json.load(sys.stdin)["containers"][0]["log"])')
grep -q started "$log" || fail "the log lacks what the container said"
expect 0 "$ROCKBUILD" stop web
expect 0 "$ROCKBUILD" ps
lacks out web
expect 1 "$ROCKBUILD" stop web
has err "no container 'web'"
[ -z "$(ls -A store/containers)" ] || fail "files of the container stay"
