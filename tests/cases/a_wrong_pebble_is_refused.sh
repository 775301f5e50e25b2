project
expect 65 "$ROCKBUILD" pack --pebble /bin/ls
has err "dynamically linked"
echo '#!/bin/sh' >script
expect 65 "$ROCKBUILD" pack --pebble script
has err "script"
expect 66 "$ROCKBUILD" pack --pebble nothing-here
