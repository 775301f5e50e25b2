project
sed -i 's/^summary:/sumary:/' rockcraft.yaml
expect 1 env FORCE_COLOR=1 "$ROCKBUILD" check
grep -q $'\x1b' err || fail "FORCE_COLOR gave no colour"
expect 1 env NO_COLOR=1 "$ROCKBUILD" check
! grep -q $'\x1b' err || fail "NO_COLOR gave colour"
