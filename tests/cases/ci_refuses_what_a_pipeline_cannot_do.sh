expect 66 "$ROCKBUILD" ci github
has err "there is no rockcraft.yaml"
project
expect 64 "$ROCKBUILD" ci jenkins
has err "say github or gitlab"
expect 64 "$ROCKBUILD" ci github --resource hello=x
has err "RB1104"
expect 64 "$ROCKBUILD" ci github --charm web --resource helo=x
has err "did you mean 'hello'"
expect 64 "$ROCKBUILD" ci github --channel main
expect 64 "$ROCKBUILD" ci github --channel main=edgy
has err "RB1610"
expect 64 "$ROCKBUILD" ci github --channel 'a b=edge'
has err "RB1703"
expect 64 "$ROCKBUILD" ci github --runner s930x=mine
expect 64 "$ROCKBUILD" ci github --registry https://example.com
expect 64 "$ROCKBUILD" ci github --test 'echo ${{ github.event.pull_request.title }}'
has err "RB1700"

# A machine that nobody offers: at its line, with the way out.
sed -i 's/^  \(amd64\|arm64\):$/  s390x:/' rockcraft.yaml
expect 64 "$ROCKBUILD" ci github
has err "rockcraft.yaml:8:3"
has err "--runner s390x=LABEL"
expect 0 "$ROCKBUILD" ci github --runner s390x=big-iron
has out "runner: big-iron"

# A broken project says what `check` says.
sed -i 's/^summary:/sumary:/' rockcraft.yaml
expect 1 "$ROCKBUILD" ci github
cp err said
expect 1 "$ROCKBUILD" check
cmp err said || fail "not what check says: $(cat said)"
