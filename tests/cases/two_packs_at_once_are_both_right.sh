project a
project b
head -c 5000000 /dev/zero >a/site/x
head -c 5000000 /dev/zero >b/site/x
digest a -o outa >one &
digest b -o outb >two &
wait
[ -s one ] && cmp -s one two || fail "$(cat one two)"
