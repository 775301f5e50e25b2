"""A part that tries to see the host's home, its variables, its processes and devices, and what other parts left undeclared; and to
change what isn't its own. It sees nothing, and host and store are afterwards as they were.

The same looks, made on the host itself, see what is hidden: so they would see it in a step.
"""

import os
import pathlib
import shutil
import subprocess

from world import check, write_project

HERE = pathlib.Path(__file__).resolve().parent
LEAVE = "for place in /tmp /var/tmp /root /usr/local /opt /dev/shm $HOME $CRAFT_PART_BUILD $CRAFT_PART_SRC; do mkdir -p $place; echo x > $place/{0}-left || true; done\n"


def story(world):
    secret = f"secret{os.getpid()}"
    home = pathlib.Path(world.environment["HOME"])
    hidden = home / f"{secret}-of-home"
    hidden.write_text(secret)
    world.environment.update({"ROCKBUILD_" + secret: "x", "AWS_SECRET_ACCESS_KEY": secret, "XDG_RUNTIME_DIR": str(home / secret)})
    project = world.work / "isolation"
    for part in ("first", "second"):
        (project / part).mkdir(parents=True)
    for name in ("look.sh", "try.sh"):
        shutil.copy(HERE / name, project / "second")

    def tries(place):
        return f"sh {place}/try.sh {secret} {hidden} {project}\n"

    write_project(project, {
        "first": {"plugin": "dump", "source": "first", "override-build": LEAVE.format(secret), "override-pull": "craftctl default\n" + LEAVE.format(secret)},
        "second": {"plugin": "dump", "source": "second", "prime": ["-*"], "override-pull": "craftctl default\n" + tries("."),
                   "overlay-script": tries("$CRAFT_PART_SRC"), "override-build": tries("../src"),
                   "override-stage": tries("$CRAFT_PART_SRC") + "craftctl default\n"},
    })
    seen = subprocess.run(["sh", str(project / "second/look.sh"), secret], env={**world.environment, "FROM": str(home)},
                          capture_output=True, text=True)
    check("SAW: a variable" in seen.stdout and hidden.name in seen.stdout, f"the looks see nothing on the host: {seen.stdout}{seen.stderr}")
    before = {path: path.read_bytes() for path in [hidden, *project.rglob("*")] if path.is_file()}
    store = world.copy_of_store("isolated")
    world.run(store, "pack", project, "--output", world.work / "isolation-out", "--progress", "plain", "-j1")
    logs = {path.name: path.read_text(errors="backslashreplace") for path in store.glob("logs/**/*.log")}
    for name, log in logs.items():
        for line in log.splitlines():
            check(not line.startswith("SAW"), f"{name}: {line}")
    check(len([name for name in logs if "second" in name]) >= 4, f"the steps' logs are missing: {list(logs)}")
    check({path: path.read_bytes() for path in before} == before, "a file of the host was changed")
    world.verify(store)
