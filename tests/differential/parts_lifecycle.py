#!/usr/bin/env python3
"""Small projects, each taken to prime by craft-parts and by rockbuild: verdict, part and step that fail, and the primed trees.

The projects are those of lifecycle_projects.py, made by hand for each rule and quirk, and of lifecycle_random.py, made from a seed.
Of a tree everything counts but the times: path, type, mode, owner, link target, bytes. craft-parts is given the settings that
Rockcraft gives it (lifecycle_peer.py); what differs on purpose says so in its project, exactly, and KNOWN.md says why.

  parts_lifecycle.py [COUNT [SEED]]     so many random ones (default: 60), or
  parts_lifecycle.py NAME…              only those whose name begins so, with all that was seen

  ROCKBUILD             the program
  PEBBLE                stands in for Pebble in the rocks
  ROCKBUILD_TEST_STORE  a store that is kept between runs, else the build environment is made anew (a minute)
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): the virtual environment of craft-parts

Ends with 77 where craft-parts or the build environment can't be had, or without root, as whom craft-parts keeps owners and mounts.
"""
import collections
import json
import multiprocessing
import os
import re
import shutil
import subprocess
import sys
import tempfile

from virtual_environment import go_on_in

if __name__ == "__main__":
    if os.geteuid() != 0:
        print("NOT TRIED: craft-parts keeps owners and mounts overlays only as root", file=sys.stderr)
        sys.exit(77)
    go_on_in("craft-parts", "craft-parts==2.35.0")
    # Overlays that craft-parts leaves mounted end with this process.
    # The order of its sets, which shows where it adds the entries of `stage` to those of `prime`, is that of one seed.
    if os.environ.get("ROCKBUILD_DIFFERENTIAL_MOUNTS") != "own":
        os.environ.update(ROCKBUILD_DIFFERENTIAL_MOUNTS="own", PYTHONHASHSEED="0")
        os.execvp("unshare", ["unshare", "--mount", sys.executable, *sys.argv])
import lifecycle_peer as peer  # noqa: E402  (of the virtual environment)
from lifecycle_projects import Project, all_projects, nil  # noqa: E402
from lifecycle_random import random_projects  # noqa: E402
from lifecycle_trees import differences, tree_of_rock  # noqa: E402

# What our codes are called in both sides' words; all others are mistakes of the file.
CLASSES = {"RB1010": "missing", "RB1011": "missing", "RB1020": "organize", "RB1021": "organize", "RB1022": "organize", "RB1023": "organize", "RB1025": "organize",
           "RB1030": "collision", "RB1031": "meets", "RB1050": "script", "RB0220": "source"}


def architecture():
    return subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


def write_project(project, folder):
    os.makedirs(folder)
    project.make(folder)
    document = {"name": project.NAME, "version": "1", "summary": "s", "description": "d", "base": project.base, "build-base": "debian@12",
                "platforms": {ARCHITECTURE: None}, "parts": project.parts}
    if project.adopts:
        document["adopt-info"] = project.adopts
    with open(os.path.join(folder, "rockcraft.yaml"), "w", encoding="utf-8") as stream:
        json.dump(document, stream, indent=1, ensure_ascii=False)


def our_environment(project):
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("CRAFT_", "ROCKCRAFT_"))}
    return {**environment, "ROCKBUILD_CACHE": STORE, "ROCKBUILD_PEBBLE": PEBBLE}


def our_walk(project, folder, out):
    """The verdict, and the primed tree where there is one: out of a rock."""
    os.makedirs(out)
    ours = our_verdict(project, folder, "pack", "--output", out)
    if ours["verdict"] == "ok":
        rock = os.path.join(out, next(name for name in os.listdir(out) if name.endswith(".rock")))
        ours["tree"] = tree_of_rock(rock, 0 if project.base == "bare" else 1)
    return ours


def our_verdict(project, folder, *command):
    done = subprocess.run([ROCKBUILD, *command, "--progress", "json"], capture_output=True, text=True, cwd=folder,
                          errors="backslashreplace", stdin=subprocess.DEVNULL, timeout=300, env=our_environment(project))
    if done.returncode == 0:
        return {"verdict": "ok", "words": "", "tree": {}}
    words = [line for line in done.stderr.splitlines() if not line.startswith('{"v":')]
    code = re.search(r"^error\[(RB\d{4})\]", "\n".join(words), re.MULTILINE)
    if done.returncode != 1 or not code:
        return {"verdict": f"ended with {done.returncode}", "words": "\n".join(words)[-600:], "tree": {}}
    events = [json.loads(line) for line in done.stderr.splitlines() if line.startswith('{"v":')]
    failed = [event["id"] for event in events if event.get("outcome") == "failed" and event["id"].split(":")[0] in project.parts]
    at = f" at {failed[0]}" if failed else ""
    return {"verdict": CLASSES.get(code[1], "file") + at, "words": "\n".join(words)[:600], "tree": {}}


def examine(project, index):
    """What both sides say: [ours, theirs, paths that differ]."""
    folder, work, out = (os.path.join(FOLDER, f"{kind}{index}") for kind in ("project", "work", "out"))
    write_project(project, folder)
    ours = our_walk(project, folder, out)
    shutil.copytree(PEBBLE_TREE, os.path.join(folder, ".rockbuild-pebble"))
    theirs = peer.run(project, folder, work, BASES[project.base])
    shutil.rmtree(out)
    if other_mistake_first(project, ours, theirs):
        # Steps run side by side here, and whichever fails first ends the others: theirs must fail too, where it is asked for.
        part, step = theirs["verdict"].partition(" at ")[2].split(":")
        ours = our_verdict(project, folder, step, part)
    return ours, theirs, differences(ours["tree"], theirs["tree"]) if ours["verdict"] == theirs["verdict"] == "ok" else {}


def alike(ours, theirs, several):
    """Ours may not say where. Collisions are told by us at the later part, by craft-parts at the first that is staged; and what
    can be known of the file alone is told by us before any step. Where there may be several mistakes in a project, another one in the
    same step will do, and a collision hides those of the parts that it is about."""
    if ours == theirs:
        return True
    kind, their_kind = ours.split(" at ")[0], theirs.split(" at ")[0]
    if several and "ok" not in (ours, theirs) and not ours.startswith("ended"):
        return kind == their_kind or "collision" in (kind, their_kind) or ours.partition(" at ")[2] == theirs.partition(" at ")[2]
    if kind == "file":
        return their_kind in ("file", "organize", "missing", "source")
    return kind == their_kind and (" at " not in ours or kind == "collision")


def other_mistake_first(project, ours, theirs):
    """Of several mistakes, each in a step of its own, did the two sides meet different ones? Only random projects have several."""
    return (project.name.startswith("random ") and "ok" not in (ours["verdict"], theirs["verdict"]) and " at " in theirs["verdict"] and not project.apart
            and not alike(ours["verdict"], theirs["verdict"], True))


def verdict(project, seen):
    """None, or what isn't as it should be."""
    ours, theirs, paths = seen
    if project.apart:
        wanted = project.apart
        if (ours["verdict"], theirs["verdict"], paths) != (wanted.ours, wanted.theirs, wanted.paths):
            return f"meant to be apart as {wanted.ours} / {wanted.theirs} / {wanted.paths}"
        return None
    if "RB0311" in ours["words"]:
        return None
    if not alike(ours["verdict"], theirs["verdict"], project.name.startswith("random ")) or paths:
        return "apart"
    return None


def told(project, seen, word):
    ours, theirs, paths = seen
    lines = [f"== {project.name}: {word}", f"   parts   {json.dumps(project.parts, ensure_ascii=False)}",
             f"   ours    {ours['verdict']}  {ours['words'].strip()}", f"   theirs  {theirs['verdict']}  {theirs['words'].strip()}"]
    for path, (mine, other) in list(paths.items())[:20]:
        lines.append(f"   {path!r}: ours {mine}, theirs {other}")
    return "\n".join(lines)


def work(item):
    index, project = item
    try:
        return project, examine(project, index)
    except Exception as error:
        raise RuntimeError(f"{project.name}: {error!r}") from error


def prepare():
    """The build environment, once for all, the bases, and the tree of the hidden part that rockbuild adds to each rock."""
    os.makedirs(BASES["bare"])
    unpack(layers_of_probe("bare"), PEBBLE_TREE)
    unpack(layers_of_probe("debian@12")[:1], BASES["debian@12"])


def unpack(layers, folder):
    os.makedirs(folder)
    for layer in layers:
        subprocess.run(["tar", "-C", folder, "--exclude=.rock", "-xpf", layer], check=True)


def layers_of_probe(base):
    """The layers of a rock that is packed on this base, and runs a script on its way."""
    probe = Project("probe", {"a": nil("true")}, base=base)
    folder, out, layers = (os.path.join(FOLDER, f"probe-{base}-{what}") for what in ("project", "out", "layers"))
    write_project(probe, folder)
    done = subprocess.run([ROCKBUILD, "pack", folder, "--output", out, "--progress", "none"], stdout=subprocess.DEVNULL,
                          stderr=subprocess.PIPE, text=True, env=our_environment(probe))
    if done.returncode != 0:
        print(f"NOT TRIED: no build environment debian@12: {done.stderr[-1000:]}", file=sys.stderr)
        sys.exit(77)
    rock = os.path.join(out, os.listdir(out)[0])
    os.makedirs(layers)
    subprocess.run(["tar", "-C", layers, "-xf", rock], check=True)
    with open(os.path.join(layers, "index.json"), encoding="utf-8") as stream:
        digest = json.load(stream)["manifests"][0]["digest"]
    with open(os.path.join(layers, "blobs", digest.replace(":", "/")), encoding="utf-8") as stream:
        return [os.path.join(layers, "blobs", layer["digest"].replace(":", "/")) for layer in json.load(stream)["layers"]]


def main():
    names = [word for word in sys.argv[1:] if not word.isdigit()]
    numbers = [int(word) for word in sys.argv[1:] if word.isdigit()]
    count, seed = numbers[0] if numbers else 60, numbers[1] if len(numbers) > 1 else 1
    projects = [*all_projects(), *random_projects(count, seed)]
    if names:
        projects = [project for project in projects if project.name.startswith(tuple(names))]
    peer.prepare(FOLDER)
    prepare()
    counted, wrong = collections.Counter(), 0
    with multiprocessing.get_context("fork").Pool(os.cpu_count()) as pool:
        for project, seen in pool.imap(work, enumerate(projects)):
            word = verdict(project, seen)
            if word or names:
                print(told(project, seen, word or "as it should be"), flush=True)
            wrong += word is not None
            both = seen[0]["verdict"].split(" at ")[0], seen[1]["verdict"].split(" at ")[0]
            counted["APART" if word else "not built yet" if "RB0311" in seen[0]["words"] else "apart on purpose" if project.apart else "primed alike" if both == ("ok", "ok") else f"refused alike: {both[1]}"] += 1
    for what, number in counted.most_common():
        print(f"{number:6} {what}")
    return 1 if wrong or not names and (counted["primed alike"] < 100 or counted["refused alike: collision"] < 10) else 0


if __name__ == "__main__":
    ROCKBUILD, PEBBLE = os.path.abspath(os.environ["ROCKBUILD"]), os.path.abspath(os.environ["PEBBLE"])
    ARCHITECTURE = architecture()
    with tempfile.TemporaryDirectory(prefix="rockbuild-lifecycle-") as FOLDER:
        STORE = os.environ.get("ROCKBUILD_TEST_STORE") or os.path.join(FOLDER, "store")
        PEBBLE_TREE = os.path.join(FOLDER, "pebble-tree")
        BASES = {base: os.path.join(FOLDER, "base-" + base) for base in ("bare", "debian@12")}
        code = main()
    sys.exit(code)
