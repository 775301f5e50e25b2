expect 66 "$ROCKBUILD" pack
has err "rockcraft.yaml"
