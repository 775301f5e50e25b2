"""kill -9 at random moments within the steps, in one store; one more run, and all must be as if nothing had been.

Every run has something to do in each step, since a source changed. What is killed leaves no process and no mount behind, and a
second run beside it isn't disturbed.
"""

import json
import os
import pathlib
import random
import subprocess
import threading
import time

from world import check, write, write_project

KILLS = int(os.environ.get("KILLS", "20"))
SLOWLY = "for i in 1 2 3 4 5 6; do echo $i; mkdir -p {0}/many-$i; for j in 1 2 3 4 5 6 7 8; do cat $CRAFT_STAGE/seed > {0}/many-$i/$j; done; sleep 0.03; done\n"


def make_project(folder):
    files = folder / "files"
    for i in range(200):
        write(files / f"etc/{i}", f"{i}\n")
    repository = folder / "repository.git"
    write(repository / "page", "served\n")
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    for words in (["init", "-q"], ["add", "."], ["commit", "-q", "-m", "first"]):
        subprocess.run([*git, *words], check=True)
    write(folder / "app-1.0/bin/run", "run\n")
    subprocess.run(["tar", "-C", str(folder), "-czf", str(folder / "app.tar.gz"), "app-1.0"], check=True)
    after = {"after": ["seed"]}
    write_project(folder, {
        "seed": {"plugin": "dump", "source": "files"},
        "git": {"plugin": "dump", "source": "repository.git", "organize": {"page": "git/page"}, **after},
        "tar": {"plugin": "dump", "source": "app.tar.gz", "organize": {"bin": "tar"}, **after,
                "override-prime": "craftctl default\ncat seed > of-prime\nsleep 0.1\n"},
        "over": {"plugin": "nil", "source": "files", "overlay-script": "cat $CRAFT_PART_SRC/seed > $CRAFT_OVERLAY/etc/of-overlay\nrm $CRAFT_OVERLAY/etc/motd\nsleep 0.1\n"},
        "build": {"plugin": "nil", "override-build": SLOWLY.format("$CRAFT_PART_INSTALL/built"), **after},
        "stage": {"plugin": "nil", "override-stage": SLOWLY.format("$CRAFT_STAGE/staged") + "craftctl default\n", "override-build": "true", **after},
    })


def sow(project, seed):
    write(project / "files/seed", f"{seed}\n" * 5000)


def family(process):
    """All processes below one, itself not."""
    children = {}
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            pid, _, rest = path.read_text().partition(" (")
        except OSError:
            continue
        children.setdefault(int(rest.rpartition(") ")[2].split()[1]), []).append(int(pid))
    found, ahead = [], [process.pid]
    while ahead:
        below = children.get(ahead.pop(), [])
        found += below
        ahead += below
    return found


def identity(pid):
    """A process id with the time of its start, since ids come again; none if it is gone or only waits to be reaped."""
    try:
        words = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return None
    return None if words[0] in "ZX" else (pid, words[19])


class Run:
    """A pack under way, and the steps that it began so far."""

    def __init__(self, world, store, project):
        self.process = world.start(store, "pack", project, "--output", world.work / "killed", "--progress", "json")
        self.begun, self.begin = [], time.monotonic()
        self.readers = [threading.Thread(target=read) for read in (self.process.stdout.read, self.listen)]
        for reader in self.readers:
            reader.start()

    def listen(self):
        for line in self.process.stderr:
            event = json.loads(line) if line.startswith("{") else {}
            if event.get("type") == "started" and ":" in event["id"]:
                self.begun.append(event["id"])

    def end(self):
        """Its exit code, and how long it took."""
        code = self.process.wait()
        for reader in self.readers:
            reader.join()
        self.process.stdout.close()
        self.process.stderr.close()
        return code, time.monotonic() - self.begin


def kill_somewhere(world, store, project, span, chance):
    """Kills a run within that many seconds. The step that it began last, or none if the run had ended."""
    run = Run(world, store, project)
    time.sleep(chance.random() * span)
    below = [identity(pid) for pid in family(run.process)]
    ended = run.process.poll() is not None
    run.process.kill()
    run.end()
    deadline = time.monotonic() + 10
    while left := [each for each in below if each and identity(each[0]) == each]:
        check(time.monotonic() < deadline, f"killed in {run.begun[-1:]}, it left the processes {left}")
        time.sleep(0.02)
    return None if ended else (["the beginning"] + run.begun)[-1]


def mounts(store):
    return [line for line in pathlib.Path("/proc/self/mountinfo").read_text().splitlines() if str(store) in line]


def story(world):
    project = world.work / "project"
    make_project(project)
    chance = random.Random(os.environ.get("SEED", "1"))
    sow(project, "last")
    untouched = world.copy_of_store("untouched")
    wanted = world.pack(untouched, project)
    store = world.copy_of_store("struck")
    sow(project, "whole")
    code, span = Run(world, store, project).end()
    check(code == 0, f"a run that isn't killed ended with {code}")
    struck = []
    for i in range(3 * KILLS):
        if len(struck) == KILLS:
            break
        sow(project, i)
        if step := kill_somewhere(world, store, project, span, chance):
            struck.append(step)
    check(len(struck) == KILLS and len(set(struck)) > 3, f"of {KILLS} moments in several steps these were met: {struck}")
    print(f"ok   killed in {' '.join(struck)}", flush=True)
    check(not mounts(store), f"mounts are left: {mounts(store)}")
    world.verify(store)
    # Two at once, and a third that is killed among them.
    sow(project, "last")
    beside = [world.start(store, "pack", project, "--output", world.work / f"beside{i}", "--format", "json", "--progress", "none") for i in (1, 2)]
    kill_somewhere(world, store, project, span, chance)
    for process in beside:
        out, err = process.communicate(timeout=600)
        check(process.returncode == 0, f"beside one that was killed: {err[-3000:]}")
        check(json.loads(out)[0]["digest"] == wanted, f"two at once gave {out}, not {wanted}")
    again = world.pack(store, project)
    check(again == wanted, f"after {KILLS} kills the digest is {again}, not {wanted}")
    world.verify(store)
    # What the killed ones left is cleared up by the next that has something to do.
    sow(project, "after")
    world.pack(store, project)
    left = [str(path) for name in ("scratch", "tmp") for path in (store / name).glob("*") if not path.name.startswith("lock")]
    check(not left, f"left in the store: {left[:10]}")
