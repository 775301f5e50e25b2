#!/usr/bin/env python3
"""`rockbuild pack` of a 500 MB tree beside the chain tar → umoci raw add-layer → skopeo copy, in one run.

The two take turns, so that both see the same machine; the best of the rounds is shown, with the CPU time and the largest
memory of that round. rockbuild's first pack begins with a store that knows Pebble and nothing of the project, so it
reads and stores every file before it packs; the chain is given the files as they lie, and leaves out all that comes
before and after (rockcraft's own start, lifecycle and base).

  ROCKBUILD       the program (default: rockbuild in PATH)
  BENCH_MEGABYTES how much of /usr to take (500)
  BENCH_ROUNDS    3
  TMPDIR          where the trees lie: a tmpfs gives the steadiest figures
"""
import os
import shutil
import subprocess
import sys
import tempfile

from figures import best_of, measured, rockbuild, round_count

PROGRAM = rockbuild()
MEGABYTES = int(os.environ.get("BENCH_MEGABYTES", "500"))
ROUNDS = round_count(3)

PROJECT = """\
name: bench
base: bare
build-base: debian@12
version: "1.0"
summary: A tree of files
description: A tree of files.
license: Apache-2.0
platforms:
  amd64:
parts:
  files:
    plugin: dump
    source: files
"""


def fill(folder):
    """Copies files of /usr until there are enough; returns their count and size."""
    count = size = 0
    for top in ("bin", "lib", "share", "include"):
        for parent, folders, names in os.walk(os.path.join("/usr", top)):
            folders.sort()
            for name in sorted(names):
                path = os.path.join(parent, name)
                if os.path.islink(path) or not os.path.isfile(path):
                    continue
                there = os.path.join(folder, os.path.relpath(path, "/usr"))
                os.makedirs(os.path.dirname(there), exist_ok=True)
                shutil.copyfile(path, there)
                count += 1
                size += os.path.getsize(there)
                if size >= MEGABYTES * 1_000_000:
                    return count, size
    return count, size


def make_project(path):
    os.makedirs(os.path.join(path, "files"))
    with open(os.path.join(path, "rockcraft.yaml"), "w") as file:
        file.write(PROJECT)


def pack(project, cache):
    return measured(PROGRAM, "pack", cwd=project, env=dict(os.environ, ROCKBUILD_CACHE=cache))


def chain(project, work):
    shutil.rmtree(work, ignore_errors=True)
    os.makedirs(work)
    tar, layout, rock = (os.path.join(work, name) for name in ("layer.tar", "layout", "x.rock"))
    subprocess.run(["umoci", "init", "--layout", layout], check=True)
    subprocess.run(["umoci", "new", "--image", layout + ":1.0"], check=True)
    total = measured("tar", "-C", os.path.join(project, "files"), "--sort=name", "--numeric-owner", "-cf", tar, ".")
    total += measured("umoci", "raw", "add-layer", "--image", layout + ":1.0", tar)
    total += measured("skopeo", "--insecure-policy", "copy", "--quiet", f"oci:{layout}:1.0", f"oci-archive:{rock}:1.0")
    return total, os.path.getsize(rock)


def main():
    missing = [name for name in ("tar", "umoci", "skopeo") if shutil.which(name) is None]
    if missing:
        sys.exit(f"this bench needs {', '.join(missing)}: run scripts/setup bench")
    with tempfile.TemporaryDirectory(prefix="pack-bench-") as work:
        project, small = os.path.join(work, "project"), os.path.join(work, "small")
        make_project(project)
        make_project(small)
        count, size = fill(os.path.join(project, "files"))
        with open(os.path.join(small, "files", "one"), "w") as file:
            file.write("one file\n")
        warm, cache = os.path.join(work, "warm"), os.path.join(work, "cache")
        pack(small, warm)  # Pebble is made here, once

        first, again, changed, peers = [], [], [], []
        for number in range(ROUNDS):
            shutil.rmtree(cache, ignore_errors=True)
            shutil.copytree(warm, cache, symlinks=True)
            first.append(pack(project, cache))
            figures, peer_size = chain(project, os.path.join(work, "chain"))
            peers.append(figures)
            again.append(pack(project, cache))
            with open(os.path.join(project, "files", "changed"), "w") as file:
                file.write(f"round {number}\n")
            changed.append(pack(project, cache))
            os.remove(os.path.join(project, "files", "changed"))
        rock = os.path.join(project, "bench_1.0_amd64.rock")
        rock_size = os.path.getsize(rock)

        print(f"{count} files, {size / 1e6:.0f} MB; {os.cpu_count()} cores; best of {ROUNDS}\n")
        print(f"{'':34}{'wall s':>8}{'CPU s':>8}{'MiB':>7}{'rock MB':>9}{'% of tree':>11}")
        rows = [("tar + umoci + skopeo", best_of(peers), peer_size), ("rockbuild pack, first", best_of(first), rock_size),
                ("rockbuild pack, one file changed", best_of(changed), rock_size), ("rockbuild pack, unchanged", best_of(again), rock_size)]
        for name, figures, bytes_ in rows:
            print(f"{name:34}{figures.wall:8.2f}{figures.cpu:8.2f}{figures.memory / 1024:7.0f}{bytes_ / 1e6:9.1f}{100 * bytes_ / size:11.2f}")
        mine, theirs = best_of(first), best_of(peers)
        print(f"\nratio, chain to rockbuild's first pack: wall {theirs.wall / mine.wall:.2f}, CPU {theirs.cpu / mine.cpu:.2f}, "
              f"memory {theirs.memory / mine.memory:.2f}, size {peer_size / rock_size:.3f}")


main()
