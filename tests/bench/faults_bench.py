#!/usr/bin/env python3
"""kill -9 at random moments, the long form of what the tests do, with the time that it took:

  registry    `registry serve` while clients work (registry_kills.py)
  lifecycle   `pack` of a project with files, an archive, a git source, packages, scripts that stage and prime, parts that wait
              for each other. It is killed several times on one store; then a pack must give the image that a store without
              faults gives, `store verify` must find nothing, and nothing may be left: no process, no folder of a run.

  faults_bench.py [NAME…]     (default: both)

  ROCKBUILD         the program (default: rockbuild in PATH)
  ROCKBUILD_PEBBLE  Pebble for the rocks; without it the real one is made, which takes a while
  BENCH_KILLS       200, of each
  BENCH_SEED        1
  TMPDIR            where everything lies (else /dev/shm)

The lifecycle needs what its scripts need: root, or subuids. It asks the network only before the first kill.
"""
import collections
import glob
import json
import os
import random
import subprocess
import sys
import tarfile
import time

from figures import rockbuild, work_folder, write

HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = int(os.environ.get("BENCH_KILLS", "200"))
DICE = random.Random(int(os.environ.get("BENCH_SEED", "1")))
AT_ONCE = 4  # kills before a pack may come to its end
MARK = f"sleep {1000 + os.getpid()}.25"  # what a script leaves behind, to be found if it survives

PROJECT = """\
name: faults
base: bare
build-base: debian@12
version: "1.0"
summary: Something to kill
description: Something to kill.
license: Apache-2.0
platforms:
  ARCHITECTURE:
parts:
  files:
    plugin: dump
    source: files
    organize: {"*": srv/files/}
  archive:
    plugin: dump
    source: archive.tar.gz
    organize: {"*": srv/archive/}
  history:
    plugin: dump
    source: repository
    source-type: git
    source-tag: ROUND
    organize: {"*": srv/history/}
  packages:
    plugin: nil
    stage-packages: [hello, libjq1]
    stage: [usr/bin, usr/lib]
  program:
    plugin: nil
    source: files
    after: [packages]
    override-build: |
      MARK &
      for number in 1 2 3 4 5; do
        head -c 2000000 /dev/zero | tr '\\0' $number >"$CRAFT_PART_INSTALL/ROUND-$number"
        sleep 0.1
      done
    override-stage: |
      craftctl default
      sleep 0.2
      echo staged ROUND >"$CRAFT_STAGE/staged"
    override-prime: |
      craftctl default
      sleep 0.2
      cp "$CRAFT_STAGE/staged" "$CRAFT_PRIME/primed"
  late:
    plugin: nil
    after: [program, history]
    override-build: |
      sleep 0.3
      cat "$CRAFT_STAGE/staged" >"$CRAFT_PART_INSTALL/late"
"""


def registry():
    """True if all is as it should be."""
    done = subprocess.run([sys.executable, os.path.join(HERE, "../differential/registry_kills.py"), str(KILLS)],
                          env=dict(os.environ, ROCKBUILD=rockbuild()))
    return done.returncode == 0


class Faults:
    def __init__(self, work):
        self.program, self.project = rockbuild(), os.path.join(work, "project")
        self.stores = {name: os.path.join(work, name) for name in ("killed", "calm")}
        self.log, self.hits, self.round = os.path.join(work, "log"), collections.Counter(), 0
        architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
        self.text = PROJECT.replace("ARCHITECTURE", architecture).replace("MARK", MARK)

    def command(self, store, *words):
        environment = dict(os.environ, ROCKBUILD_CACHE=self.stores[store])
        return {"args": [self.program, *words], "cwd": self.project, "env": environment, "stdin": subprocess.DEVNULL}

    def call(self, store, *words):
        done = subprocess.run(**self.command(store, *words), capture_output=True, text=True)
        if done.returncode != 0:
            raise RuntimeError(f"{' '.join(words)} in the {store} store ended with {done.returncode}:\n{done.stderr[-3000:]}")
        return done.stdout

    def change(self):
        """Every part gets something new, so that every step runs."""
        self.round += 1
        write(os.path.join(self.project, "rockcraft.yaml"), self.text.replace("ROUND", f"round-{self.round}"))
        for number in range(300):
            write(os.path.join(self.project, f"files/{number % 7}/{number}"), f"{number} in round {self.round}\n" * 50)
        with open(os.path.join(self.project, "files/large"), "wb") as file:
            file.write(DICE.randbytes(15_000_000))
        with tarfile.open(os.path.join(self.project, "archive.tar.gz"), "w:gz", compresslevel=1) as archive:
            archive.add(os.path.join(self.project, "files"), f"round-{self.round}")
        repository = os.path.join(self.project, "repository")
        write(os.path.join(repository, "text"), f"round {self.round}\n" * 1000)
        with open(os.path.join(repository, "data"), "wb") as file:
            file.write(DICE.randbytes(3_000_000))
        git = ["git", "-C", repository, "-c", "user.name=Bench", "-c", "user.email=bench@example.org"]
        for words in (["init", "--quiet"], ["add", "."], ["commit", "--quiet", "-m", f"round {self.round}"],
                      ["tag", f"round-{self.round}"]):
            subprocess.run([*git, *words], check=True)

    def pack(self, store):
        """The digest of the image, and the seconds."""
        begin = time.monotonic()
        text = self.call(store, "pack", "--format", "json", "--progress", "none")
        return json.loads(text)[0]["digest"], time.monotonic() - begin

    def kill(self, after):
        """One pack, killed; what it was at is counted."""
        with open(self.log, "wb") as log:
            process = subprocess.Popen(**self.command("killed", "pack", "--progress", "json"), stdout=subprocess.DEVNULL, stderr=log)
            time.sleep(after)
            process.kill()
            ended = process.wait() == 0
        running = set()
        with open(self.log, encoding="utf-8", errors="replace") as log:
            for line in log:
                try:
                    event = json.loads(line)
                except ValueError:
                    continue
                if event.get("type") == "started":
                    running.add(event["id"])
                elif event.get("type") == "finished":
                    running.discard(event["id"])
        self.hits.update(["after its end"] if ended else sorted(running) or ["between steps"])

    def leftovers(self):
        """What is there still of a run that was killed."""
        deadline = time.monotonic() + 5
        while (found := processes_with(MARK)) and time.monotonic() < deadline:
            time.sleep(0.05)
        found = [f"process {pid}" for pid in found]
        return found + [path for path in glob.glob(os.path.join(self.stores["killed"], "tmp/*")) if not path.endswith(".lock")]

    def life(self):
        """A few kills, then the whole; returns what is wrong, and how many kills there were."""
        self.change()
        wanted, seconds = self.pack("calm")
        for _ in range(AT_ONCE):
            self.kill(DICE.uniform(0, 1.1 * seconds))
        found, _ = self.pack("killed")
        wrong = [] if found == wanted else [f"the image is {found}, not {wanted}"]
        wrong += self.leftovers()
        try:
            self.call("killed", "store", "verify")
            for store in self.stores:  # every round is of new bytes: memory would not hold them all
                self.call(store, "store", "gc", "--older-than", "0")
        except RuntimeError as error:
            wrong.append(str(error))
        return wrong


def processes_with(words):
    found = []
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as file:
                if file.read().replace(b"\0", b" ").strip() == words.encode():
                    found.append(path.split("/")[2])
        except OSError:
            pass
    return found


def lifecycle():
    good = True
    with work_folder("faults-bench") as work:
        faults = Faults(work)
        for store in faults.stores:  # the build environment, the packages
            faults.change()
            faults.pack(store)
        for number in range(0, KILLS, AT_ONCE):
            for words in faults.life():
                good = False
                print(f"after kill {number + AT_ONCE}: {words}", flush=True)
        print("killed in " + ", ".join(f"{what} {count} ×" for what, count in faults.hits.most_common()))
    return good


def main():
    benches = {"registry": registry, "lifecycle": lifecycle}
    wanted, good = sys.argv[1:] or list(benches), True
    if unknown := [name for name in wanted if name not in benches]:
        sys.exit(f"there is no bench {', '.join(unknown)}: they are {', '.join(benches)}")
    for name in wanted:
        begin = time.monotonic()
        right = benches[name]()
        print(f"{name}: {KILLS} kills in {time.monotonic() - begin:.0f} s, {'all right' if right else 'SOMETHING IS WRONG'}", flush=True)
        good = good and right
    sys.exit(0 if good else 1)


main()
