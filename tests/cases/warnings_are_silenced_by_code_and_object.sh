# A warning is silenced by its code, everywhere or for one object: by an option, a variable or the configuration file.
cat >rockcraft.yaml <<'Y'
name: hello
base: bare
build-base: debian@12
version: "1"
summary: s
description: d
platforms: {amd64: }
services:
  web: {override: replace, command: /bin/web, startup: enabled, after: [nobody]}
  app: {override: replace, command: /bin/app, startup: enabled, after: [nobody]}
parts: {}
Y
said() { "$ROCKBUILD" check --format json "$@" | python3 -c 'import json, sys; print(*[d["code"] + ":" + d.get("object", "") for d in json.load(sys.stdin)["diagnostics"]])'; }
code=$(said | grep -o 'RB06[0-9]*' | head -n 1)
[[ $(said) == "$code:services.web $code:services.app" ]] || fail "without silences: $(said)"
[[ -z $(said --silence "$code") ]] || fail "by its code: $(said --silence "$code")"
[[ $(said --silence "$code:services.web") == "$code:services.app" ]] || fail "of one object"
[[ -z $(said --silence "$code:services.web" --silence "$code:services.app") ]] || fail "of both, told apart"
[[ -z $(ROCKBUILD_SILENCE="$code:services.web, $code:services.app" said) ]] || fail "by the variable"
mkdir -p config/rockbuild
printf 'silence:\n  - %s:services.web\n' "$code" >config/rockbuild/config.yaml
[[ $(XDG_CONFIG_HOME=$PWD/config said) == "$code:services.app" ]] || fail "by the configuration file"
"$ROCKBUILD" check --silence "$code" 2>&1 | grep -q "^warning" && fail "the text says it all the same"

# An object's name may hold blanks and commas.
sed 's/  web:/  "a b, c":/' rockcraft.yaml >odd.yaml
[[ $(said odd.yaml --silence "$code:services.a b, c") == "$code:services.app" ]] || fail "of one with a blank"
printf 'silence:\n  - "%s:services.a b, c"\n  - %s:services.app\n' "$code" "$code" >config/rockbuild/config.yaml
[[ -z $(XDG_CONFIG_HOME=$PWD/config said odd.yaml) ]] || fail "of one with a blank, by the configuration file"

# An error stays, and a code that there isn't is told.
sed -i 's/after: \[nobody\]/requires: [nobody]/' rockcraft.yaml
[[ $(said | wc -w) -ge 2 ]] || fail "errors: $(said)"
[[ $(said --silence "$(said | grep -o 'RB06[0-9]*' | head -n 1)") == "$(said)" ]] || fail "an error was silenced"
for wrong in RB9999 nonsense RB0311:; do
    "$ROCKBUILD" check --silence "$wrong" 2>error && fail "--silence $wrong was taken"
    grep -q "RB1102" error || fail "--silence $wrong: $(cat error)"
done
