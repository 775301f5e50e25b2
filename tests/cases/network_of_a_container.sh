. "${case%/*}/busybox_image.bash"
busybox_image 'ip -o link'
expect 0 "$ROCKBUILD" run oci:img:box --net none
[ "$(wc -l <out)" = 1 ] && grep -q 'lo:.*UP' out || fail "--net none gives $(cat out)"
expect 64 "$ROCKBUILD" run oci:img:box --net bridge
has err 'error[RB1152]'
has err "host, none, or ns:NAME"
expect 1 "$ROCKBUILD" run oci:img:box --net ns:rockbuild-nosuch
has err 'error[RB1156]'
has err "ip netns add rockbuild-nosuch"
[ "$(id -u)" = 0 ] || exit 0
name=rockbuild-case-$$
ip netns add $name
trap 'ip netns del $name; rm -rf "$work"' EXIT
ip -n $name link add only-here type dummy || ip -n $name tuntap add only-here mode tun
expect 0 "$ROCKBUILD" run oci:img:box --net ns:$name
has out only-here
