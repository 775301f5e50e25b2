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
sleep 1.1
expect 0 "$ROCKBUILD" registry gc --data "$work/registry" --grace 0s --format json
python3 -c 'import json; said = json.load(open("out")); assert said["links"] >= 1 and said["blobs"] >= 1, said' || fail "$(cat out)"
# A blob that no manifest names yet, in a repository into which another is being sent.
printf first >first
sum=$(sha256sum first | cut -d' ' -f1)
curl -fsS -X POST --data-binary @first -H 'Content-Type: application/octet-stream' -o /dev/null "http://$registry/v2/hello/blobs/uploads/?digest=sha256:$sum"
sleep 6.1
upload=$(curl -fsS -X POST -D - -o /dev/null "http://$registry/v2/hello/blobs/uploads/" | sed -n 's/^Location: \([^\r]*\).*/\1/p')
printf half | curl -fsS -X PATCH --data-binary @- "http://$registry$upload"
expect 0 "$ROCKBUILD" registry gc --data "$work/registry" --grace 5s
[ "$(curl -s -o /dev/null -w '%{http_code}' "http://$registry$upload")" = 204 ] || fail "a running upload is gone"
[ "$(curl -sI -o /dev/null -w '%{http_code}' "http://$registry/v2/hello/blobs/sha256:$sum")" = 200 ] || fail "a blob of a push under way is gone"
expect 66 "$ROCKBUILD" registry gc --data "$work/registri"
expect 0 "$ROCKBUILD" registry verify --data "$work/registry"
expect 0 "$ROCKBUILD" pull-image "$registry/hello:2" back.rock
