# Layers that parts bring are read together with the rock's own, which is numbered after them.
project
mkdir -p "site/layers/005-extra.d"
cat >site/layers/003-first.yaml <<'Y'
services:
  web: {override: merge, environment: {FROM: first}}
  helper: {override: replace, command: /srv/www/web}
Y
cat >site/layers/005-extra.d/001-inner.yaml <<'Y'
checks:
  up: {override: replace, tcp: {port: 80}}
Y
echo 'int main(void) { return 0; }' >program.c
cc -static -o site/web program.c
sed -i 's#command: /bin/web#command: /srv/www/web#; s#override: replace#override: merge#; s#"\*": srv/www/#layers: var/lib/pebble/default/layers\n      web: srv/www/web#' rockcraft.yaml
expect 0 "$ROCKBUILD" pack
lacks err "warning["
"$ROCKBUILD" inspect "$(cat out)" >report
python3 - <<'PY'
import json
pebble = json.load(open("report"))["pebble"]
plan = pebble["plan"]
assert plan["services"]["web"]["environment"] == {"FROM": "first"}, plan
assert plan["services"]["web"]["startup"] == "enabled", plan
assert plan["services"]["helper"]["command"] == "/srv/www/web", plan
assert plan["checks"]["up"]["tcp"] == {"port": 80}, plan
assert pebble["layers"][-1]["path"].endswith("/006-rockcraft-hello.yaml"), pebble["layers"]
PY

# A directory that Pebble would refuse fails the pack, each mistake with its layer and line; no rock is written.
rm -- *.rock
cat >site/layers/003-first.yaml <<'Y'
services:
  web: {override: merge, kill-delay: 5}
  helper: {override: replace, command: "'/srv/www/web"}
Y
expect 1 "$ROCKBUILD" pack
has err "image:/var/lib/pebble/default/layers/003-first.yaml:2:38"
has err "003-first.yaml:3:40"
[ -z "$(find . -name '*.rock')" ] || fail "a rock was written"
rm site/layers/003-first.yaml
mkdir site/layers/005-extra.d/002-deep.d
touch site/layers/005-extra.d/002-deep.d/keep "site/layers/1-bad.yaml"
expect 1 "$ROCKBUILD" pack
has err "002-deep.d"
has err "1-bad.yaml"
