mkdir -p config/rockbuild
echo 'mirror: http://mirror.example.org/debian' >config/rockbuild/config.yaml
expect 0 "$ROCKBUILD" config
has out "http://mirror.example.org/debian"
has out "config.yaml:1"
expect 0 env ROCKBUILD_DEBIAN_MIRROR=http://other.example.org/debian "$ROCKBUILD" config
has out "ROCKBUILD_DEBIAN_MIRROR"
# A setting that there isn't, at its line.
echo 'miror: http://mirror.example.org/debian' >config/rockbuild/config.yaml
expect 65 "$ROCKBUILD" config
has err 'error[RB1105]'
has err "config.yaml:1:1"
has err "did you mean 'mirror'"
