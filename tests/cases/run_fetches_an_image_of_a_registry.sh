. "${case%/*}/busybox_image.bash"
busybox_image 'echo from the registry'
registry
expect 0 "$ROCKBUILD" push oci:img:box "$registry/box:1"
expect 0 "$ROCKBUILD" run "docker://$registry/box:1"
[ "$(cat out)" = "from the registry" ] || fail "the container says $(cat out)"
# As a pod names it; what is here already isn't fetched again, however often it runs.
printf 'apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: c, image: "%s/box:1"}]}\n' "$registry" >pod.yaml
sent() { curl -s "http://$registry/metrics" | sed -n 's/^rockbuild_registry_sent_bytes_total //p'; }
before=$(sent)
[ "$before" -gt 400000 ] || fail "the first time only $before bytes were sent"
expect 0 "$ROCKBUILD" run --pod pod.yaml
has out "[c] from the registry"
[ $(($(sent) - before)) -lt 50000 ] || fail "blobs were fetched again: $before, then $(sent) bytes"
# A tag that moves is seen.
busybox_image 'echo from the new one'
expect 0 "$ROCKBUILD" push oci:img:box "$registry/box:1"
expect 0 "$ROCKBUILD" run --pod pod.yaml
has out "[c] from the new one"
expect 1 "$ROCKBUILD" run "docker://$registry/nosuch:1"
has err nosuch
# Meant otherwise.
expect 65 "$ROCKBUILD" run "$registry/box:1"
has err "did you mean 'docker://$registry/box:1'"
expect 65 "$ROCKBUILD" run pod.yaml
has err "run --pod pod.yaml"
# With the registry away what was fetched last will do, and is named.
kill "$server"
wait "$server" || true # its code is not the matter here
trap 'rm -rf "$work"' EXIT
expect 0 "$ROCKBUILD" run "docker://$registry/box:1"
[ "$(cat out)" = "from the new one" ] || fail "the container says $(cat out)"
has err "fetched last"
expect 75 "$ROCKBUILD" run "docker://$registry/other:1"
has err "registry serve"
