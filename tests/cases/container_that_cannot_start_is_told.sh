. "${case%/*}/busybox_image.bash"
echo "echo never" >root/bin/odd
chmod 644 root/bin/odd
busybox_image 'echo started'
# Its first program may not be executed.
umoci config --image img:box --config.entrypoint /bin/odd --clear config.cmd
expect 1 "$ROCKBUILD" run oci:img:box --name odd --detach
has err 'error[RB1163]'
has err "'odd' didn't start"
expect 0 "$ROCKBUILD" ps
lacks out running

# A config with a field of the wrong kind: umoci writes none, so it is changed by hand.
python3 - <<'P'
import hashlib, json, pathlib
blobs = pathlib.Path("img/blobs/sha256")
def read(descriptor): return json.loads((blobs / descriptor["digest"][7:]).read_text())
def write(descriptor, document):
    data = json.dumps(document).encode()
    (blobs / hashlib.sha256(data).hexdigest()).write_bytes(data)
    return descriptor | {"digest": "sha256:" + hashlib.sha256(data).hexdigest(), "size": len(data)}
index = json.loads(pathlib.Path("img/index.json").read_text())
manifest = read(index["manifests"][0])
config = read(manifest["config"])
config["config"]["Cmd"] = "not a list"
manifest["config"] = write(manifest["config"], config)
index["manifests"][0] = write(index["manifests"][0], manifest)
pathlib.Path("img/index.json").write_text(json.dumps(index))
P
expect 65 "$ROCKBUILD" run oci:img:box
has err 'error[RB1159]'

# What is known of containers lies in a folder of somebody else.
mkdir others
ln -s / others/rockbuild
[ "$(id -u)" != 0 ] || { rm others/rockbuild; mkdir others/rockbuild; chown 12345 others/rockbuild; }
expect 78 env XDG_RUNTIME_DIR="$work/others" "$ROCKBUILD" ps
has err 'error[RB1160]'

# Without runc: in a mount namespace where it can't be run.
own="unshare --mount"
[ "$(id -u)" = 0 ] || own="unshare --user --map-root-user --mount"
$own true 2>/dev/null || { echo "no mount namespaces here"; exit 0; }
cat >without-runc <<'SH'
mount --bind /dev/null "$(PATH=$PATH:/usr/local/sbin:/usr/sbin:/sbin command -v runc)" && exec "$@"
SH
expect 78 $own sh without-runc "$ROCKBUILD" run oci:img:box
has err 'error[RB1150]'
has err "apt-get install runc"
