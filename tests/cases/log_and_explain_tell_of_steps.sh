project
expect 64 "$ROCKBUILD" log
has err "RB1145"
expect 0 "$ROCKBUILD" pack
expect 0 "$ROCKBUILD" log
has out "site:build ran"
expect 0 "$ROCKBUILD" log --format json
python3 -c 'import json; assert any(e["type"] == "finished" and e["id"] == "site:prime" for e in map(json.loads, open("out")))'
expect 0 "$ROCKBUILD" explain site:build
has out "will not run"
echo more >site/more.html
echo changed >site/index.html
expect 0 "$ROCKBUILD" explain site:pull
has out "+ more.html"
has out "~ index.html"
expect 0 "$ROCKBUILD" explain site:pull --format json
python3 -c '
import json
step, = json.load(open("out"))["steps"]
assert step["prediction"] == "miss" and step["changes"][0]["items"] == ["~ index.html", "+ more.html"], step'
expect 0 "$ROCKBUILD" explain site:prime
has out "site:build"
expect 64 "$ROCKBUILD" explain site:bild
has err "did you mean 'site:build'"
# The second run is the first one of the log.
expect 0 "$ROCKBUILD" pack
expect 0 "$ROCKBUILD" log --run 2
has out "site:build ran"
expect 64 "$ROCKBUILD" log --run 3
has err "RB1145"
expect 64 "$ROCKBUILD" log --run last
has err "RB1146"
expect 64 "$ROCKBUILD" log other:build
has err "RB1145"
