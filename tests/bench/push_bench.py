#!/usr/bin/env python3
"""`rockbuild push` of a rock of 208 MB beside skopeo and crane, to docker-registry and to our own registry, in one run.

Three pushes follow each other: into a registry that knows nothing, again with nothing new, and with one small layer
changed. The clients take turns, each with a registry and storage of its own on the same tmpfs; the best of the rounds is
shown. rockbuild and skopeo push the archive; crane, which reads none, the layout that was unpacked before. Memory and
"disk" are the client's largest memory and what it gave to the file system to write (its temporary files lie in /var/tmp, as
skopeo has it by default). Requests and bytes sent were counted by a proxy in a run of its own.

  ROCKBUILD     the program (default: rockbuild in PATH; without it only the peers are measured)
  BENCH_ROUNDS  5
  TMPDIR        where images and storage lie (default: /dev/shm)
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../fakes"))
from figures import best_of, measured, round_count
from registries import Server, finish_layout, make_archive, make_image, make_layer, program

ROUNDS = round_count(5)
LAYERS_MB = [100, 60, 40, 7, 1]
CASES = ["cold", "nothing new", "small layer changed"]


def clients():
    """Name → the command that pushes an image (archive and layout) to a reference."""
    skopeo, crane, rockbuild = program("skopeo"), program("crane"), program("rockbuild")
    known = {
        "skopeo (archive)": skopeo and (lambda image, ref: [skopeo, "--insecure-policy", "copy", "--quiet", "--dest-tls-verify=false",
                                                            f"oci-archive:{image}.rock:1.0", "docker://" + ref]),
        "crane (layout)": crane and (lambda image, ref: [crane, "push", image, ref]),
        "rockbuild (archive)": rockbuild and (lambda image, ref: [rockbuild, "push", image + ".rock", ref]),
    }
    for name in known:
        if not known[name]:
            print(f"{name} is not here: left out")
    return {name: command for name, command in known.items() if command}


def make_images(work):
    """Two images that differ in their smallest layer."""
    images = [os.path.join(work, name) for name in ("first", "changed")]
    layers = [make_layer(images[0], {"data": os.urandom(size * 1_000_000)}, level=0) for size in LAYERS_MB]
    finish_layout(images[0], "1.0", make_image(images[0], "amd64", layers))
    shutil.copytree(images[0], images[1], copy_function=os.link)
    for name in ("index.json", "oci-layout"):
        os.remove(os.path.join(images[1], name))
    layers[-1] = make_layer(images[1], {"data": os.urandom(LAYERS_MB[-1] * 1_000_000)}, level=0)
    finish_layout(images[1], "1.0", make_image(images[1], "amd64", layers))
    for image in images:
        make_archive(image, image + ".rock")
    return dict(zip(CASES, (images[0], images[0], images[1])))


def environment(work):
    """Nobody's settings, credentials and caches."""
    home = tempfile.mkdtemp(dir=work)
    return dict(os.environ, HOME=home, DOCKER_CONFIG=home, XDG_RUNTIME_DIR=home, XDG_CONFIG_HOME=home,
                ROCKBUILD_CACHE=os.path.join(home, "store"), TMPDIR="/var/tmp")


def timed(work, kind, command, images):
    folder, around = tempfile.mkdtemp(dir=work), environment(work)
    figures = {}
    with Server(kind, os.path.join(folder, "server")) as server:
        for case in CASES:
            before = server.cpu()
            figures[case] = measured(*command(images[case], f"{server.host}/bench/image:1.0"), env=around)
            figures[case].server_cpu = server.cpu() - before
    shutil.rmtree(folder)
    return figures


def counted(work, kind, command, images):
    """Case → (requests, bytes of bodies) as a proxy sees them."""
    folder, around = tempfile.mkdtemp(dir=work), environment(work)
    counts = {}
    with Server(kind, os.path.join(folder, "server")) as server:
        proxy = subprocess.Popen([sys.executable, os.path.join(HERE, "../fakes/fault_proxy.py"), "--to", server.host],
                                 stdout=subprocess.PIPE, text=True)
        url = proxy.stdout.readline().split()[-1]
        for case in CASES:
            measured(*command(images[case], f"{url.rpartition('/')[2]}/bench/image:1.0"), env=around)
            with urllib.request.urlopen(url + "/_proxy/log") as page:
                requests = json.load(page)["requests"]
            urllib.request.urlopen(urllib.request.Request(url + "/_proxy/log", method="DELETE")).close()
            counts[case] = (len(requests), sum(request["body_bytes"] for request in requests))
        proxy.terminate()
        proxy.wait()
    shutil.rmtree(folder)
    return counts


def show(kind, rounds, counts):
    print(f"\nto {kind}")
    print(f"  {'':43}{'wall s':>8}{'CPU s':>8}{'MiB':>6}{'disk MB':>9}{'requests':>10}{'sent MB':>9}{'server CPU s':>14}"
          f"{'wall ×':>9}{'CPU ×':>8}")
    for case in CASES:
        best = {name: best_of(figures[case] for figures in rounds[name]) for name in rounds}
        mine = best.get("rockbuild (archive)")
        for number, (name, figures) in enumerate(best.items()):
            requests, sent = counts[name][case]
            ratios = f"{figures.wall / mine.wall:9.2f}{figures.cpu / max(mine.cpu, 1e-3):8.2f}" if mine else ""
            print(f"  {case if number == 0 else '':21}{name:22}{figures.wall:8.3f}{figures.cpu:8.3f}{figures.memory / 1024:6.0f}"
                  f"{figures.written / 1e6:9.1f}{requests:10}{sent / 1e6:9.1f}{figures.server_cpu:14.2f}{ratios}")


def main():
    commands = clients()
    kinds = [kind for kind in ("docker-registry", "rockbuild") if program(kind)]
    place = os.environ.get("TMPDIR") or ("/dev/shm" if os.path.isdir("/dev/shm") else None)
    with tempfile.TemporaryDirectory(prefix="push-bench-", dir=place) as work:
        images = make_images(work)
        size = os.path.getsize(images["cold"] + ".rock")
        print(f"a rock of {size / 1e6:.0f} MB in {len(LAYERS_MB)} layers; {os.cpu_count()} cores; best of {ROUNDS}; "
              "× is the figure divided by rockbuild's")
        for kind in kinds:
            rounds = {name: [] for name in commands}
            for _ in range(ROUNDS):
                for name, command in commands.items():
                    rounds[name].append(timed(work, kind, command, images))
            show(kind, rounds, {name: counted(work, kind, command, images) for name, command in commands.items()})


main()
