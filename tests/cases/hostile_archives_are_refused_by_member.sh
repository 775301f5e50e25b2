# Whatever an archive's member tries, it is named, at the source's line, and nothing is written where it points.
python3 - <<'PYTHON'
import io, tarfile, zipfile
def tar(name, *members):
    with tarfile.open(name, "w:gz") as archive:
        for path, kind, target in members:
            member = tarfile.TarInfo(path)
            member.type, member.linkname = kind, target
            member.size = 1 if kind == tarfile.REGTYPE else 0
            archive.addfile(member, io.BytesIO(b"x"))
tar("up.tar.gz", ("good", tarfile.REGTYPE, ""), ("../up-and-away", tarfile.REGTYPE, ""))
tar("deep.tar.gz", ("a/b/../../../deep-evil", tarfile.REGTYPE, ""))
tar("out.tar.gz", ("door", tarfile.SYMTYPE, "/tmp"), ("door/through-a-link", tarfile.REGTYPE, ""))
tar("hard.tar.gz", ("stolen", tarfile.LNKTYPE, "../../etc/shadow"))
tar("device.tar.gz", ("disk", tarfile.BLKTYPE, ""))
tar("pipe.tar.gz", ("waits", tarfile.FIFOTYPE, ""))
with zipfile.ZipFile("up.zip", "w") as archive:
    archive.writestr("../zip-evil", "x")
PYTHON
truncate -s 1T bomb-member && tar -S -czf bomb.tar.gz bomb-member && rm bomb-member
try() {
    cat >rockcraft.yaml <<YAML
name: hostile
base: bare
build-base: debian@12
version: "1.0"
summary: An archive
description: An archive.
platforms: {$(dpkg --print-architecture): }
parts:
  good: {plugin: nil}
  evil:
    plugin: dump
    source: $1
YAML
    expect 65 "$ROCKBUILD" pack
    has err "error[$3]"
    has err "$2"
    has err "rockcraft.yaml:12:"
}
try up.tar.gz ../up-and-away RB1078
try deep.tar.gz a/b/../../../deep-evil RB1078
try out.tar.gz door/through-a-link RB1078
try hard.tar.gz stolen RB1078
try device.tar.gz disk RB1078
try pipe.tar.gz waits RB1078
try up.zip ../zip-evil RB1078
try bomb.tar.gz bomb-member RB1079
[ -z "$(find .. /tmp -maxdepth 3 \( -name up-and-away -o -name deep-evil -o -name through-a-link -o -name zip-evil \) 2>/dev/null)" ] || fail "a member was written"
expect 0 "$ROCKBUILD" store verify
