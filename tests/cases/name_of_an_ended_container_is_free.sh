. "${case%/*}/busybox_image.bash"
trap '"$ROCKBUILD" stop web -t 0 >/dev/null 2>&1 || true; rm -rf "$work"' EXIT
busybox_image 'touch /left; exit 4'
"$ROCKBUILD" run oci:img:box --name web --detach >/dev/null
for _ in $(seq 50); do "$ROCKBUILD" ps | grep -q ended && break; sleep 0.1; done
expect 0 "$ROCKBUILD" ps
has out ended
expect 1 "$ROCKBUILD" exec web sh
has err 'error[RB1151]'
has err "has ended"
expect 0 "$ROCKBUILD" run oci:img:box --name web -- 'test ! -e /left'
expect 64 "$ROCKBUILD" run oci:img:box --name ../x
has err 'error[RB1158]'
has err "can't be called"
