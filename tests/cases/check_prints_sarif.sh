project
sed -i 's/^summary:/sumary:/; s/^version:.*/version: 1.10/' rockcraft.yaml
expect 1 "$ROCKBUILD" check --format sarif
python3 - <<'PY'
import json
log = json.load(open("out"))
assert log["version"] == "2.1.0" and log["$schema"].endswith("sarif-2.1.0.json")
(run,) = log["runs"]
assert run["tool"]["driver"]["name"] == "rockbuild" and run["columnKind"] == "unicodeCodePoints"
assert {rule["id"] for rule in run["tool"]["driver"]["rules"]} == {item["ruleId"] for item in run["results"]}
error, warning = sorted(run["results"], key=lambda item: item["level"])
place = error["locations"][0]["physicalLocation"]
assert error["ruleId"] == "RB0310" and place["artifactLocation"]["uri"] == "rockcraft.yaml", error
assert place["region"] == {"startLine": 5, "startColumn": 1, "endLine": 5, "endColumn": 7}, place
(change,) = error["fixes"][0]["artifactChanges"]
assert change["replacements"][0]["insertedContent"]["text"] == "summary", change
assert warning["ruleId"] == "RB0317" and warning["level"] == "warning", warning
PY
