# Other machines only with passwords or read-only; on loopback only by its names; no reading of what is outside.
expect 64 "$ROCKBUILD" registry serve --listen 0.0.0.0:0 --data "$work/registry"
has err 'error[RB1532]'
has err "--htpasswd FILE or --read-only"
expect 64 "$ROCKBUILD" registry serve --listen here --data "$work/registry"
has err 'error[RB1530]'

registry
code() { curl -s -o out -w '%{http_code}' --path-as-is "$@"; }
[ "$(code "http://$registry/v2/")" = 200 ] || fail "/v2/"
[ "$(code -H 'Host: evil.example' "http://$registry/v2/")" = 403 ] || fail "another Host is answered"
[ "$(code "http://$registry/v2/../../etc/blobs/sha256:$(printf '0%.0s' $(seq 64))")" = 400 ] || fail "dots in a name"
[ "$(code "http://$registry/v2/a/manifests/..")" = 404 ] || fail "dots as a tag"
[ "$(code "http://$registry/v2/%2e%2e/tags/list")" = 400 ] || fail "encoded dots"
[ "$(code -X PUT -H 'Content-Type: application/vnd.oci.image.manifest.v1+json' --data '[]' "http://$registry/v2/a/manifests/1")" = 400 ] || fail "no manifest"
has out MANIFEST_INVALID
expect 78 "$ROCKBUILD" registry serve --listen "$registry" --data "$work/other"
has err 'error[RB1530]'
has err "${registry##*:}"
