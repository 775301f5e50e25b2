. "${case%/*}/busybox_image.bash"
printf '#!/bin/sh\necho "$0 $*"; env; touch /charm/container/seen\n' >root/usr/bin/pebble
chmod 755 root/usr/bin/pebble
busybox_image 'echo not this'
umoci config --image img:box --config.user web
expect 0 "$ROCKBUILD" run oci:img:box --sidecar charm --name workload
lacks out "not this"
grep -qE '^/usr/bin/pebble run --create-dirs --hold --http :388[0-9]+ --verbose$' out || fail "started as $(head -1 out)"
for pair in JUJU_CONTAINER_NAME=workload PEBBLE=/charm/container/pebble PEBBLE_SOCKET=/charm/container/pebble.socket \
    PEBBLE_COPY_ONCE=/var/lib/pebble/default; do has out $pair; done
[ -e charm/containers/workload/seen ] || fail "the shared folder is not /charm/container"
mkdir charm/bin && sed 's/^echo.*/echo "of the charm: $0"/' root/usr/bin/pebble >charm/bin/pebble && chmod 755 charm/bin/pebble
expect 0 "$ROCKBUILD" run oci:img:box --sidecar charm --name workload
has out "of the charm: /charm/bin/pebble"
# Its port is one that is free where it runs: the host's ports say nothing of another network.
[ "$(id -u)" = 0 ] || exit 0
name=rockbuild-case-$$
ip netns add $name
ip -n $name link set lo up
ip netns exec $name busybox nc -l -p 38813 -e true &
listener=$!
trap 'kill $listener 2>/dev/null; ip netns del $name; rm -rf "$work"' EXIT
for _ in $(seq 50); do ! ip netns exec $name ss -ltn | grep -q 38813 || break; sleep 0.1; done
sed -i 's/^echo.*/echo "$*"/' charm/bin/pebble
expect 0 "$ROCKBUILD" run oci:img:box --sidecar charm --name workload --net ns:$name
has out "--http :38814 "
