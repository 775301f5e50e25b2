. "$(dirname "$case")/shells.bash"
project
project other
sed -i 's/^parts:/&\n  pages:\n    plugin: nil/; s/^platforms:/&\n  big:\n    build-on: [amd64]\n    build-for: s390x/' other/rockcraft.yaml
cp -r other broken
printf '  late:\n    source: [never closed\n    plugin: nil\n' >>broken/rockcraft.yaml
arch=$(dpkg --print-architecture)
for shell in bash zsh fish; do
    offers $shell "rockbuild clean "
    [ "$(cat out)" = site ] || fail "$shell offers $(cat out), not the part"
    offers $shell "rockbuild clean site "
    [ ! -s out ] || fail "$shell offers a part again"
    for spelling in "--platform " "--platform="; do
        offers $shell "rockbuild pack $spelling"
        has out "$arch"
        lacks out big
        for line in "pack other" "plan -qf other/rockcraft.yaml" "pack --file=other/rockcraft.yaml" "pack broken" "pack ~/other"; do
            offers $shell "rockbuild $line $spelling"
            has out big
        done
    done
    offers $shell "rockbuild pack --build-for s"
    has out s390x
    (cd broken && offers $shell "rockbuild clean " && grep -x late out && grep -x pages out) >/dev/null || fail "$shell: a broken project has no parts"
    rm broken/out broken/err
    (mkdir -p empty && cd empty && offers $shell "rockbuild clean " && [ ! -s out ]) || fail "$shell: there is no project"
done
