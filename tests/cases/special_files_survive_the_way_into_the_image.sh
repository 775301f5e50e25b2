[ "$(id -u)" = 0 ] || { echo "needs root"; exit 0; }
project
name=$(printf 'caf\351')
mkdir -p site/empty "site/$(printf 'd%.0s' $(seq 90))/$(printf 'e%.0s' $(seq 90))"
echo long >"site/$(printf 'd%.0s' $(seq 90))/$(printf 'e%.0s' $(seq 90))/$(printf 'f%.0s' $(seq 60))"
echo bytes >"site/$name"
cp /bin/true site/su
chmod 4755 site/su
expect 0 "$ROCKBUILD" pack
umoci raw unpack --help >/dev/null
skopeo copy -q "oci-archive:$(cat out)" oci:layout:x
umoci unpack --image layout:x bundle >/dev/null
www=bundle/rootfs/srv/www
[ -d $www/empty ] && [ "$(stat -c %a $www/su)" = 4755 ] && [ "$(cat "$www/$name")" = bytes ] || fail "$(ls -la $www)"
[ "$(find $www -name 'f*f' | wc -l)" = 1 ] || fail "the long path is gone"
[ "$(stat -c %a bundle/rootfs/var/lib/pebble/default)" = 1777 ] || fail "mode of Pebble's folder"
