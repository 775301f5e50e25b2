# A version with `+` is no tag: it becomes one, and the user learns which.
project
"$ROCKBUILD" pack -q >/dev/null
registry
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1.0+git~1" --tag stable
has err "the tag '1.0+git~1' becomes '1.0-git-1'"
has out ":1.0-git-1@sha256:"
expect 0 curl -fsS "http://$registry/v2/hello/tags/list"
has out '["1.0-git-1","stable"]'
