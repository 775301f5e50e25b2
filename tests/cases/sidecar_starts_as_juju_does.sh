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
