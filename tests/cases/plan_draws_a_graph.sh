project
expect 10 "$ROCKBUILD" plan --format dot
has out 'digraph plan {'
has out '"'"$(dpkg --print-architecture)"' site:build" -> "'"$(dpkg --print-architecture)"' site:stage"'
has out 'site:stage maybe'
[ "$(grep -c '{' out)" = "$(grep -c '}' out)" ] || fail "a bracket is not closed"
