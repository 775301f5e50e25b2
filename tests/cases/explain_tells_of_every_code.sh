for word in RB0310 rb0310 0310; do
    expect 0 "$ROCKBUILD" explain $word
    has out "RB0310: "
    has out "After:"
done
expect 0 "$ROCKBUILD" explain RB0310 --format json
python3 - <<PY
import json
page = json.load(open("out"))
assert page["schema"] == "rockbuild.explain/1" and page["code"] == "RB0310", page
assert all(page[key].strip() for key in ("title", "what", "why", "before", "after")), page
assert not page["before"].startswith(" ") and not page["after"].startswith("#"), page
PY
expect 64 "$ROCKBUILD" explain RB310
has err 'error[RB1120]'
has err "did you mean 'RB0310'?"

# An error of a run points to its page; one that only speaks of the command line, or a quiet run, does not.
project
echo 'colour: red' >>rockcraft.yaml
expect 1 "$ROCKBUILD" check
has err '`rockbuild explain RB0310` says more'
expect 1 "$ROCKBUILD" check -q
lacks err 'says more'
expect 64 "$ROCKBUILD" pakc
lacks err 'says more'
expect 66 "$ROCKBUILD" pack nowhere
has err '`rockbuild explain RB1106` says more'
