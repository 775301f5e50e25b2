expect 64 "$ROCKBUILD" pakc
has err "pakc"
has err "did you mean 'pack'"
