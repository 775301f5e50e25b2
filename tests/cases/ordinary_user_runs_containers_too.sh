[ "$(id -u)" = 0 ] || exit 0 # the other cases have shown it
. "${case%/*}/busybox_image.bash"
busybox_image 'id -u; touch /bin/mine && echo written; sleep 0.1'
user="setpriv --reuid 23456 --regid 23456 --clear-groups env HOME=$work"
if ! $user unshare --user true 2>/dev/null; then
    echo "no user namespaces for ordinary users here"
    exit 0
fi
mkdir store runtime && chown -R 23456:23456 "$work"
expect 0 $user "$ROCKBUILD" run oci:img:box
printf '0\nwritten\n' | cmp - out || fail "the container saw $(cat out)"
busybox_image 'trap "exit 0" TERM; while :; do sleep 0.1; done'
chown -R 23456:23456 img
expect 0 $user "$ROCKBUILD" run oci:img:box --net none --name mine --detach
expect 0 $user "$ROCKBUILD" exec mine id -u
[ "$(cat out)" = 0 ] || fail "exec is user $(cat out)"
expect 0 $user "$ROCKBUILD" stop mine
[ -z "$(ls -A store/containers)" ] || fail "files of the container stay"
# A pod too, with a network and a volume in common.
cat >pod.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: pair}
spec:
  containers:
    - {name: one, image: "oci:img:box", volumeMounts: [{name: v, mountPath: /v}]}
    - {name: two, image: "oci:img:box", volumeMounts: [{name: v, mountPath: /v}]}
  volumes: [{name: v, emptyDir: {}}]
YAML
expect 0 $user "$ROCKBUILD" run --pod pod.yaml --net none --detach
expect 0 $user "$ROCKBUILD" exec pair-one sh -c 'touch /v/x; ls -l /proc/self/ns/net >/v/net'
expect 0 $user "$ROCKBUILD" exec pair-two sh -c 'ls -l /proc/self/ns/net; cat /v/net'
[ "$(sed 's/.*-> //' out | sort -u | wc -l)" = 1 ] || fail "two networks: $(cat out)"
expect 0 $user "$ROCKBUILD" ps
grep -q '^pair  *2/2 ' out || fail "ps says $(cat out)"
expect 0 $user "$ROCKBUILD" stop pair
[ -z "$(ls -A store/containers)" ] || fail "files of the pod stay"
umoci config --image img:box --config.user 1000
chown -R 23456:23456 img
expect 78 $user "$ROCKBUILD" run oci:img:box
has err 'error[RB1162]'
has err "subordinate"
