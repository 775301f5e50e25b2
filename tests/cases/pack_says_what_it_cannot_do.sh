# Each of these is refused before anything is made, with what to do.
project
expect 1 "$ROCKBUILD" pack --platform nosuch
has err 'error[RB1204]'
has err "rockcraft.yaml:8:3"
expect 64 env SOURCE_DATE_EPOCH=yesterday "$ROCKBUILD" pack
has err 'error[RB1202]'
has err "'yesterday'"
expect 78 env ROCKBUILD_DATA="$work/nowhere" "$ROCKBUILD" pack
has err 'error[RB1109]'
has err ROCKBUILD_DATA
expect 64 "$ROCKBUILD" pack --progress tty
has err 'error[RB1108]'

# A base must be made, and may not.
sed -i 's/^base: bare/base: debian@12/' rockcraft.yaml
expect 1 "$ROCKBUILD" pack --offline
has err 'error[RB1203]'
has err "debian@12"
sed -i 's/^base: debian@12/base: bare/' rockcraft.yaml

# The user that run-user makes is there already.
mkdir -p users/etc
echo '_daemon_:x:1000:1000::/:/bin/sh' >users/etc/passwd
echo 'run-user: _daemon_' >>rockcraft.yaml
expect 0 "$ROCKBUILD" pack
sed -i 's/^parts:/&\n  users: {plugin: dump, source: users}/' rockcraft.yaml
expect 1 "$ROCKBUILD" pack
has err 'error[RB1210]'
has err /etc/passwd
