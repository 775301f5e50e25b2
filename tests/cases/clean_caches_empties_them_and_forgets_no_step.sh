project
expect 0 "$ROCKBUILD" pack
mkdir -p "$ROCKBUILD_CACHE/caches/root/go/mod"
echo module >"$ROCKBUILD_CACHE/caches/root/go/mod/a"
expect 0 "$ROCKBUILD" clean --caches
has err 'the caches of tools are empty'
[ ! -e "$ROCKBUILD_CACHE/caches" ]
expect 0 "$ROCKBUILD" plan
expect 64 "$ROCKBUILD" clean --caches site
has err 'error[RB1104]'
