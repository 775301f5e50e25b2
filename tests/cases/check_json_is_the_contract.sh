project
sed -i 's/^summary: /sumary: /' rockcraft.yaml
expect 1 "$ROCKBUILD" check --format json
python3 - <<'PYTHON'
import json
report = json.load(open("out"))
assert report["schema"] == "rockbuild.check/1" and report["valid"] is False and report["file"] == "rockcraft.yaml"
wrong = next(item for item in report["diagnostics"] if "sumary" in item["message"])
assert wrong["severity"] == "error" and wrong["file"] == "rockcraft.yaml"
assert (wrong["line"], wrong["column"], wrong["end_line"], wrong["end_column"]) == (5, 1, 5, 7), wrong
assert wrong["suggestions"] == ["summary"] and wrong["code"].startswith("RB")
PYTHON
[ ! -s err ] || fail "text went to standard error beside the JSON: $(cat err)"
