# What can be known of an entrypoint's arguments: whether anything runs the service, and whether Pebble reads the same ones.
project
sed -i "s/^parts:/entrypoint-service: web\nparts:/; s|command: /bin/web|command: \"/bin/web [ --room '#general' ]\"|" rockcraft.yaml
expect 0 "$ROCKBUILD" check
lacks err RB0668
lacks err RB0671
sed -i "s/'#general'/#general/" rockcraft.yaml
expect 0 "$ROCKBUILD" check
has err "warning[RB0671]: the image's default arguments are [--room, #general], where Pebble reads [--room]"
sed -i 's/startup: enabled/startup: disabled/' rockcraft.yaml
expect 0 "$ROCKBUILD" check
has err "warning[RB0668]"
