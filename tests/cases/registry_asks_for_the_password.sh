# htpasswd: nothing without it, /metrics neither; `login` keeps it for the owner's eyes; `logout` forgets it.
# The hash is of "pw:with:colons" (bcrypt, cost 5), made by the C library's crypt.
hash=$(perl -e 'print crypt("pw:with:colons", "\$2y\$05\$abcdefghijklmnopqrstuu")')
case $hash in '$2y$05$'*) ;; *) fail "this machine's crypt knows no bcrypt" ;; esac
printf 'robot:%s\njoe:in the clear\n' "$hash" >open
expect 65 "$ROCKBUILD" registry serve --listen 127.0.0.1:0 --data "$work/none" --htpasswd open
has err "open:2:"
lacks err "in the clear"
echo "robot:$hash" >users
registry --htpasswd users
project
"$ROCKBUILD" pack -q >/dev/null
[ "$(curl -s -o out -w '%{http_code}' "http://$registry/metrics")" = 401 ] || fail "/metrics is open"
expect 77 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1"
has err "rockbuild login $registry"
expect 77 "$ROCKBUILD" whoami "$registry"
has err 'error[RB1630]'
expect 77 "$ROCKBUILD" whoami charmhub
has err 'error[RB1630]'
# Nobody to ask, nothing given, no host.
expect 64 setsid --wait "$ROCKBUILD" login "$registry"
has err 'error[RB1111]'
expect 65 "$ROCKBUILD" login "$registry" -u robot --password-stdin </dev/null
has err 'error[RB1112]'
expect 64 "$ROCKBUILD" login "https://$registry"
has err 'error[RB1113]'

expect 77 "$ROCKBUILD" login "$registry" -u robot --password-stdin <<<"wrong"
expect 0 "$ROCKBUILD" login "$registry" -u robot --password-stdin <<<"pw:with:colons"
lacks err "pw:with"
[ "$(stat -c %a docker/config.json)" = 600 ] || fail "the password is readable by others"
expect 0 "$ROCKBUILD" whoami "$registry"
has out robot
expect 0 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1" --verbosity trace
lacks err "pw:with"
expect 0 curl -fsS -u robot:pw:with:colons "http://$registry/metrics"
has out 'rockbuild_registry_requests_total{method="PUT",code="201"}'
expect 0 "$ROCKBUILD" logout "$registry"
expect 77 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:2"
