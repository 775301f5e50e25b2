# busybox_image CMD: `oci:img:box`, an image made by umoci of busybox alone, which runs `sh -c CMD`; the file box.rock is
# the same as an archive.
umoci init --layout img
umoci new --image img:box
mkdir -p root/bin root/etc root/tmp root/usr/bin
cp "$(command -v busybox)" root/bin/busybox
for applet in sh cat echo id hostname env ip sleep touch ls test; do ln -s busybox root/bin/$applet; done
printf 'root:x:0:0:root:/root:/bin/sh\nweb:x:1000:1001::/home/web:/bin/sh\n' >root/etc/passwd
printf 'root:x:0:\nweb:x:1001:\nextra:x:2000:web\n' >root/etc/group
busybox_image() {
    tar -C root --owner 0 --group 0 --numeric-owner -cf layer.tar .
    umoci raw add-layer --image img:box layer.tar
    umoci config --image img:box --config.entrypoint /bin/sh --config.entrypoint -c --config.cmd "$1"
}
