project
expect 0 "$ROCKBUILD" pack
expect 1 "$ROCKBUILD" clean siet
has err 'error[RB1201]'
has err "did you mean 'site'"
echo ": broken" >rockcraft.yaml
expect 0 "$ROCKBUILD" clean
project
expect 10 "$ROCKBUILD" plan
