# `adopt-info` leaves the version to a part; where nobody sets one, there is no rock without it, and the error says how.
project
sed -i '/^version:/d' rockcraft.yaml
echo 'adopt-info: site' >>rockcraft.yaml
expect 0 "$ROCKBUILD" check
expect 1 "$ROCKBUILD" pack
has err "error[RB1206]: 'adopt-info' leaves 'version' to the part 'site'"
has err "rockcraft.yaml:19:13"
has err "craftctl set version="
[ -z "$(find . -name '*.rock')" ] || fail "a rock was written"
echo 'version: "1.5"' >>rockcraft.yaml
expect 0 "$ROCKBUILD" pack
has out "hello_1.5_"
