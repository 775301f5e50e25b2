project
expect 0 "$ROCKBUILD" pack --timings timings.html
for word in 'site:build' 'pebble:prime' '</html>'; do has timings.html "$word"; done
lacks timings.html 'http'
lacks timings.html '<script'
# Of a run that fails, too.
mkdir other
echo other >other/index.html
printf '  other:\n    plugin: dump\n    source: other\n    organize:\n      "*": srv/www/\n' >>rockcraft.yaml
expect 1 "$ROCKBUILD" pack --timings failed.html
has err "RB1030"
has failed.html 'other:build'
# A page that can't be written is told before anything runs.
expect 73 "$ROCKBUILD" pack --timings none/there.html
has err "none/there.html"
lacks err "site:"
