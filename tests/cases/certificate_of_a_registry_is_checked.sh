# A certificate that nobody has signed but itself: refused, unless it is given as an authority's, or not looked at.
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj "/CN=127.0.0.1" -addext "subjectAltName=IP:127.0.0.1" \
    -keyout key.pem -out cert.pem 2>/dev/null
registry --cert cert.pem --key key.pem
project
"$ROCKBUILD" pack -q >/dev/null
expect 77 "$ROCKBUILD" push hello_1.0_*.rock "$registry/hello:1"
has err 'error[RB0133]'
has err "--ca FILE"
expect 0 "$ROCKBUILD" push --ca cert.pem hello_1.0_*.rock "$registry/hello:1"
