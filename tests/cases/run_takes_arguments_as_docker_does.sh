. "${case%/*}/busybox_image.bash"
busybox_image 'echo from Cmd'
expect 0 "$ROCKBUILD" run oci:img:box
has out "from Cmd"
expect 0 "$ROCKBUILD" run oci:img:box 'echo given: "$0" "$1"' --name --
[ "$(cat out)" = "given: --name --" ] || fail "arguments came as '$(cat out)'"
expect 0 "$ROCKBUILD" run oci:img:box --env A=1 -- 'echo $A'
[ "$(cat out)" = 1 ] || fail "what follows -- came as '$(cat out)'"
umoci config --image img:box --config.entrypoint /bin/nosuch --clear config.cmd
expect 1 "$ROCKBUILD" run oci:img:box
has err 'error[RB1161]'
has err "the image has no program '/bin/nosuch'"
