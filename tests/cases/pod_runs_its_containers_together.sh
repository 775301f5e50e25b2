. "${case%/*}/busybox_image.bash"
trap '"$ROCKBUILD" stop pair -t 0 >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
for applet in cat nc mkdir wget httpd; do ln -sf busybox root/bin/$applet; done
busybox_image 'echo "$WORD from $(hostname)"; trap "exit 0" TERM; while :; do sleep 0.1; done'
cat >pod.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: pair
  labels: {app: pair}
spec:
  terminationGracePeriodSeconds: 2
  initContainers:
    - name: prepare
      image: oci:img:box
      args: ["echo prepared >/shared/www/index.html"]
      volumeMounts: [{name: shared, mountPath: /shared/www, subPath: www}]
  containers:
    - name: server
      image: oci:img:box
      command: [/bin/httpd]
      args: [-f, -p, "127.0.0.1:8123", -h, /www]
      ports: [{name: web, containerPort: 8123}]
      readinessProbe: {httpGet: {path: /index.html, port: web}}
      volumeMounts: [{name: shared, mountPath: /www, subPath: www, readOnly: true}]
    - name: talker
      image: oci:img:box
      env:
        - {name: FIRST, value: hello}
        - {name: WORD, value: $(FIRST) $$(FIRST) $(NOBODY)}
      volumeMounts: [{name: shared, mountPath: /all}]
  volumes:
    - name: shared
      emptyDir: {}
YAML
# A network of its own, in the background.
expect 0 "$ROCKBUILD" run --pod pod.yaml --net none --detach
[ "$(cat out)" = pair ] || fail "the name is not all that is printed: $(cat out)"
for _ in $(seq 50); do
    "$ROCKBUILD" ps >out
    ! grep -q '^pair  *2/2 ' out || break
    sleep 0.1
done
grep -q '^pair  *2/2  *running' out || fail "the pod is not ready: $(cat out)"
grep -q '^pair-server  *1/1 ' out || fail "its container is not listed: $(cat out)"
expect 0 "$ROCKBUILD" exec pair-talker wget -qO- http://127.0.0.1:8123/index.html
[ "$(cat out)" = prepared ] || fail "the containers share no network or volume: $(cat out)"
expect 1 "$ROCKBUILD" exec pair-server sh -c 'echo x >/www/index.html'
expect 64 "$ROCKBUILD" exec pair sh
has err "'pair' is a pod"
expect 1 "$ROCKBUILD" run --pod pod.yaml --net none --detach
has err "'pair' runs already"
# One of them ends: the other goes on, and the pod says so.
expect 0 "$ROCKBUILD" exec pair-talker sh -c 'kill 1'
for _ in $(seq 50); do
    "$ROCKBUILD" ps --format json >out
    ! grep -q '"ready": 1,' out || break
    sleep 0.1
done
python3 - <<'PY' || fail "ps says: $(cat out)"
import json
answer = json.load(open("out"))
[pod] = answer["pods"]
assert (pod["name"], pod["state"], pod["ready"], pod["total"]) == ("pair", "running", 1, 2), pod
assert {c["name"]: c["ready"] for c in answer["containers"]} == {"pair-server": True, "pair-talker": False}
assert all(c["pod"] == "pair" for c in answer["containers"])
PY
expect 0 "$ROCKBUILD" stop pair
expect 0 "$ROCKBUILD" ps
lacks out pair
[ -z "$(ls -A store/containers)" ] || fail "files of the pod stay"
# What is told to end while it begins says so, and is gone; stop keeps to the manifest's patience; a file is a volume too.
cat >slow.yaml <<YAML
apiVersion: v1
kind: Pod
metadata: {name: slow}
spec:
  terminationGracePeriodSeconds: 1
  initContainers:
    - {name: first, image: "oci:img:box", args: ['trap "exit 0" TERM; while [ ! -e /f ] || ! grep -q go /f; do sleep 0.05; done'], volumeMounts: [{name: f, mountPath: /f}]}
  containers:
    - {name: deaf, image: "oci:img:box", args: ['while :; do sleep 0.1; done']}
  volumes: [{name: f, hostPath: {path: $work/file, type: FileOrCreate}}]
YAML
"$ROCKBUILD" run --pod slow.yaml --detach >out 2>err &
pod=$!
for _ in $(seq 100); do ! "$ROCKBUILD" ps | grep -q '^slow-first .*running' || break; sleep 0.05; done
"$ROCKBUILD" ps | grep -q '^slow  *0/1 ' || fail "a pod is ready before it has begun: $("$ROCKBUILD" ps)"
kill -TERM $pod
code=0
wait $pod || code=$?
[ "$code" = 130 ] || fail "told to end it ended with $code: $(cat out err)"
has err 'error[RB1177]'
lacks out slow
expect 0 "$ROCKBUILD" ps
lacks out slow
echo go >file
expect 0 "$ROCKBUILD" run --pod slow.yaml --detach
begin=$(date +%s)
expect 0 "$ROCKBUILD" stop slow
[ $(($(date +%s) - begin)) -lt 6 ] || fail "stop waited longer than the manifest says"
# In the foreground: labelled lines, one SIGTERM for all.
"$ROCKBUILD" run --pod pod.yaml --net none >out 2>err &
pod=$!
for _ in $(seq 100); do ! grep -q "hello" out || break; sleep 0.1; done
has out '[talker] hello $(FIRST) $(NOBODY) from pair'
kill -TERM $pod
code=0
wait $pod || code=$?
# busybox's httpd doesn't listen to SIGTERM as a first process: it is killed after its two seconds of grace.
[ "$code" = 137 ] || fail "ended with $code: $(cat err)"
has err 'talker has ended with code 0'
expect 0 "$ROCKBUILD" ps
lacks out pair
# The first one's network is the pod's: when it is gone before the others are there, so is the pod.
cat >brief.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: brief}
spec:
  containers:
    - {name: setup, image: "oci:img:box", command: [/bin/sh, -c, "exit 0"]}
    - {name: stays, image: "oci:img:box"}
YAML
expect 1 "$ROCKBUILD" run --pod brief.yaml --net none --detach
has err 'error[RB1176]'
has err "'brief-setup' has ended before the others began"
expect 0 "$ROCKBUILD" ps
lacks out brief-stays
# Whenever that happens (which is up to chance): either all of them have started, or the pod says why not.
for delay in 0.01 0.02 0.03 0.05 0.1 0.2; do
    sed "s/exit 0/sleep $delay/" brief.yaml >soon.yaml
    "$ROCKBUILD" run --pod soon.yaml --net none --detach >out 2>err || has err 'error[RB1176]'
    "$ROCKBUILD" stop brief -t 0 >stopped 2>&1 || has stopped RB1151
done
