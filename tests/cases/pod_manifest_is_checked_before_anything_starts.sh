. "${case%/*}/busybox_image.bash"
busybox_image 'echo started'
cat >pod.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  restartPolicy: Always
  containers:
    - name: web
      image: oci:img:box
      env: [{name: KEY, valueFrom: {secretKeyRef: {name: a, key: b}}}]
      volumeMounts: [{name: dta, mountPath: /data}]
      readinessProbe: {tcpSocket: {port: 80}}
    - name: web
      image: oci:img:box
      imagePulPolicy: Always
  volumes:
    - name: data
      emptyDir: {}
    - name: config
      configMap: {name: c}
YAML
expect 1 "$ROCKBUILD" run --pod pod.yaml
for mistake in 'pod.yaml:6:18' 'pod.yaml:10:25' "no volume 'dta'" "did you mean 'data'" "can't be 'tcpSocket'" \
    "two containers are called 'web'" "no key 'imagePulPolicy'" "did you mean 'imagePullPolicy'" "have a 'configMap'"; do
    has err "$mistake"
done
lacks out started
sed -i '/valueFrom\|restartPolicy\|tcpSocket\|imagePul\|config$\|configMap/d; s/dta/data/; 0,/name: web$/! s/- name: web$/- name: other/' pod.yaml
sed -i '0,/- name: other/s//- name: web/' pod.yaml
# What is refused later than the manifest: an image that isn't there, at its container.
sed 's/oci:img:box/nothing.rock/' pod.yaml >missing.yaml
expect 65 "$ROCKBUILD" run --pod missing.yaml
has err 'missing.yaml:7:'
lacks out started
# One that would be root, and must not.
sed '0,/image: oci:img:box/s//&\n      securityContext: {runAsNonRoot: true}/' pod.yaml >root.yaml
expect 1 "$ROCKBUILD" run --pod root.yaml
has err 'error[RB1178]'
has err 'runAsNonRoot forbids'
lacks out started
# A port of the host that nothing here can give.
sed '0,/image: oci:img:box/s//&\n      ports: [{containerPort: 8124, hostPort: 8125}]/' pod.yaml >port.yaml
expect 1 "$ROCKBUILD" run --pod port.yaml
has err 'error[RB1175]'
has err 'port.yaml:9:'
lacks out started
echo 'kind: Deployment' >other.yaml
expect 1 "$ROCKBUILD" run --pod other.yaml
has err 'this is no Pod but a Deployment'
expect 1 "$ROCKBUILD" run --pod nowhere.yaml
has err nowhere.yaml
expect 64 "$ROCKBUILD" run --pod pod.yaml oci:img:box
expect 64 "$ROCKBUILD" run --pod pod.yaml --env A=b
expect 64 "$ROCKBUILD" run
# A link in a volume leads nowhere else.
cat >link.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: link}
spec:
  initContainers:
    - name: plant
      image: oci:img:box
      args: ["busybox ln -s /etc /v/out"]
      volumeMounts: [{name: v, mountPath: /v}]
  containers:
    - name: reader
      image: oci:img:box
      volumeMounts: [{name: v, mountPath: /etc2, subPath: out}]
  volumes: [{name: v, emptyDir: {}}]
YAML
expect 1 "$ROCKBUILD" run --pod link.yaml
has err 'error[RB1173]'
has err "leads out of the volume 'v'"
has err 'link.yaml:13:22'
# An init container that fails ends it all.
sed 's#busybox ln -s /etc /v/out#echo oh no; exit 3#; s/, subPath: out//' link.yaml >failing.yaml
expect 1 "$ROCKBUILD" run --pod failing.yaml
has err 'error[RB1174]'
has err '[plant] oh no'
has err "'plant' ended with code 3"
lacks out started
# Of what is refused late nothing had started, and strangers are left alone.
"$ROCKBUILD" run oci:img:box --name late-b --detach -- 'sleep 60' >/dev/null
cat >late.yaml <<'YAML'
apiVersion: v1
kind: Pod
metadata: {name: late}
spec:
  containers:
    - {name: a, image: "oci:img:box", args: [echo started >/v/proof], volumeMounts: [{name: v, mountPath: /v}]}
    - {name: b, image: "oci:img:box"}
  volumes: [{name: v, hostPath: {path: PLACE}}]
YAML
sed -i "s#PLACE#$work#" late.yaml
expect 1 "$ROCKBUILD" run --pod late.yaml
has err "'late-b' runs already"
expect 0 "$ROCKBUILD" ps
grep -q '^late-b .*running' out || fail "the stranger is gone: $(cat out)"
expect 0 "$ROCKBUILD" stop late-b -t 0
sed 's#name: b, image: "oci:img:box"#name: b, image: "oci:img:box", command: [/nope]#' late.yaml >program.yaml
expect 1 "$ROCKBUILD" run --pod program.yaml
has err "no program '/nope'"
has err 'program.yaml:7:'
[ ! -e proof ] || fail "something had started"
expect 0 "$ROCKBUILD" ps
lacks out link
lacks out late
[ -z "$(ls -A store/containers)" ] || fail "files of the pods stay"
