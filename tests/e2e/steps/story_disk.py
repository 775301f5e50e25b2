"""The disk becomes full in each step: it is said, the store stays good, and with more room the same run ends well."""

import os
import subprocess

from world import check, write_project

ROOM, TOO_MUCH = 30 << 20, 60 << 20
BIG = f"head -c {TOO_MUCH} /dev/zero | tr '\\0' x > "
PARTS = {
    "pull": {"plugin": "dump", "source": "files"},
    "override-pull": {"plugin": "nil", "override-pull": BIG + "big\n"},
    "overlay": {"plugin": "nil", "overlay-script": BIG + "$CRAFT_OVERLAY/big\n"},
    "build": {"plugin": "nil", "override-build": BIG + "$CRAFT_PART_INSTALL/big\n"},
    "stage": {"plugin": "nil", "override-build": "true", "override-stage": BIG + "$CRAFT_STAGE/big\n"},
    "prime": {"plugin": "nil", "override-build": "true", "override-prime": BIG + "$CRAFT_PRIME/big\n"},
}


def used(folder):
    stat = os.statvfs(folder)
    return (stat.f_blocks - stat.f_bfree) * stat.f_frsize


def story(world):
    small = world.work / "small"
    small.mkdir()
    roomy = world.copy_of_store("roomy")
    for name, part in PARTS.items():
        project = world.work / f"full-{name}"
        write_project(project, {"p": part})
        (project / "files").mkdir()
        with open(project / "files/big", "wb") as stream:
            for _ in range(TOO_MUCH >> 20):
                stream.write(os.urandom(1 << 20))
        wanted = world.pack(roomy, project)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=4g", "none", str(small)], check=True)
        try:
            store = world.copy_store_to(small / "store")
            resize(small, used(small) + ROOM)
            process = world.start(store, "pack", project, "--output", small, "--progress", "none")
            _, err = process.communicate(timeout=300)
            check(process.returncode not in (0, 70) and process.returncode > 0, f"{name}: ended with {process.returncode}\n{err}")
            check("no space left" in err.lower(), f"{name}: nothing is said of the space:\n{err}")
            world.verify(store)
            resize(small, 4 << 30)
            again = world.pack(store, project)
            check(again == wanted, f"{name}: with more room the digest is {again}, not {wanted}")
            print(f"ok   full in {name}: {err.splitlines()[0]}", flush=True)
        finally:
            subprocess.run(["umount", str(small)], check=True)


def resize(place, size):
    subprocess.run(["mount", "-o", f"remount,size={size}", str(place)], check=True)
