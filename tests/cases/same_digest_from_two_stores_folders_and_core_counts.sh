project a
project "b c"
one=$(digest a -j1)
two=$(ROCKBUILD_CACHE=$PWD/store2 digest "b c" -j2)
umask 077
three=$(TZ=Asia/Tokyo LC_ALL=C ROCKBUILD_CACHE=$PWD/store3 digest a -j4)
[ -n "$one" ] && [ "$one" = "$two" ] && [ "$one" = "$three" ] || fail "$one $two $three"
