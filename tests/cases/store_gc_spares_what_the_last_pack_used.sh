# After a change and a gc an unchanged plan has only hits, the pack the same digest; a vanished project's things go.
expect 66 "$ROCKBUILD" store du
has err RB1141
project
project other
first=$(digest)
digest other >/dev/null
echo more >site/more.html
wanted=$(digest)
[ "$first" != "$wanted" ] || fail "the change changed nothing"
rm -r other
expect 0 "$ROCKBUILD" store gc --older-than 0 --dry-run --format json
python3 -c 'import json; said = json.load(open("out")); assert said["dry_run"] and said["results"] > 0 and not said["unknown_notes"], said' || fail "$(cat out)"
expect 0 "$ROCKBUILD" store gc --older-than 0
has out "freed "
expect 0 "$ROCKBUILD" plan
[ "$(digest)" = "$wanted" ] || fail "another digest after gc"
expect 0 "$ROCKBUILD" store verify
has out "all is well"
# The results of the run before were kept, to say what changed since; that run is no longer the last but one.
expect 0 "$ROCKBUILD" store gc --older-than 0
expect 0 "$ROCKBUILD" store gc --older-than 0 --format json
python3 -c 'import json; said = json.load(open("out")); assert said["results"] == 0, said' || fail "$(cat out)"
expect 0 "$ROCKBUILD" store du --format json
python3 -c 'import json; said = json.load(open("out")); assert said["schema"] == "rockbuild.store-du/1" and said["bytes"] > 0, said' || fail "$(cat out)"
expect 64 "$ROCKBUILD" store gc --older-than soon
