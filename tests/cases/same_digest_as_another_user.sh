[ "$(id -u)" = 0 ] || { echo "needs root to be another user"; exit 0; }
user="setpriv --reuid 23456 --regid 23456 --clear-groups env HOME=$work/home ROCKBUILD_CACHE=$work/home/store"
if ! $user unshare --user true 2>/dev/null; then
    echo "no user namespaces for ordinary users here"
    exit 0
fi
project
mine=$(digest)
mkdir home elsewhere
cp -r rockcraft.yaml site elsewhere
chown -R 23456:23456 "$work"
theirs=$($user "$ROCKBUILD" pack elsewhere -o home --format json 2>err | python3 -c 'import json,sys; print(json.load(sys.stdin)[0]["digest"])') || { cat err >&2; fail "the user can't pack"; }
[ -n "$mine" ] && [ "$mine" = "$theirs" ] || fail "root: $mine, user: $theirs"
