# `check --layers` folds a folder of layers: all mistakes with their lines, or the plan.
mkdir -p pebble/layers/002-more.d
printf 'services:\n  web: {override: replace, command: /bin/web, startup: enabled}\n' >pebble/layers/001-web.yaml
printf 'services:\n  web: {override: merge, kill-delay: 90s}\n' >pebble/layers/002-more.d/001-slow.yaml
expect 0 "$ROCKBUILD" check --layers pebble --format json
python3 - <<'PYTHON'
import json
report = json.load(open("out"))
assert report["schema"] == "rockbuild.check/1" and report["valid"] is True and report["file"] == "pebble/layers", report
assert report["plan"] == {"services": {"web": {"startup": "enabled", "override": "replace", "command": "/bin/web",
                                               "kill-delay": "1m30s"}}}, report["plan"]
assert report["layers"] == [
    {"path": "pebble/layers/001-web.yaml", "order": 1000, "label": "web"},
    {"path": "pebble/layers/002-more.d/001-slow.yaml", "order": 2001, "label": "more/slow"}], report["layers"]
assert report["diagnostics"] == []
PYTHON
printf 'services:\n  web: {override: merge, kill-delay: 90, comand: x}\n' >pebble/layers/002-more.d/001-slow.yaml
touch pebble/layers/3-bad.yaml
expect 1 "$ROCKBUILD" check --layers pebble/layers
has err "RB0602"
has err "pebble/layers/002-more.d/001-slow.yaml:2:38"
has err "RB0310"
has err "did you mean 'command'"
expect 1 "$ROCKBUILD" check --layers pebble --format json
python3 -c 'import json; report = json.load(open("out")); assert report["plan"] is None and not report["valid"], report'
expect 1 "$ROCKBUILD" check --layers pebble --format sarif
has out '"ruleId": "RB0610"'
expect 66 "$ROCKBUILD" check --layers nowhere
has err "RB1106"
expect 64 "$ROCKBUILD" check --layers pebble .
has err "RB1104"
mkdir empty
expect 0 "$ROCKBUILD" check --layers empty

# Text says what JSON says, also of what is no file: a folder where a layer should be.
mkdir -p odd/002-abc.d/001-def.d
expect 1 "$ROCKBUILD" check --layers odd
has err "error[RB0604]"
has err "001-def.d"

# Pebble looks at `layers` whatever it is, and refuses what is no folder; a link to nothing is none.
mkdir wrong
touch wrong/layers
expect 1 "$ROCKBUILD" check --layers wrong
has err "RB0606"
ln -sf layers wrong/layers
expect 1 "$ROCKBUILD" check --layers wrong
has err "RB0606"
ln -sf nowhere wrong/layers
expect 0 "$ROCKBUILD" check --layers wrong
