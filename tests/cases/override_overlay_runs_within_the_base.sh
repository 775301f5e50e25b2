# A rock of debian@12 whose parts change the base from within, from beside and by moving files there: each layer sees those below,
# and what no part may say is refused at its line.
cat >rockcraft.yaml <<YAML
name: within
base: debian@12
version: "1.0"
summary: Changes its base
description: A user, a file of a layer below, and files that are organized into the overlay.
platforms: {$(dpkg --print-architecture): }
parts:
  files:
    plugin: dump
    source: files
    organize: {"*": (overlay)/}
  beside:
    plugin: nil
    overlay-script: echo beside >\$CRAFT_OVERLAY/srv/beside
  within:
    plugin: nil
    after: [beside]
    override-overlay: |
      craftctl default
      useradd --system --uid 4321 --home-dir / app
      tool >/srv/said
      cat /srv/beside >>/srv/said
      [ -z "\$(env | grep ^CRAFT_)" ]
      pwd >>/srv/said
      rm /usr/bin/faillog
      touch /tmp/gone
YAML
mkdir -p files/bin && printf '#!/bin/sh\necho tool of %s\n' files >files/bin/tool && chmod 755 files/bin/tool
code=0
"$ROCKBUILD" pack >out 2>err || code=$?
if grep -q -e 'RB0801' -e 'RB0120' err; then
    echo "no Debian mirror, or no sandbox, here"
    exit 0
fi
[ "$code" = 0 ] || { cat err >&2; fail "pack ended with $code"; }
mkdir image && tar -xf within_1.0_*.rock -C image
layer=$(python3 - <<'PY'
import json
blob = lambda digest: "image/blobs/" + digest.replace(":", "/")
manifest = json.load(open(blob(json.load(open("image/index.json"))["manifests"][0]["digest"])))
print(blob(manifest["layers"][1]["digest"]))
PY
)
tar -tf "$layer" >files-of-layer
for file in etc/passwd srv/said srv/beside usr/bin/tool usr/bin/.wh.faillog; do has files-of-layer "$file"; done
for file in bin/tool tmp/gone etc/resolv.conf run/rockbuild etc/apt; do ! grep -q "^$file" files-of-layer || fail "the layer has $file"; done
tar -xOf "$layer" srv/said >said
printf 'tool of files\nbeside\n/\n' | diff - said >&2 || fail "another view from within"
tar -xOf "$layer" etc/passwd >passwd
has passwd 'app:x:4321:'
expect 0 "$ROCKBUILD" plan

# A mistake in it has its line, and a layer without a shell can't run it.
sed -i 's/^      pwd .*/      craftctl set version=2/' rockcraft.yaml
expect 1 "$ROCKBUILD" overlay within
has err 'error[RB1050]'
has err 'rockcraft.yaml:24:'
has err "can only ask for 'default'"
sed -i 's/overlay-script: .*/overlay-script: rm $CRAFT_OVERLAY\/usr\/bin\/bash/' rockcraft.yaml
expect 1 "$ROCKBUILD" overlay within
has err 'error[RB1024]'
mkdir files/etc && echo mine >files/etc/debian_version
expect 1 "$ROCKBUILD" overlay files
has err 'error[RB1025]'
has err "'etc/debian_version' of the base has other contents"
has err 'rockcraft.yaml:11:'
