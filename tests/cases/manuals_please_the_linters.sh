expect 0 "$ROCKBUILD" manual manuals
for manual in manuals/*.1; do
    expect 0 groff -man -ww -Tutf8 "$manual"
    [ ! -s err ] || fail "groff: $manual: $(cat err)"
    cp out text
    expect 0 mandoc -T lint -W warning "$manual"
    # What was an escape is a character again, and no line became a request.
    sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g' text >plain
    lacks plain '\-'
    for title in NAME SYNOPSIS EXAMPLES OPTIONS DESCRIPTION "EXIT STATUS" ENVIRONMENT FILES "SEE ALSO"; do grep -qx "$title" plain || fail "$manual has no $title"; done
done
# Examples stand as they do in help.
groff -man -Tutf8 manuals/rockbuild-ci.1 | sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g' >plain
has plain "rockbuild ci github --runner s390x=my-s390x --test 'tests/smoke \"\$ROCK\"'"
groff -man -Tutf8 manuals/rockbuild-publish.1 | sed 's/\x1b\[[0-9;]*m//g; s/.\x08//g' >plain
has plain 'web-image \'
# The same again, byte for byte.
expect 0 env SOURCE_DATE_EPOCH=1 "$ROCKBUILD" manual again
diff -r manuals again
