project
sed -i 's/^summary:/sumary:/; s/plugin: dump/plugin: dmup/' rockcraft.yaml
expect 1 "$ROCKBUILD" check
has err "rockcraft.yaml:5:1"
has err "did you mean 'summary'"
has err "did you mean 'dump'"
has err "^"
expect 1 "$ROCKBUILD" check --format json
python3 - <<PY
import json
report = json.load(open("out"))
assert report["schema"] == "rockbuild.check/1" and report["valid"] is False
assert {5, 16} <= {item["line"] for item in report["diagnostics"]}, report
PY
