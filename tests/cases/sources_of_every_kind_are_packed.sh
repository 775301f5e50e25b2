# A rock of a repository, archives and a file of the project's folder; a second run asks nobody, and a hostile archive is
# refused with its member and its line.
export GIT_AUTHOR_NAME=a GIT_AUTHOR_EMAIL=a@b GIT_COMMITTER_NAME=a GIT_COMMITTER_EMAIL=a@b GIT_CONFIG_NOSYSTEM=1
git init -q -b main repository.git
(cd repository.git && mkdir server && echo served >server/page && git add . && git commit -q -m first && git tag v1)
mkdir -p app-1.0/bin && echo run >app-1.0/bin/run && tar -cJf app.tar.xz app-1.0
(cd app-1.0 && zip -q ../app.zip bin/run)
cat >rockcraft.yaml <<YAML
name: sources
base: bare
build-base: debian@12
version: "1.0"
summary: Files of many sources
description: Files of many sources.
platforms: {$(dpkg --print-architecture): }
parts:
  git: {plugin: dump, source: repository.git, source-tag: v1, source-subdir: server, organize: {"*": git/}}
  tar: {plugin: dump, source: app.tar.xz, source-checksum: sha256/$(sha256sum app.tar.xz | cut -d' ' -f1), organize: {"*": tar/}}
  zip: {plugin: dump, source: app.zip, organize: {"*": zip/}}
  one: {plugin: dump, source: app-1.0/bin/run, source-type: file, organize: {"*": one/}}
YAML
expect 0 "$ROCKBUILD" pack
mkdir image && tar -xf sources_1.0_*.rock -C image
for layer in image/blobs/sha256/*; do tar -tf "$layer" 2>/dev/null || true; done | sort -u >files
for file in git/page tar/bin/run zip/bin/run one/run; do has files "$file"; done
lacks files .git

mv repository.git gone
expect 0 "$ROCKBUILD" plan
expect 0 "$ROCKBUILD" pack --offline
expect 1 "$ROCKBUILD" pack --refresh
has err 'error[RB1074]'
has err 'rockcraft.yaml:9:'
mv gone repository.git

echo x >evil && tar -cf evil.tar --transform 's,^,../,' -P evil && cp evil.tar app.tar.xz
expect 1 "$ROCKBUILD" pack
has err 'error[RB1072]'
has err 'rockcraft.yaml:10:'
has err 'obtained sha256/'
sed -i 's/ source-checksum: [^,]*,//' rockcraft.yaml
expect 65 "$ROCKBUILD" pack
has err 'error[RB1078]'
has err "'../evil'"
has err 'rockcraft.yaml:10:'
