# A flipped byte in a layer: the registry refuses it, and we say that the archive is wrong, not the network.
project
"$ROCKBUILD" pack -q >/dev/null
mv hello_1.0_*.rock whole.rock
python3 - <<'P'
import tarfile
data = bytearray(open("whole.rock", "rb").read())
with tarfile.open("whole.rock") as tar:
    largest = max((m for m in tar if m.isfile()), key=lambda m: m.size)
data[largest.offset_data + largest.size // 2] ^= 1
open("damaged.rock", "wb").write(data)
open("cut.rock", "wb").write(data[:largest.offset_data + largest.size // 2])
P
registry
expect 65 "$ROCKBUILD" push damaged.rock "$registry/hello:1"
has err "is damaged: its content has another digest"
expect 65 "$ROCKBUILD" push cut.rock "$registry/hello:1"
expect 65 "$ROCKBUILD" push rockcraft.yaml "$registry/hello:1"
expect 64 "$ROCKBUILD" push whole.rock "$registry/Hello:1"
has err "lower-case"
expect 0 "$ROCKBUILD" registry verify --data "$work/registry"
has out "0 manifests"
