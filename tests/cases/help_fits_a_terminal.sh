# All commands there are: the program itself names them.
names() { "$ROCKBUILD" complete commands rockbuild help "$@" | cut -f1; }
for first in "" $(names); do
    for second in "" $([ -z "$first" ] || names "$first"); do
        [ -n "$second" ] || [ -z "$first" ] || [ -z "$(names "$first")" ] || continue
        expect 0 "$ROCKBUILD" help $first $second
        [ "$(awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }' out)" -le 80 ] || fail "help $first $second is too wide"
        [ "$(wc -l <out)" -le 40 ] || fail "help $first $second is too long"
    done
done
