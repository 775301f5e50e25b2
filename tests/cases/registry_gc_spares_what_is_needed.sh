# A deleted image's blobs go, another's that shares some keeps them; fresh blobs of a push under way are spared.
project
"$ROCKBUILD" pack -q >/dev/null
registry
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1"
first=$(sed 's/.*@//' out)
echo more >site/more.html
"$ROCKBUILD" pack -q >/dev/null
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:2"
curl -fsS -X DELETE "http://$registry/v2/hello/manifests/$first" || fail "the image can't be deleted"
expect 0 "$ROCKBUILD" registry gc --data "$work/registry"
has out ", 0 of repositories"
upload=$(curl -fsS -X POST -D - -o /dev/null "http://$registry/v2/hello/blobs/uploads/" | sed -n 's/^Location: \([^\r]*\).*/\1/p')
printf half | curl -fsS -X PATCH --data-binary @- "http://$registry$upload"
expect 0 "$ROCKBUILD" registry gc --data "$work/registry" --grace 0s --format json
python3 -c 'import json; said = json.load(open("out")); assert said["blobs"] >= 2 and said["uploads"] == 0, said' || fail "$(cat out)"
[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$registry$upload")" = 204 ] || fail "a running upload is gone"
expect 0 "$ROCKBUILD" registry verify --data "$work/registry"
expect 0 "$ROCKBUILD" pull-image "$registry/hello:2" back.rock
