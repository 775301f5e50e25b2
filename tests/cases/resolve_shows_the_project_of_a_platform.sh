cat >rockcraft.yaml <<'YAML'
name: shown
version: 1.10
summary: s
description: d
license: mit
base: ubuntu:22.04
platforms:
  server:
    build_on: [amd64, arm64]
    build_for: arm64
  amd64:
run_user: _daemon_
parts:
  z:
    plugin: go
    source: https://example.org/z.git
    source-tag: $CRAFT_PROJECT_VERSION
    stage-packages:
      - on amd64 to arm64: [libc6:arm64]
      - else: [libc6]
  a:
    plugin: nil
    after: [z]
    override-build: |
      cp $CRAFT_STAGE/x "$CRAFT_PROJECT_DIR/$CRAFT_ARCH_BUILD_FOR" -j$CRAFT_PARALLEL_BUILD_COUNT
environment: {A: "<<", "<<": "x", B: "=", C: "0777", D: "a\u2028b"}
checks:
  up: {override: replace, threshold: "3", http: {url: HTTP://LocalHost:80}}
YAML
resolved() { # PLATFORM PYTHON: what must be true of `report` and its `project`
    expect 0 "$ROCKBUILD" resolve --platform "$1"
    python3 - "$2" <<'PY'
import json, sys
report = json.load(open("out"))
project, parts = report["project"], report["project"]["parts"]
assert report["schema"] == "rockbuild.resolve/1", report
assert eval(sys.argv[1]), json.dumps(report, indent=1)
PY
}
resolved server 'report["platform"] == "server" and report["build_for"] == "arm64"'
resolved server 'report["part_order"] == ["z", "a"]'
resolved server 'project["version"] == "1.1" and project["license"] == "MIT" and project["title"] == "shown"'
resolved server 'project["base"] == project["build-base"] == "ubuntu@22.04" and project["run-user"] == "_daemon_"'
resolved server 'project["platforms"]["server"] == {"build-on": ["amd64", "arm64"], "build-for": ["arm64"]}'
resolved server 'parts["a"]["override-build"] == "cp /root/stage/x \"/root/project/arm64\" -j$CRAFT_PARALLEL_BUILD_COUNT\n"'
resolved amd64 'parts["z"]["stage-packages"] == ["libc6"] and parts["z"]["source-tag"] == "1.1"'
resolved amd64 'project["checks"]["up"] == {"override": "replace", "threshold": 3, "http": {"url": "http://localhost:80/"}}'
if [ "$(dpkg --print-architecture)" = amd64 ]; then
    resolved server 'report["build_on"] == "amd64" and parts["z"]["stage-packages"] == ["libc6:arm64"]'
fi

# As YAML it is the project alone, and reads as the same again.
expect 0 "$ROCKBUILD" resolve --platform amd64
cp out first.json
expect 0 "$ROCKBUILD" resolve --platform amd64 --format yaml
cp out rockcraft.yaml
expect 0 "$ROCKBUILD" resolve --platform amd64
cmp out first.json || fail "the YAML is another project"

expect 1 "$ROCKBUILD" resolve --platform servr
has err 'error[RB1107]'
has err "did you mean 'server'?"
