# What a service needs of the image is looked for in the finished image; each warning has its line, and can be silenced.
project
python3 - <<'PY'
text = open("rockcraft.yaml").read()
begin, end = text.index("services:"), text.index("parts:")
services = """services:
  gone: {override: replace, command: /srv/www/gone, startup: enabled}
  bare: {override: replace, command: nowhere}
  plain: {override: replace, command: /srv/www/index.html}
  script: {override: replace, command: /srv/www/start.sh}
  text: {override: replace, command: /srv/www/text}
  dynamic: {override: replace, command: /srv/www/dynamic}
  library: {override: replace, command: /srv/lib/library}
  user: {override: replace, command: /srv/www/static, user: nobody-here}
  folder: {override: replace, command: /srv/www/static, working-dir: /srv/none}
  good: {override: replace, command: /srv/www/static -v, working-dir: /srv/www, user-id: 1000, group-id: 1000}
checks:
  up: {override: replace, exec: {command: /srv/www/check, service-context: good}}
"""
open("rockcraft.yaml", "w").write(text[:begin] + services + text[end:])
PY
printf '#!/bin/bash\nexit\n' >site/start.sh
echo words >site/text
echo 'int main(void) { return 0; }' >program.c
cc -o site/dynamic program.c
cc -static -o site/static program.c
chmod 755 site/*
chmod 644 site/index.html
# One with a loader and without its library.
mkdir -p root/lib64 root/srv/lib
cp /lib64/ld-linux-x86-64.so.2 root/lib64/ 2>/dev/null || { echo "a case for amd64"; exit 0; }
cp site/dynamic root/srv/lib/library
sed -i 's/dynamic: {override: replace, command: \/srv\/www\/dynamic}/dynamic: {override: replace, command: \/srv\/www\/arm}/' rockcraft.yaml
python3 - <<'PY'
data = bytearray(open("site/static", "rb").read())
data[18:20] = (183).to_bytes(2, "little")  # EM_AARCH64
open("site/arm", "wb").write(data)
PY
chmod 755 site/arm
cat >>rockcraft.yaml <<'Y'
  root:
    plugin: dump
    source: root
Y
expect 0 "$ROCKBUILD" pack
cp err warnings
warned() { # CODE LINE-OF TEXT
    local line
    line=$(grep -n "$2" rockcraft.yaml | head -n 1 | cut -d: -f1)
    grep -A 1 -F "warning[$1]" warnings | grep -qF "rockcraft.yaml:$line:" || { cat warnings >&2; fail "no $1 at line $line ($2)"; }
}
warned RB0661 "  gone:"
warned RB0661 "  bare:"
warned RB0662 "  plain:"
warned RB0663 "  script:"
warned RB0664 "  text:"
warned RB0664 "  dynamic:"
warned RB0665 "  library:"
warned RB0650 "  user:"
warned RB0666 "  folder:"
warned RB0661 "  up:"
[ "$(grep -c '^warning\[RB06[56]' warnings)" = 10 ] || { cat warnings >&2; fail "others were warned of"; }

# Packed again, nothing runs and the same is said; silenced, it isn't.
expect 0 "$ROCKBUILD" pack
[ "$(grep -c '^warning\[RB06[56]' err)" = 10 ] || fail "the second time: $(cat err)"
expect 0 "$ROCKBUILD" pack --silence RB0661:services.gone --silence RB0664
[ "$(grep -c '^warning\[RB06[56]' err)" = 7 ] || fail "silenced: $(cat err)"
expect 0 "$ROCKBUILD" pack --progress json
python3 - <<'PY'
import json
found = [json.loads(line) for line in open("err") if line.startswith("{")]
found = [event["diagnostic"] for event in found if event["type"] == "finding"]
assert {"RB0650", "RB0665"} <= {item["code"] for item in found}, found
assert "services.user" in {item.get("object") for item in found}, found
PY
