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
# Whenever it comes, also before the container has begun.
busybox_image 'trap "exit 7" TERM; while :; do sleep 0.05; done'
for delay in 0.00 0.02 0.04 0.06 0.08 0.10 0.12 0.14 0.17 0.20; do
    "$ROCKBUILD" run oci:img:box --name swept >out 2>err &
    run=$!
    sleep $delay
    kill -TERM $run
    code=0
    wait $run || code=$?
    # 143: rockbuild itself had not begun yet.
    [ "$code" = 7 ] || [ "$code" = 143 ] || fail "after $delay s it ended with $code: $(cat err)"
done
# A process that fetches its signals hears them too.
if [ -x /usr/bin/python3 ]; then
    cat >sigwait.yaml <<YAML
apiVersion: v1
kind: Pod
metadata: {name: fetcher}
spec:
  terminationGracePeriodSeconds: 30
  containers:
    - name: it
      image: oci:img:box
      command: [/usr/bin/python3, -c, "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); print('ready', flush=True); signal.sigwait([signal.SIGTERM]); exit(9)"]
      volumeMounts: [{name: usr, mountPath: /usr}, {name: lib, mountPath: /lib}, {name: lib64, mountPath: /lib64}]
  volumes:
    - {name: usr, hostPath: {path: /usr}}
    - {name: lib, hostPath: {path: /lib}}
    - {name: lib64, hostPath: {path: /lib64}}
YAML
    "$ROCKBUILD" run --pod sigwait.yaml >out 2>err &
    run=$!
    for _ in $(seq 100); do ! grep -q ready out || break; sleep 0.1; done
    kill -TERM $run
    code=0
    wait $run || code=$?
    [ "$code" = 9 ] || fail "the fetcher ended with $code: $(cat out err)"
fi
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
