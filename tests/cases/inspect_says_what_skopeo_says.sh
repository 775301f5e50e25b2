. "${case%/*}/busybox_image.bash"
mkdir -p root/.rock root/var/lib/pebble/default/layers
printf 'name: box\nversion: "1.10"\ngrade: 1\n' >root/.rock/metadata.yaml
printf 'services: {}\n' >root/var/lib/pebble/default/layers/001-box.yaml
busybox_image 'true'
skopeo copy -q oci:img:box oci-archive:box.rock:box
skopeo inspect --config oci-archive:box.rock >config
skopeo inspect --raw oci-archive:box.rock >manifest
expect 0 "$ROCKBUILD" inspect box.rock
python3 - <<'PYTHON'
import gzip, hashlib, json, tarfile
report, config, manifest = (json.load(open(name)) for name in ("out", "config", "manifest"))
assert report["schema"] == "rockbuild.inspect/1"
assert report["digest"] == "sha256:" + hashlib.sha256(open("manifest", "rb").read()).hexdigest()
assert report["config"] == config["config"], report["config"]
assert report["platform"]["architecture"] == config["architecture"]
assert [layer["diff_id"] for layer in report["layers"]] == config["rootfs"]["diff_ids"]
for ours, theirs in zip(report["layers"], manifest["layers"], strict=True):
    assert (ours["digest"], ours["size"]) == (theirs["digest"], theirs["size"])
    with tarfile.open("box.rock") as archive:
        tar = gzip.decompress(archive.extractfile("blobs/sha256/" + theirs["digest"][7:]).read())
    assert ours["uncompressed_size"] == len(tar), (ours["uncompressed_size"], len(tar))
assert report["rock"] == {"name": "box", "version": "1.10", "grade": 1}, report["rock"]
assert report["pebble"]["layers"] == [
    {"path": "/var/lib/pebble/default/layers/001-box.yaml", "order": 1000, "label": "box",
     "layer": {"services": {}}}], report["pebble"]
assert report["pebble"]["plan"] == {}, report["pebble"]
PYTHON
expect 65 "$ROCKBUILD" inspect config
has err "RB07"
