# Looks for what a step must not see, and tries to change what it must not change; says each thing that it could.
# $1: a word that is part of each secret's name, and of each secret; $FROM: where to look for files (everywhere).
saw() { echo "SAW: $*"; }
export LC_ALL=C

# Files: the host's home, leftovers of other parts and of other runs, wherever they may be.
find "${FROM:-/}" -path /proc -prune -o -path /sys -prune -o -name "*$1*" -print 2>/dev/null | while read -r path; do saw "the file $path"; done
for place in /proc/1/root /proc/self/root; do
    find $place/home $place/tmp $place/root $place/dev/shm -name "*$1*" 2>/dev/null | while read -r path; do saw "the file $path"; done
done

# Variables: ours, and other processes'.
env | grep -q "$1" && saw "a variable"
for process in /proc/[0-9]*; do
    [ "$process" = "/proc/$$" ] || ! tr '\0' '\n' <"$process/environ" 2>/dev/null | grep -q "$1" || saw "a variable of $process"
done
