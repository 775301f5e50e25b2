. "${case%/*}/busybox_image.bash"
busybox_image 'id; echo $HOME; cat /proc/self/status'
umoci config --image img:box --config.user web --config.workingdir /tmp --config.env A=1
expect 0 "$ROCKBUILD" run oci:img:box
has out "uid=1000(web) gid=1001(web) groups=2000(extra)"
has out /home/web
grep -q '^CapEff:.*0000000000000000$' out || fail "an ordinary user has capabilities"
expect 0 "$ROCKBUILD" run oci:img:box -- 'pwd; echo $A'
printf '/tmp\n1\n' | cmp - out
umoci config --image img:box --config.user 0
expect 0 "$ROCKBUILD" run oci:img:box
# CHOWN DAC_OVERRIDE FOWNER FSETID KILL SETGID SETUID SETPCAP NET_BIND_SERVICE SYS_CHROOT: bits 0 1 3 4 5 6 7 8 10 18.
grep -q '^CapEff:.*00000000000405fb$' out || fail "the capabilities are others: $(grep CapEff out)"
umoci config --image img:box --config.user nosuch
expect 65 "$ROCKBUILD" run oci:img:box
has err 'error[RB1154]'
has err "the user 'nosuch'"
