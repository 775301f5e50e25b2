# Every plugin of the language is listed with its keys; those that pack takes are the ones that are said to be built.
expect 0 "$ROCKBUILD" list-plugins
has out PLUGIN
expect 0 "$ROCKBUILD" list-plugins --format json
mv out plugins.json
python3 - "$ROCKBUILD" <<'PY'
import json, pathlib, subprocess, sys
found = json.load(open("plugins.json"))
assert found["schema"] == "rockbuild.plugins/1", found
keys = {(item["name"], item["bases"]): item["keys"] for item in found["plugins"]}
assert keys[("go", "all")] == ["go-buildtags", "go-generate"], keys
for item in found["plugins"]:
    if item["bases"].startswith("from"):
        continue
    pathlib.Path("rockcraft.yaml").write_text(
        "name: my-rock\nversion: '1'\nsummary: s\ndescription: d\nbase: debian@12\nplatforms: {amd64: }\n"
        f"parts: {{p: {{plugin: {item['name']}, source: .}}}}\n")
    said = json.loads(subprocess.run([sys.argv[1], "check", "--format", "json"], stdout=subprocess.PIPE).stdout)
    refused = [d["code"] for d in said["diagnostics"]]
    assert ("RB0311" not in refused) == item["built"], (item, refused)
PY
