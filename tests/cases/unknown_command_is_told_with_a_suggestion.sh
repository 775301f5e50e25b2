expect 64 "$ROCKBUILD" pakc
has err "pakc"
has err 'error[RB1100]'
has err "did you mean 'pack'"
