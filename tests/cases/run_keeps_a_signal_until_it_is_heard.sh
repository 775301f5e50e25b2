. "${case%/*}/busybox_image.bash"
# The kernel drops what a first process has no handler for.
busybox_image 'sleep 1; trap "echo heard; exit 7" TERM; while :; do sleep 0.1; done'
"$ROCKBUILD" run oci:img:box --name early >out 2>err &
run=$!
for _ in $(seq 100); do ! "$ROCKBUILD" ps | grep -q '^early .*running' || break; done
kill -TERM $run
code=0
wait $run || code=$?
[ "$code" = 7 ] || fail "ended with $code: $(cat err)"
has out heard
# Who never listens is killed by the second one.
busybox_image 'while :; do sleep 0.1; done'
"$ROCKBUILD" run oci:img:box --name deaf >out 2>err &
run=$!
for _ in $(seq 100); do ! "$ROCKBUILD" ps | grep -q '^deaf .*running' || break; done
kill -TERM $run
sleep 0.3
kill -0 $run || fail "one SIGTERM ended it"
kill -TERM $run
code=0
wait $run || code=$?
[ "$code" = 137 ] || fail "ended with $code: $(cat err)"
