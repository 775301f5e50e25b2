# A bare image has no PATH of its own: a bare name is warned of until `environment` gives one.
project
echo 'int main(void) { return 0; }' >program.c
cc -static -o site/web program.c
sed -i 's#command: /bin/web#command: web#' rockcraft.yaml
expect 0 "$ROCKBUILD" pack
if grep -q 'warning\[RB0667\]' err; then
    sed -i 's#^parts:#environment: {PATH: "/usr/bin:/srv/www"}\nparts:#' rockcraft.yaml
else
    has err "warning[RB0661]" # the base's own PATH doesn't lead there
    sed -i 's#^parts:#environment: {PATH: "/usr/bin:/srv/www"}\nparts:#' rockcraft.yaml
fi
expect 0 "$ROCKBUILD" pack
lacks err "warning["
