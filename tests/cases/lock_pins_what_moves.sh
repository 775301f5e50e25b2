# A branch that moves: the locked commit is what is packed, also with an empty store; a project that asks for something
# else is told, and refused with --locked; `--update NAME` takes the new commit, of that part alone.
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_NOSYSTEM=1
commit() { (cd "$1.git" && echo "$2" >"$1" && git add . && git commit -q -m "$2"); }
for name in app lib; do git init -q -b main $name.git; commit $name one; git -C $name.git tag v1; done
# Not within the folder: what `expect` writes would be part of a source.
rb() { env -C project "$ROCKBUILD" "$@"; }
mkdir project
cat >project/rockcraft.yaml <<YAML
name: moving
base: bare
build-base: debian@12
version: "1.0"
summary: Branches that move
description: Branches that move.
platforms: {$(dpkg --print-architecture): }
parts:
  app: {plugin: dump, source: file://$work/app.git, source-type: git, source-branch: main}
  lib: {plugin: dump, source: file://$work/lib.git, source-type: git}
  here: {plugin: dump, source: ., organize: {"*": here/}}
YAML
packed() { rm -rf image && mkdir image && tar -xf project/moving_1.0_*.rock -C image
    for layer in image/blobs/sha256/*; do tar -xOf "$layer" "$1" 2>/dev/null || true; done; rm -rf image; }

expect 1 rb pack --locked
has err 'error[RB1091]'
expect 0 rb pack
expect 0 rb lock
[ ! -s out ] || fail "lock prints: $(cat out)"
python3 - <<'PYTHON'
import json
lock = json.load(open("project/rockcraft.lock"))
assert lock["schema"] == "rockbuild.lock/1", lock
assert [entry["kind"] for entry in lock["entries"]] == ["git", "git", "pebble"], lock
assert [entry["uses"][0]["parts"] for entry in lock["entries"]] == [["app"], ["lib"], []], lock
assert [tag["name"] for tag in lock["entries"][0]["tags"]] == ["v1"], lock
PYTHON
# The same values, the same keys: nothing runs, though a part's source is the project's folder.
expect 0 rb plan --locked
expect 0 rb pack --locked
has err '0 steps run'
cp project/rockcraft.lock kept
expect 0 rb lock
cmp project/rockcraft.lock kept

commit app two
commit lib two
export ROCKBUILD_CACHE=$work/other-store
expect 10 rb plan --locked
lacks out unresolved
expect 0 rb pack --locked
[ "$(packed app)" = one ] && [ "$(packed lib)" = one ] || fail "the locked commits aren't what was packed"
expect 64 rb pack --locked --refresh
expect 0 rb pack --refresh
[ "$(packed app)" = one ] || fail "--refresh won over the lock"

expect 64 rb lock app
expect 64 rb lock --update appp
has err 'error[RB1093]'
has err "did you mean 'app'"
expect 0 rb lock --update app
expect 0 rb pack --locked
[ "$(packed app)" = two ] && [ "$(packed lib)" = one ] || fail "not just app was taken anew"

git -C app.git branch next HEAD^
sed -i 's/source-branch: main/source-branch: next/' project/rockcraft.yaml
expect 1 rb pack --locked
has err 'error[RB1092]'
has err 'rockcraft.yaml:9:'
has err "branch: 'main' is locked, 'next' is asked for"
has err 'rockcraft.lock:'
has err '`rockbuild lock`'
ROCKBUILD_LOCKED=1 expect 1 rb pull app
has err 'error[RB1092]'
expect 0 rb pack
has err 'warning[RB1092]'
[ "$(packed app)" = one ] || fail "what isn't locked was not resolved"
expect 0 rb lock
expect 0 rb pack --locked
has err '0 steps run'
lacks err RB1092
expect 0 rb lock --update
expect 0 rb pack --locked
[ "$(packed lib)" = two ] || fail "not all was taken anew"

# A tag that is younger than the commit, which this store has long had: it is fetched before it is missed.
git -C app.git tag -a -m late late HEAD^
ROCKBUILD_CACHE=$work/third-store expect 0 rb lock --update app
expect 0 rb pack --locked
# What the file itself names counts more than the lock.
sed -i "s/source-branch: next/source-commit: $(git -C app.git rev-parse HEAD)/" project/rockcraft.yaml
expect 0 rb lock
cp project/rockcraft.lock kept
sed -i "/\"kind\": \"git\"/,/\"uses\"/s/\"value\": {\"commit\": \"[0-9a-f]*\"/\"value\": {\"commit\": \"$(git -C app.git rev-parse HEAD^)\"/" project/rockcraft.lock
! cmp -s project/rockcraft.lock kept || fail "the lock wasn't changed"
expect 1 rb pack
has err 'error[RB1092]'
sed -i "s/source-commit: [0-9a-f]*/source-branch: next/" project/rockcraft.yaml
expect 0 rb lock

# Gone for good; nothing else is taken instead.
cp project/rockcraft.lock kept
sed -i "/app.git/,/commit/s/\"commit\": \"[0-9a-f]\{40\}\"/\"commit\": \"$(printf '%040d' 7)\"/" project/rockcraft.lock
expect 1 rb pack
has err 'error[RB1094]'
has err 'rockcraft.yaml:9:'
has err '`rockbuild lock --update app`'
# Broken by a merge.
sed '5i <<<<<<< ours' kept >project/rockcraft.lock
expect 65 rb pack
has err 'error[RB1090]'
has err 'rockcraft.lock:5:'
expect 65 rb lock
cp kept project/rockcraft.lock
expect 0 rb lock --offline
# Two at once, and one that is killed: what stands there is whole.
for _ in 1 2 3; do env -C project "$ROCKBUILD" lock --update >/dev/null 2>&1 & done
sleep 0.1
kill -9 $! 2>/dev/null || true # it may have ended
wait
expect 0 rb pack --locked
has err '0 steps run'
