expect 64 "$ROCKBUILD" pack --pebbel x
has err "--pebbel"
has err 'error[RB1101]'
has err "did you mean"
has err "pebble"
# What an option or a command can't take.
expect 64 "$ROCKBUILD" check --format xml
has err 'error[RB1102]'
has err "text, json"
expect 64 "$ROCKBUILD" check one two
has err 'error[RB1103]'
has err "'two'"
