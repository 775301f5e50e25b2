# kill -9 in the middle of gc leaves a valid store; while somebody has the store open gc names it; two at once.
project
for round in 1 2 3 4 5 6; do
    mkdir -p site/more
    for i in $(seq 200); do echo "$round $i" >"site/more/$i"; done
    wanted=$(digest)
    "$ROCKBUILD" store gc --older-than 0 >/dev/null 2>&1 &
    sleep "0.0$((round * 3 % 10))"
    kill -9 $! 2>/dev/null || true # it may have ended
    wait $! 2>/dev/null || true    # with 137, or 0
    expect 0 "$ROCKBUILD" store verify
    [ "$(digest)" = "$wanted" ] || fail "another digest after kill -9"
done
exec 9<store/use.lock
flock -s 9
expect 75 "$ROCKBUILD" store gc
has err RB0203
expect 0 "$ROCKBUILD" store gc --dry-run
exec 9<&-
"$ROCKBUILD" store gc --older-than 0 >one 2>&1 & one=$!
"$ROCKBUILD" store gc --older-than 0 >two 2>&1 & two=$!
for pid in $one $two; do
    code=0
    wait $pid || code=$?
    [ $code = 0 ] || [ $code = 75 ] || fail "gc beside gc ended with $code: $(cat one two)"
done
[ "$(digest)" = "$wanted" ] || fail "another digest after gc"
