. "${case%/*}/busybox_image.bash"
busybox_image 'true'
mkdir given && echo hello >given/file
expect 0 "$ROCKBUILD" run oci:img:box --volume given:/srv --volume "$PWD/given:/fixed:ro" --env A=b=c --name box -- '
    echo "$A"; cat /srv/file; hostname; echo new >/srv/new
    touch /fixed/no 2>/dev/null && echo written; echo x >/bin/written; echo broken >/etc/hosts; echo gone >/etc/resolv.conf'
printf 'b=c\nhello\nbox\n' | cmp - out || fail "the container saw $(cat out)"
[ "$(cat given/new)" = new ] || fail "a volume is not shared"
[ ! -e given/no ] || fail "a read-only volume was written"
! grep -q broken /etc/hosts && ! grep -q gone /etc/resolv.conf || fail "the host's files were written"
expect 0 "$ROCKBUILD" run oci:img:box -- 'test ! -e /bin/written'
expect 64 "$ROCKBUILD" run oci:img:box --volume given
has err 'error[RB1152]'
has err "HOST:INSIDE"
expect 1 "$ROCKBUILD" run oci:img:box --volume nosuch:/x
has err 'error[RB1153]'
has err "nosuch"
