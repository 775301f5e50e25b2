expect 64 "$ROCKBUILD" pack --pebbel x
has err "--pebbel"
has err "did you mean"
has err "pebble"
