"""The same project as root and as an ordinary user with subordinate ids, who begins with nothing: the base, packages, sources of every
kind, scripts that give files to others, a cache, an overlay, a shell. The digest is the same."""

import os
import pty
import subprocess

from world import check, write, write_project

UID, SUBIDS = 23456, "builder:300000:65536\n"
GIVES_AWAY = "echo {0} > {1}/{0}; chown 1234:5678 {1}/{0}; chmod 4750 {1}/{0}\n"


def make_project(folder):
    write(folder / "files/page", "page\n")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(folder / "files"), *words], check=True)
    os.rename(folder / "files", folder / "site.git")
    write(folder / "app/run", "run\n")
    subprocess.run(["tar", "-C", str(folder), "--owner=7:7", "-czf", str(folder / "app.tar.gz"), "app"], check=True)
    subprocess.run(["zip", "-q", "-r", str(folder / "app.zip"), "run"], cwd=folder / "app", check=True)
    write_project(folder, {
        "git": {"plugin": "dump", "source": "site.git", "organize": {"page": "git/page"}},
        "tar": {"plugin": "dump", "source": "app.tar.gz", "organize": {"run": "tar/run"}},
        "zip": {"plugin": "dump", "source": "app.zip", "organize": {"run": "zip/run"}},
        "tool": {"plugin": "nil", "stage-packages": ["hostname"], "stage": ["bin"], "permissions": [{"path": "bin/hostname", "owner": 1, "group": 2, "mode": "2755"}]},
        "over": {"plugin": "nil", "overlay-script": GIVES_AWAY.format("of-overlay", "$CRAFT_OVERLAY/etc") + "rm $CRAFT_OVERLAY/etc/motd\n"},
        "built": {"plugin": "nil", "build-packages": ["patch"],
                  "override-build": "patch --version\nmkdir -p ~/.cargo/registry/of\necho cached > ~/.cargo/registry/of/crate\n" + GIVES_AWAY.format("of-build", "$CRAFT_PART_INSTALL"),
                  "override-prime": "craftctl default\n" + GIVES_AWAY.format("of-prime", "$CRAFT_PRIME")},
    })


def becoming(world):
    """The words before a command that make it the user's: with accounts of their own, so that the machine's stay as they are."""
    accounts = world.work / "accounts"
    write(accounts / "passwd", open("/etc/passwd", encoding="utf-8").read() + f"builder:x:{UID}:{UID}::{world.work}/home:/bin/sh\n")
    for name in ("subuid", "subgid"):
        write(accounts / name, SUBIDS)
    binds = " && ".join(f"mount --bind {accounts}/{name} /etc/{name}" for name in ("passwd", "subuid", "subgid"))
    return ["unshare", "--mount", "sh", "-c", f'{binds} && exec setpriv --reuid {UID} --regid {UID} --clear-groups "$@"', "sh"]


def shell_says(world, store, project, line):
    """What a shell in the place of a build script prints, on a terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen([*world.before, os.environ["ROCKBUILD"], "build", "built", "--shell"], env=world.with_store(store), cwd=project,
                               stdin=theirs, stdout=theirs, stderr=theirs, start_new_session=True)
    os.close(theirs)
    os.write(ours, f"{line}\nexit\n".encode())
    said = b""
    while True:
        try:
            block = os.read(ours, 4096)
        except OSError:  # its other end is closed
            break
        if not block:
            break
        said += block
    os.close(ours)
    check(process.wait(timeout=60) == 0, f"the shell ended with {process.returncode}: {said}")
    return said.decode(errors="replace")


def story(world):
    project = world.work / "users"
    make_project(project)
    wanted = world.pack(world.copy_of_store("of-root"), project)
    for path in (project, world.work / "home"):
        subprocess.run(["chown", "-R", f"{UID}:{UID}", str(path)], check=True)
    store = world.work / "home/store"
    before, output = world.before, world.output
    world.before, world.output = becoming(world), world.work / "home/output"
    try:
        theirs = world.pack(store, project)
        check(theirs == wanted, f"root: {wanted}, an ordinary user: {theirs}")
        check(list(store.glob("caches/**/of/crate")), "nothing is left in the cache")
        world.verify(store)
        said = shell_says(world, store, project, "echo I am $(id -u) in $(pwd), /etc is of $(stat -c %u:%g /etc), $(command -v patch)")
        check("I am 0 in /root/parts/built/build, /etc is of 0:0, /usr/bin/patch" in said, f"the shell said {said}")
        world.run(store, "clean", cwd=project)
        check(world.pack(store, project) == wanted, "packed again after `clean`, with a warm cache, the digest is another")
    finally:
        world.before, world.output = before, output
