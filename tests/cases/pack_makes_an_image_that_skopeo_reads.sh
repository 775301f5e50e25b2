project
expect 0 "$ROCKBUILD" pack
file=$(cat out)
[ "$file" = "hello_1.0_$(dpkg --print-architecture).rock" ] || fail "named '$file'"
[ "$(skopeo inspect --format '{{.Digest}}' "oci-archive:$file")" = "$(digest)" ] || fail "digests differ"
skopeo inspect --config "oci-archive:$file" >config.json
python3 - <<PY
import json
config = json.load(open("config.json"))["config"]
assert config["Entrypoint"] == ["/usr/bin/pebble", "enter"], config
assert config["Env"][0].startswith("PATH="), config
PY
"$ROCKBUILD" inspect "$file" | python3 -c 'import json,sys; r = json.load(sys.stdin); assert r["schema"] == "rockbuild.inspect/1", r'
