project
head -c 30000000 /dev/urandom >site/big
wanted=$(ROCKBUILD_CACHE=$PWD/whole digest)
for delay in 0.01 0.03 0.06 0.1 0.2 0.4; do
    "$ROCKBUILD" pack >/dev/null 2>&1 &
    sleep $delay
    kill -9 $! 2>/dev/null || true # it may have ended
    wait $! 2>/dev/null || true    # with 137, or 0
    rm -f ./*.rock
done
[ "$(digest)" = "$wanted" ] || fail "another digest after kill -9"
[ -z "$(ls ./*.rock.* 2>/dev/null)" ] || fail "something is left beside the rock"
