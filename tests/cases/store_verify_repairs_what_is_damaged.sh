# A damaged content is named with its path; after the repair a pack gives the same digest.
project
wanted=$(digest)
sum=$(sha256sum site/index.html | cut -c1-64)
blob=store/blobs/${sum:0:2}/${sum:2}
[ -f "$blob" ] || fail "no blob $blob"
chmod u+w "$blob"
echo jello >"$blob"
expect 1 "$ROCKBUILD" store verify
has out "damaged: sha256:$sum"
has out index.html
expect 1 "$ROCKBUILD" store verify --repair
expect 0 "$ROCKBUILD" store verify
[ "$(digest)" = "$wanted" ] || fail "another digest after the repair"
expect 0 "$ROCKBUILD" store verify --format json
