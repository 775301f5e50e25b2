# One line on standard output, whatever the profile; the file is good, and a second time nothing is touched.
expect 0 "$ROCKBUILD" init hello
[ "$(cat out)" = "Successfully initialised project." ] || fail "not that line: $(cat out)"
has err "rockbuild pack hello"
has hello/rockcraft.yaml "name: hello"
has hello/rockcraft.yaml "base: debian@12"
has hello/rockcraft.yaml "  $(dpkg --print-architecture):"
expect 0 "$ROCKBUILD" check hello

expect 73 "$ROCKBUILD" init hello
has err RB1133
has err "hello/rockcraft.yaml' is there"
[ ! -s out ] || fail "something on standard output"

# A folder's name is told as the shell takes it; a file can't be one.
expect 0 "$ROCKBUILD" init "a b"
has err "rockbuild check 'a b'"
touch taken
expect 73 "$ROCKBUILD" init taken
has err RB1133

# Here, in a folder that can't name a rock, as a repository.
mkdir 'My Rock'
cd 'My Rock'
expect 0 "$ROCKBUILD" init --profile test --vcs git
has rockcraft.yaml "name: my-rock-name"
[ -x spread/.extension ] || fail "spread/.extension can't be run"
bash -n spread/.extension
shellcheck spread/.extension
git status --porcelain --ignored >status
has status .gitignore
touch x.rock
git status --porcelain --ignored >status
has status '!! x.rock'
expect 0 "$ROCKBUILD" check
# Within a repository no other is made.
expect 0 "$ROCKBUILD" init inner --vcs git
[ ! -e inner/.git ] && [ ! -e inner/.gitignore ] || fail "a repository within a repository"
cd ..

expect 64 "$ROCKBUILD" init other --name Not_A_Name
has err RB1131
expect 64 "$ROCKBUILD" init other --profile go-framework --base ubuntu@22.04
has err RB1132
expect 64 "$ROCKBUILD" init other --profile php
[ ! -e other ] || fail "something was written"

# A bare rock of a dump packs without any base.
expect 0 "$ROCKBUILD" init bare --base bare
expect 0 "$ROCKBUILD" pack bare
has out bare_0.1_
