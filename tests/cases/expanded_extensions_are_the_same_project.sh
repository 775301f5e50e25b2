# What `expand-extensions` prints is resolved to the very same project, for every extension, and has no extension.
mkdir app && cd app
mkdir -p hello/hello app static
echo 'flask django fastapi gevent' | tr ' ' '\n' >requirements.txt
echo 'app = application = 1' | tee app.py >hello/hello/wsgi.py
echo 'module hello' >go.mod
echo '{"name": "hello", "scripts": {"start": "node ."}}' >app/package.json
touch pom.xml migrate.sh
for extension in $("$ROCKBUILD" list-extensions | tail -n +2 | cut -d' ' -f1); do
    for base in debian@12 ubuntu@24.04 bare; do
        rm -f rockcraft.yaml
        expect 0 "$ROCKBUILD" init --name hello --profile "$extension" --base $base
        cat >>rockcraft.yaml <<YAML
parts:
  $extension/install-app:
    build-packages:
      - on amd64: [amd64-tool]   # a clause stays one
      - else: [other-tool]
  mine:
    plugin: dump
    source: \$CRAFT_PROJECT_DIR/static
    override-stage: |
      craftctl default
      echo \$CRAFT_ARCH_BUILD_FOR
YAML
        expect 0 "$ROCKBUILD" expand-extensions
        mv out expanded.yaml
        lacks expanded.yaml 'extensions:'
        has expanded.yaml 'on amd64'
        has expanded.yaml '$CRAFT_PROJECT_DIR/static'
        expect 0 "$ROCKBUILD" resolve
        mv out one
        expect 0 "$ROCKBUILD" resolve -f expanded.yaml
        cmp one out || fail "$extension on $base: another project"
    done
done

expect 0 "$ROCKBUILD" list-extensions --format json
python3 - <<'PY'
import json
found = json.load(open("out"))
assert found["schema"] == "rockbuild.extensions/1" and len(found["extensions"]) == 6, found
assert all("debian@12" in item["bases"] and "bare" in item["bases"] for item in found["extensions"])
assert [item["name"] for item in found["extensions"] if item["experimental"]] == ["spring-boot-framework"]
PY

# A mistake of the application is told, and nothing printed.
rm pom.xml
expect 1 "$ROCKBUILD" expand-extensions
has err RB0332
[ ! -s out ] || fail "something on standard output"

# How a text is quoted is no part of a project: what is printed packs to the same rock, as does what says the same.
# (A project of an extension packs with a network only: tests/unit/rockbuild/yaml_text_test.cpp compares its layer.)
cd .. && mkdir packed && cd packed
project
cat >>rockcraft.yaml <<'YAML'
environment: {GREETING: "hello", NUMBER: '1', NOTHING: ""}
checks:
  up: {override: replace, period: '10s', exec: {command: "/bin/true", environment: {A: 'null', B: "1.50"}}}
YAML
sed -i "s|command: /bin/web|command: '/bin/web'|; s|override: replace|override: \"replace\"|" rockcraft.yaml
wanted=$(digest)
[ -n "$wanted" ] || fail "the project doesn't pack"
expect 0 "$ROCKBUILD" expand-extensions
mv out rockcraft.yaml
has rockcraft.yaml 'command: /bin/web'
[ "$(digest)" = "$wanted" ] || fail "what is printed packs to another rock"
