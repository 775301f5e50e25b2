project
expect 10 "$ROCKBUILD" plan
expect 0 "$ROCKBUILD" pack
expect 0 "$ROCKBUILD" plan
expect 0 "$ROCKBUILD" plan --format json
python3 -c 'import json; p = json.load(open("out")); assert {s["prediction"] for s in p["steps"]} == {"hit"}, p'
expect 0 "$ROCKBUILD" pack --offline
has err "0 steps run"
echo changed >site/index.html
expect 10 "$ROCKBUILD" plan
has out "source"
