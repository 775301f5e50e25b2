. "${case%/*}/busybox_image.bash"
busybox_image 'echo to standard output; echo to standard error >&2; exit 7'
expect 7 "$ROCKBUILD" run oci:img:box
[ "$(cat out)" = "to standard output" ] || fail "standard output is not the container's alone: $(cat out)"
[ "$(cat err)" = "to standard error" ] || fail "standard error is not the container's alone: $(cat err)"
expect 0 "$ROCKBUILD" ps
lacks out img
