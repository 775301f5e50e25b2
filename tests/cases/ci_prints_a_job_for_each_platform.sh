# A project, and a folder of them in the order of their names; a folder without one is passed over.
project
python3 - <<'P'
import re
text = open("rockcraft.yaml").read()
open("rockcraft.yaml", "w").write(re.sub(r"platforms:\n  \w+:\n", "platforms:\n  amd64:\n  arm64:\n", text))
P
for system in github gitlab; do
    expect 0 "$ROCKBUILD" ci $system
    cp out one
    has out "pack-hello:"
    has out "push-hello:"
    has out "rockbuild pack . --platform"
    lacks out CHARMCRAFT_AUTH
    lacks out publish
    expect 0 "$ROCKBUILD" ci $system
    cmp out one || fail "two runs print two pipelines"
done
expect 0 "$ROCKBUILD" ci github
has out "runner: ubuntu-24.04-arm"
expect 0 "$ROCKBUILD" ci gitlab
has out "RUNNER: saas-linux-small-arm64"

mkdir -p rocks/b rocks/a rocks/empty
mv rockcraft.yaml site rocks/b
sed 's/^name: hello/name: world/' rocks/b/rockcraft.yaml >rocks/a/rockcraft.yaml
expect 0 "$ROCKBUILD" ci github rocks --charm web --resource world=earth
has out "hashFiles('rocks/a/**')"
[ "$(grep -o '^  pack-.*:' out | tr -d '\n')" = "  pack-world:  pack-hello:" ] || fail "not in the order of names: $(grep '^  pack-' out)"
has out "needs: [push-world, push-hello]"
has out "--charm web --resource earth --release"
has out "--charm web --resource hello-image --release"

# The same file, wherever in the repository it is asked for.
cp out wanted
mkdir .git
cd rocks
expect 0 "$ROCKBUILD" ci github . --charm web --resource world=earth
cmp out ../wanted || fail "the folder where it is asked for shows"
