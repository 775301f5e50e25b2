#!/usr/bin/env python3
"""The Synapse system in figures: what its two images weigh, how soon they answer, the memory they take, how long packing takes.

The images are those of rocks/synapse and rocks/nginx; they run as deploy/pod.yaml has them, in a network namespace. A start
is timed from the call of `rockbuild run --pod`, its images already unpacked, to the first 200 of Synapse through nginx. Memory
is the proportional set size of every process in both containers, when nobody asked anything for a while. Cold is packing with
an empty store, all of Debian and PyPI to be fetched; done twice, it must give the same digests. Needs root.

  ROCKBUILD     the program (default: rockbuild in PATH)
  BENCH_ROUNDS  starts on each database, and warm packs (5)
  BENCH_SETTLE  seconds before memory is looked at (30)
  BENCH_COLD    packs with an empty store (2); 0 spares the network
  TMPDIR        where everything lies (else /dev/shm)
"""

import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import time
import zlib

os.environ["ROCKBUILD"] = os.path.abspath(
    shutil.which(os.environ.get("ROCKBUILD", "rockbuild")) or sys.exit("ROCKBUILD names no program")
)
sys.dont_write_bytecode = True
TESTS = pathlib.Path(__file__).resolve().parents[1]
sys.path[:0] = [str(TESTS / folder) for folder in ("e2e/synapse", "e2e/nginx", "fakes")]

import manifests  # noqa: E402
import registries  # noqa: E402
from archive import Archive  # noqa: E402
from matrix import VERSIONS  # noqa: E402
from pod import Pod  # noqa: E402
from servers import PodWithPostgreSQL, PostgreSQL  # noqa: E402
from world import PROJECT, ROCKS, World  # noqa: E402

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
SETTLE = float(os.environ.get("BENCH_SETTLE", "30"))
COLD = int(os.environ.get("BENCH_COLD", "2"))
IMAGES = ("synapse:3.0", "synapse-nginx:1.0")
GROUPS = (  # the first whose beginning fits
    ("Pebble", ("usr/bin/pebble", "var/lib/pebble")),
    ("licences", ("usr/share/doc", "usr/share/licenses")),
    ("Synapse", ("usr/local/lib/python3.11/dist-packages/synapse", "usr/local/lib/python3.11/dist-packages/matrix_synapse")),
    ("other Python packages", ("usr/local/lib/python3.11",)),
    ("Python", ("usr/lib/python3", "usr/bin/python3", "etc/python3")),
    ("nginx", ("usr/sbin/nginx", "usr/lib/nginx", "usr/share/nginx", "etc/nginx")),
    ("shared libraries", ("usr/lib/", "lib/")),
    ("certificates", ("etc/ssl",)),
    ("the rest", ("",)),
)


def megabytes(size):
    return f"{size / 1e6:7.1f} MB"


# ---- sizes ----


def sizes(archive):
    """Prints what is in the layers above the base, group by group; the compressed size of a group is an estimate."""
    rock = Archive(archive)
    print(f"  {'base':22} {'':10}  {megabytes(rock.base['size'])} compressed")
    plain, packed = dict.fromkeys([name for name, _ in GROUPS], 0), {name: zlib.compressobj(6) for name, _ in GROUPS}
    lengths = dict.fromkeys(plain, 0)
    for path, member, content in rock.members():
        if content is not None:
            name = next(name for name, beginnings in GROUPS if path.startswith(beginnings))
            plain[name] += member.size
            lengths[name] += len(packed[name].compress(content))
    for name, compressor in packed.items():
        if plain[name]:
            print(f"  {name:22} {megabytes(plain[name])}  {megabytes(lengths[name] + len(compressor.flush()))} compressed")
    print(f"  {'beside the base':22} {megabytes(sum(plain.values()))}  {megabytes(rock.size())} compressed")
    rock.close()


# ---- starts and memory ----


def memory(pod):
    """{container: MiB}."""
    result = {}
    for container in ("synapse", "nginx"):
        kilobytes = 0
        for pid in pod.processes(container):
            lines = pathlib.Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
            kilobytes += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
        result[container] = kilobytes / 1024
    return result


def starts(title, make_pod):
    seconds = []
    for number in range(ROUNDS):
        pod = make_pod(f"{title.lower()}-{number}")
        try:
            begin = time.monotonic()
            pod.start()
            pod.wait_for(VERSIONS, 200)
            seconds.append(time.monotonic() - begin)
            if number == ROUNDS - 1:
                time.sleep(SETTLE)
                taken = memory(pod)
        finally:
            pod.close()
    print(
        f"  {title:10}  first 200 after {statistics.median(seconds):.2f} s ({min(seconds):.2f} to {max(seconds):.2f}); at rest "
        + " + ".join(f"{name} {mebibytes:.0f}" for name, mebibytes in taken.items())
        + f" = {sum(taken.values()):.0f} MiB"
    )


# ---- packing ----


def pack(image, output, cache=None):
    """(seconds, digest), with a store of its own or with the one that is there."""
    environment = {**os.environ, "ROCKBUILD_CACHE": str(cache)} if cache else os.environ
    command = [os.environ["ROCKBUILD"], "pack", PROJECT / ROCKS[image], "--output", output, "--format", "json"]
    begin = time.monotonic()
    done = subprocess.run(command, env=environment, check=True, capture_output=True, text=True)
    return time.monotonic() - begin, json.loads(done.stdout)[0]["digest"]


def packing(work):
    cold, digests = [], set()
    for number in range(COLD):
        cache = work / f"empty-{number}"
        (seconds, synapse), (_, nginx) = [pack(image, work / "packed", cache) for image in IMAGES]
        shutil.rmtree(cache)
        cold.append(f"{seconds:.0f}")
        digests.add((synapse, nginx))
    if len(digests) > 1:
        sys.exit(f"packs with empty stores gave different images: {digests}")
    if cold:
        print(f"  {IMAGES[0]:18} with an empty store {', '.join(cold)} s")
    for image in IMAGES:
        seconds = [pack(image, work / "packed")[0] for _ in range(ROUNDS + 1)][1:]  # the first may have something to do
        print(f"  {image:18} unchanged {1000 * min(seconds):.0f} ms")


def main():
    if os.geteuid() != 0:
        sys.exit("needs root: network namespaces")
    with registries.work_folder("synapse-bench") as work:
        world = World(work, IMAGES)
        try:
            for image in IMAGES:
                print(f"{image}: {megabytes(os.path.getsize(world.archives[image])).strip()} as a rock")
                sizes(world.archives[image])
            print("running deploy/pod.yaml")
            starts("SQLite", lambda title: Pod(world, title, manifests.stand_alone()))
            starts("PostgreSQL", lambda title: PodWithPostgreSQL(world, title, manifests.stand_alone(PostgreSQL.PASSWORD)))
        finally:
            world.close()
        print("packing")
        packing(pathlib.Path(work))


if __name__ == "__main__":
    main()
