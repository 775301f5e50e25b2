# One index, a platform at a time; two that append at once lose nothing.
python3 - <<'P'
import hashlib, io, json, tarfile
for architecture in ("amd64", "arm64", "riscv64", "s390x"):
    blobs = {}
    def blob(data, **descriptor):
        name = hashlib.sha256(data).hexdigest()
        blobs[name] = data
        return {"digest": "sha256:" + name, "size": len(data)} | descriptor
    layer = io.BytesIO()
    with tarfile.open(fileobj=layer, mode="w") as tar:
        info = tarfile.TarInfo("file-" + architecture)
        tar.addfile(info)
    layer = layer.getvalue()
    config = json.dumps({"architecture": architecture, "os": "linux", "rootfs": {"type": "layers",
                         "diff_ids": ["sha256:" + hashlib.sha256(layer).hexdigest()]}}).encode()
    manifest = json.dumps({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "config": blob(config, mediaType="application/vnd.oci.image.config.v1+json"),
        "layers": [blob(layer, mediaType="application/vnd.oci.image.layer.v1.tar")]}).encode()
    index = json.dumps({"schemaVersion": 2, "manifests": [blob(manifest, mediaType="application/vnd.oci.image.manifest.v1+json")]}).encode()
    with tarfile.open(architecture + ".rock", "w") as tar:
        def add(name, data):
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
        add("oci-layout", b'{"imageLayoutVersion":"1.0.0"}')
        add("index.json", index)
        for name, data in blobs.items(): add("blobs/sha256/" + name, data)
P
registry
expect 0 "$ROCKBUILD" push amd64.rock "$registry/app:1"
"$ROCKBUILD" push -q --append arm64.rock "$registry/app:1" >a & first=$!
"$ROCKBUILD" push -q --append riscv64.rock "$registry/app:1" >b & second=$!
wait $first && wait $second || fail "one of two that append at once failed"
expect 0 "$ROCKBUILD" push -q --append s390x.rock "$registry/app:1"
expect 0 curl -fsS -H 'Accept: application/vnd.oci.image.index.v1+json' "http://$registry/v2/app/manifests/1"
for architecture in amd64 arm64 riscv64 s390x; do has out "\"architecture\":\"$architecture\""; done
cp out appended
expect 0 "$ROCKBUILD" push -q s390x.rock amd64.rock riscv64.rock arm64.rock "$registry/app:all"
expect 1 "$ROCKBUILD" inspect "docker://$registry/app@sha256:$(printf '0%.0s' $(seq 64))"
has err "RB1553"
expect 65 "$ROCKBUILD" push amd64.rock amd64.rock "$registry/app:twice"
has err "two of the images are for linux/amd64"
# An index without an image for this machine can't be run.
case $(uname -m) in s390x) other=riscv64 ;; *) other=s390x ;; esac
expect 0 "$ROCKBUILD" push -q --append $other.rock "$registry/app:other"
expect 1 "$ROCKBUILD" run "docker://$registry/app:other"
has err 'error[RB1562]'
has err "linux/$other"
