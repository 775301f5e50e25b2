. "${case%/*}/busybox_image.bash"
# ends SIGNALS… : starts the container, sends them, and gives the exit code.
ends() {
    local code=0 pid
    rm -rf shared && mkdir shared
    "$ROCKBUILD" run oci:img:box --name it --volume shared:/shared >out 2>err &
    pid=$!
    for _ in $(seq 100); do [ -e shared/ready ] && break; sleep 0.1; done
    for signal; do kill -$signal $pid; sleep 0.5; done
    wait $pid || code=$?
    echo $code
}
busybox_image 'trap "echo got TERM; exit 0" TERM; trap "echo got HUP" HUP; touch /shared/ready; while :; do sleep 0.1; done'
[ "$(ends TERM)" = 0 ] || fail "SIGTERM is not handed on"
has out "got TERM"
[ "$(ends HUP TERM)" = 0 ] || fail "SIGHUP is not handed on"
has out "got HUP"
# The first process of a container ignores what it has no handler for: the second Ctrl-C is the last.
busybox_image 'touch /shared/ready; exec sleep 1000'
[ "$(ends INT INT)" = 137 ] || fail "the second SIGINT doesn't kill"
expect 0 "$ROCKBUILD" ps
lacks out it
[ -z "$(ls -A store/containers 2>/dev/null)" ] || fail "files of ended containers stay"
