# The folder of rockbuild's data files is a source wherever it lies: what was built from it once is known in another
# place, and another content is built anew. No other folder outside of the project is one.
data=${case%/tests/*}/data
cp -r "$data" first
cp -r "$data" second
write() {
    cat >rockcraft.yaml <<YAML
name: hello
version: "1.0"
summary: s
description: d
base: bare
build-base: debian@12
platforms: {$(dpkg --print-architecture): }
parts:
  config-files: {plugin: dump, source: $1}
YAML
}
write "$PWD/first/extensions/flask-framework"
expect 0 env ROCKBUILD_DATA="$PWD/first" "$ROCKBUILD" pack
write "$PWD/second/extensions/flask-framework"
expect 0 env ROCKBUILD_DATA="$PWD/second" "$ROCKBUILD" plan
echo '# more' >>second/extensions/flask-framework/gunicorn.conf.py
expect 10 env ROCKBUILD_DATA="$PWD/second" "$ROCKBUILD" plan
expect 1 env ROCKBUILD_DATA="$PWD/first" "$ROCKBUILD" pack
has err RB0311
