expect 66 "$ROCKBUILD" pack
has err 'error[RB1106]'
has err "rockcraft.yaml"
