# A missing image, a full or forbidden target: no file is left, and the reason is said.
registry
expect 1 "$ROCKBUILD" pull-image "$registry/none:1" x.rock
has err "has no image none:1"
[ ! -e x.rock ] || fail "x.rock is there"
project
"$ROCKBUILD" pack -q >/dev/null
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1"
expect 73 "$ROCKBUILD" pull-image "$registry/hello:1" nowhere/x.rock
expect 0 "$ROCKBUILD" copy "docker://$registry/hello:1" oci:layout:1
expect 0 "$ROCKBUILD" copy oci:layout:1 "docker://$registry/other:1"
expect 0 "$ROCKBUILD" inspect oci:layout:1
expect 75 "$ROCKBUILD" push hello_1.0_*.rock 127.0.0.1:9/hello:1
has err "can't be reached"
[ "$(ls | grep -c 'rock\.')" = 0 ] || fail "a part of a file was left: $(ls)"
