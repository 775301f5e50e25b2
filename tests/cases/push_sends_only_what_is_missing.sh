# The first push sends all, the second nothing; a changed file costs its layer, not the others.
project
"$ROCKBUILD" pack -q >/dev/null
registry
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1.0" --format json
python3 - <<'P' || fail "$(cat out)"
import json
said = json.load(open("out"))
assert said["schema"] == "rockbuild.push/1" and said["blobs"]["present"] == 0 and said["blobs"]["uploaded"] >= 2, said
P
has out "$registry/hello:1.0@sha256:"
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1.0" --format json
has out '"uploaded_bytes":0'
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1.0"
[ "$(wc -l <out)" = 1 ] || fail "more than the reference on standard output"
expect 0 "$ROCKBUILD" registry verify --data "$work/registry"
has out "all is well"
