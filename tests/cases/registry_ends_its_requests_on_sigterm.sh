# SIGTERM: a request under way is finished, the exit code is 0; an upload goes on after a restart.
registry
head -c 3000000 /dev/zero >blob
sum=$(sha256sum blob | cut -d' ' -f1)
upload=$(curl -fsS -X POST -D - -o /dev/null "http://$registry/v2/a/blobs/uploads/" | sed -n 's/^Location: \([^\r]*\).*/\1/p')
head -c 1000000 blob | curl -fsS -X PATCH -H 'Content-Range: 0-999999' --data-binary @- "http://$registry$upload"
tail -c +1000001 blob | curl -fsS --limit-rate 1M -X PATCH -H 'Content-Range: 1000000-2999999' --data-binary @- -D answer -o /dev/null "http://$registry$upload" & client=$!
sleep 0.6
kill -TERM "$server"
code=0
wait "$server" || code=$?
[ "$code" = 0 ] || fail "it ended with $code"
wait $client || fail "the request under way was cut"
has answer "202"
registry
expect 0 curl -fsS -X PUT -D - "http://$registry$upload?digest=sha256:$sum"
has out "201"
expect 0 curl -fsS "http://$registry/v2/a/blobs/sha256:$sum" -o back
cmp blob back
