. "${case%/*}/busybox_image.bash"
python3 -c '
import socket, time
server = socket.create_server(("127.0.0.1", 0))
print(server.getsockname()[1], flush=True)
time.sleep(60)' >port &
owner=$!
trap 'kill $owner; rm -rf "$work"' EXIT
for _ in $(seq 50); do [ -s port ] && break; sleep 0.1; done
port=$(cat port)
mkdir -p root/var/lib/pebble/default/layers
cat >root/var/lib/pebble/default/layers/001-web.yaml <<YAML
checks:
  up:
    override: replace
    http: {url: "http://127.0.0.1:$port/health"}
  elsewhere:
    override: replace
    tcp: {host: example.org, port: $port}
YAML
busybox_image 'echo ran'
expect 1 "$ROCKBUILD" run oci:img:box
has err 'error[RB1155]'
has err "port $port is taken by python3 (pid $owner)"
has err "'up'"
expect 0 "$ROCKBUILD" run oci:img:box --net none
has out ran
