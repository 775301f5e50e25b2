for command in "" check pack plan inspect run exec ps stop clean doctor config version push pull-image copy publish resources \
    resource-revisions login logout whoami ci explain "registry serve" "registry gc" "registry verify"; do
    expect 0 "$ROCKBUILD" help $command
    [ "$(awk '{ if (length($0) > most) most = length($0) } END { print most + 0 }' out)" -le 80 ] || fail "help $command is too wide"
    [ "$(wc -l <out)" -le 40 ] || fail "help $command is too long"
done
