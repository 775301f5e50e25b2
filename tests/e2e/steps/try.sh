# Tries to get out, as root of the build environment.
# $1: the word of the secrets; $2: a file of the host by its path there; $3: the project's folder there.
. "$(dirname "$0")/look.sh"

# Devices of the machine.
for numbers in "b 8 0" "b 253 0" "b 254 0" "c 1 1" "c 1 2"; do
    rm -f /tmp/device
    mknod /tmp/device $numbers 2>/dev/null && head -c 1 /tmp/device >/dev/null 2>&1 && saw "the device $numbers"
done
for device in /dev/sd* /dev/vd* /dev/nvme* /dev/mem /dev/kmsg /dev/fuse /dev/loop*; do [ -e "$device" ] && saw "$device"; done

# What lies below the mounts of this step: with its read-only flag taken off, where that can be. What is written then is found
# by who looks at the host and the store afterwards.
cat /proc/self/mountinfo >/tmp/mounts
while read -r _ _ _ _ place _; do
    case $place in /proc* | /sys* | /dev*) continue ;; esac
    mount -o remount,rw,bind "$place" 2>/dev/null || unshare --mount mount -o remount,rw,bind "$place" 2>/dev/null
    [ -d "$place" ] || (echo "$1" >>"$place") 2>/dev/null
done </tmp/mounts
mkdir -p /tmp/root && mount --bind / /tmp/root 2>/dev/null && umount /tmp/root

# The kernel's settings.
for setting in kernel/hostname vm/drop_caches kernel/core_pattern kernel/printk; do
    (echo "$1" >"/proc/sys/$setting") 2>/dev/null && [ "$setting" != kernel/hostname ] && saw "writes /proc/sys/$setting"
done
(echo 0 >/sys/kernel/mm/transparent_hugepage/enabled) 2>/dev/null && saw "writes to /sys"
(echo "$1" >/proc/sysrq-trigger) 2>/dev/null && saw "writes to sysrq-trigger"

# Out of a root within the root.
perl -e 'mkdir "/tmp/j"; chroot "/tmp/j" or exit 1; chdir ".." for 1..64; chroot "."; exit(-e $ARGV[0] ? 0 : 1)' "$2" && saw "$2 from outside of the root"

# Places of the host, should they be there.
[ -e "$2" ] && saw "$2"
[ -e "$3" ] && saw "$3"
for path in /root/project/rockcraft.yaml /root/project/second/look.sh; do (echo "$1" >>"$path") 2>/dev/null; done
[ "$(ls /proc | grep -cE '^[0-9]+$')" -lt 16 ] || saw "other processes"
exit 0
