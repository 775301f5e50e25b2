# A track of Go that no toolchain is pinned for: `check` warns of it at its line, `pack` refuses it before it starts.
project
printf '    build-snaps: [go/1.99/stable]\n' >>rockcraft.yaml
expect 0 "$ROCKBUILD" check
has err "warning[RB0907]: there is no pinned Go toolchain for the track '1.99'"
has err "rockcraft.yaml:$(grep -n build-snaps rockcraft.yaml | cut -d: -f1):19"
expect 1 "$ROCKBUILD" pack
has err "error[RB0907]"
sed -i 's|go/1.99/stable|go/1.24/stable|' rockcraft.yaml
expect 0 "$ROCKBUILD" check
lacks err RB0907
