[ "$(id -u)" = 0 ] || { echo "needs root to mount a small file system"; exit 0; }
project
head -c 8000000 /dev/urandom >site/big
mkdir small
mount -t tmpfs -o size=12m none small
trap 'umount small' RETURN
code=0
ROCKBUILD_CACHE=$PWD/small/store "$ROCKBUILD" pack -o small >out 2>err || code=$?
[ $code -ne 0 ] || fail "it fitted"
has err "no space left"
rm site/big
ROCKBUILD_CACHE=$PWD/small/store "$ROCKBUILD" pack >out 2>err || { cat err >&2; umount small; fail "the store is not good after a full disk"; }
umount small
trap - RETURN
