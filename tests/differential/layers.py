#!/usr/bin/env python3
"""Random trees, packed by us, read by others: equal entry by entry.

layers.py TREE_TO_ROCK [ROUNDS [SEED]]

Each round makes an image of two layers (the upper one with whiteouts and opaque folders), and asks
  - skopeo for digest, layers and config;
  - gzip, Python's gzip and bsdcat for the bytes of the blobs;
  - GNU tar, bsdtar and Python's tarfile for each layer's entries;
  - umoci for the whole root file system.
Run by root: owners, devices and attributes can't be set by others. A peer that is missing is said, and ends in failure
unless ROCKBUILD_SKIP_MISSING_PEERS is set.
"""
import gzip
import hashlib
import json
import os
import random
import shutil
import stat
import subprocess
import sys
import tarfile
import tempfile

CAPABILITY = bytes.fromhex("0100000200200000000000000000000000000000")
ENVIRONMENT = dict(os.environ, LC_ALL="C.UTF-8")


def run(*command, **options):
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=ENVIRONMENT, **options)
    if done.returncode != 0:
        sys.exit(f"{command} ended with {done.returncode}:\n{done.stderr.decode(errors='replace')}")
    return done.stdout


# ---- making trees ----

class Maker:
    """A tree is a dict from path (bytes) to a dict of what tree_to_rock's listing says."""

    def __init__(self, rng, contents):
        self.rng = rng
        self.contents = contents

    def name(self):
        rng = self.rng
        alphabet = [b"a", b"Z", b"0", b"-", b".x", b" ", b"+", b"\xc3\xa9", b"\xe2\x82\xac"]
        kind = rng.random()
        if kind < 0.08:
            alphabet += [b"\xff", b"\x80", b"\xc3"]
        length = rng.choice([1, 3, 8, 20, 60, 99, 100, 101, 180]) if kind < 0.5 else rng.randrange(1, 12)
        name = b"".join(rng.choice(alphabet) for _ in range(length))[:200]
        return b"n" + name.rstrip(b" ")

    def content(self):
        rng = self.rng
        size = rng.choice([0, 1, 511, 512, 513, rng.randrange(5000), rng.randrange(200000)])
        if rng.random() < 0.02:
            size = rng.choice([1 << 20, (1 << 20) + 1, (2 << 20) + 512, 5 << 20])
        data = rng.randbytes(size // 4 + 1) * 4
        path = os.path.join(self.contents, str(len(os.listdir(self.contents))))
        with open(path, "wb") as file:
            file.write(data[:size])
        return path

    def attributes(self):
        rng = self.rng
        return {
            "mode": rng.choice([0o644, 0o755, 0o600, 0o4755, 0o2755, 0o1777, 0o6711, 0o444, 0o400]),
            "uid": rng.choice([0, 1, 1000, 65534, 584792, 2097151, 2097152, 3000000000]),
            "gid": rng.choice([0, 5, 100, 2097152]),
            "mtime": rng.choice([0, 1, 1700000000, (1 << 33) - 1, 1 << 33, (1 << 33) + 12345]),
        }

    def entry(self, groups):
        rng = self.rng
        entry = self.attributes()
        kind = rng.random()
        if kind < 0.12:
            entry.update(type="l", mode=0o777,
                         target=rng.choice([b"x", b"/abs/olute", b"../up", b"t" * 100, b"t" * 101, b"\xff\xfe", b"\xff" * 120]))
        elif kind < 0.15:
            entry.update(type="p")
        elif kind < 0.17:
            entry.update(type="c", major=1, minor=3)
        elif kind < 0.18:
            entry.update(type="b", major=7, minor=300)
        elif kind < 0.25 and groups:
            entry = dict(rng.choice(groups))
        else:
            entry.update(type="f", content=self.content(), xattrs={})
            if rng.random() < 0.15:
                entry["xattrs"]["user.note"] = rng.randbytes(rng.randrange(1, 40)).hex()
            if rng.random() < 0.1:
                entry["xattrs"]["security.capability"] = CAPABILITY.hex()
            if rng.random() < 0.1:
                entry["link"] = hashlib.sha256(str(rng.random()).encode()).hexdigest()
                groups.append(entry)
        return entry

    def tree(self, size):
        rng = self.rng
        tree, folders, groups = {}, [b""], []
        while len(tree) < size:
            folder = rng.choice(folders)
            path = os.path.join(folder, self.name())
            if path in tree or len(path) > 1500:
                continue
            if rng.random() < 0.2:
                tree[path] = dict(self.attributes(), type="d", mode=rng.choice([0o755, 0o700, 0o1777, 0o2755, 0o555]))
                folders.append(path)
            else:
                tree[path] = self.entry(groups)
        return tree

    def delta(self, lower, size):
        """New entries, and something done to a few of the lower ones."""
        rng = self.rng
        delta = self.tree(size)
        for path in rng.sample(sorted(lower), min(len(lower), 15)):
            parents = [b"/".join(path.split(b"/")[:i]) for i in range(1, path.count(b"/") + 1)]
            if any(delta.get(parent, {"type": "d"})["type"] != "d" or delta.get(parent, {}).get("opaque")
                   for parent in parents) or path in delta:
                continue
            for parent in parents:
                delta.setdefault(parent, dict(lower[parent]))
            if lower[path]["type"] != "d":
                delta[path] = {"type": "w"}
            elif rng.random() < 0.5 and not any(other.startswith(path + b"/") for other in delta):
                delta[path] = {"type": "w"}
            else:
                delta[path] = dict(lower[path], opaque=True)
        return delta


def applied(lower, delta):
    gone = [path for path, entry in delta.items() if entry["type"] != "d" or entry.get("opaque")]
    result = {path: entry for path, entry in lower.items()
              if not any(path.startswith(other + b"/") for other in gone) and path not in delta}
    result.update((path, entry) for path, entry in delta.items() if entry["type"] != "w")
    return result


def as_members(delta):
    """What stands in the layer's tar: whiteouts and opaque folders as files."""
    members = {}
    for path, entry in delta.items():
        folder, name = os.path.split(path)
        if entry["type"] == "w":
            members[os.path.join(folder, b".wh." + name)] = {"type": "f", "mode": 0, "mtime": 0}
            continue
        members[path] = entry
        if entry.get("opaque"):
            members[path + b"/.wh..wh..opq"] = {"type": "f", "mode": 0, "mtime": 0}
    return members


def write_listing(tree, path):
    with open(path, "w") as file:
        for name, entry in tree.items():
            line = dict(entry, path=name.hex())
            if "target" in line:
                line["target"] = line["target"].hex()
            file.write(json.dumps(line) + "\n")


# ---- comparing ----

def digest_of(path):
    with open(path, "rb") as file:
        return hashlib.sha256(file.read()).hexdigest()


def expected(tree):
    """Path → what can be seen; groups of hard links as sets of paths."""
    seen, groups = {}, {}
    for path, entry in tree.items():
        kind = entry["type"]
        facts = {"type": kind, "mode": entry["mode"], "uid": entry.get("uid", 0), "gid": entry.get("gid", 0),
                 "mtime": entry["mtime"], "xattrs": {name: bytes.fromhex(value) for name, value in entry.get("xattrs", {}).items()}}
        if kind == "f":
            content = entry.get("content")
            facts["digest"] = digest_of(content) if content else hashlib.sha256().hexdigest()
            if "link" in entry:
                groups.setdefault(entry["link"], set()).add(path)
        elif kind == "l":
            facts["target"] = entry["target"]
        elif kind in "cb":
            facts["device"] = (entry["major"], entry["minor"])
        seen[path] = facts
    return seen, sorted(sorted(group) for group in groups.values() if len(group) > 1)


def found(root):
    root = os.fsencode(root)
    seen, inodes = {}, {}
    kinds = {stat.S_IFREG: "f", stat.S_IFDIR: "d", stat.S_IFLNK: "l", stat.S_IFCHR: "c", stat.S_IFBLK: "b", stat.S_IFIFO: "p"}

    def walk(folder):
        for name in os.listdir(os.path.join(root, folder)):
            path = os.path.join(folder, name)
            full = os.path.join(root, path)
            status = os.lstat(full)
            kind = kinds[stat.S_IFMT(status.st_mode)]
            facts = {"type": kind, "mode": stat.S_IMODE(status.st_mode), "uid": status.st_uid, "gid": status.st_gid,
                     "mtime": status.st_mtime_ns // 10**9,
                     "xattrs": {name: os.getxattr(full, name, follow_symlinks=False)
                                for name in os.listxattr(full, follow_symlinks=False) if name != "security.selinux"}}
            if kind == "f":
                facts["digest"] = digest_of(full)
                if status.st_nlink > 1:
                    inodes.setdefault(status.st_ino, set()).add(path)
            elif kind == "l":
                facts["target"] = os.readlink(full)
            elif kind in "cb":
                facts["device"] = (os.major(status.st_rdev), os.minor(status.st_rdev))
            seen[path] = facts
            if kind == "d":
                walk(path)

    walk(b"")
    return seen, sorted(sorted(group) for group in inodes.values())


def compare(who, wanted, got, ignore=()):
    (wanted, wanted_groups), (got, got_groups) = wanted, got
    problems = [f"missing: {path!r}" for path in wanted.keys() - got.keys()]
    problems += [f"not ours: {path!r}" for path in got.keys() - wanted.keys()]
    for path in wanted.keys() & got.keys():
        for key, value in wanted[path].items():
            if (wanted[path]["type"], key) not in ignore and got[path].get(key) != value:
                problems.append(f"{path!r}: {key} is {got[path].get(key)!r}, not {value!r}")
    if wanted_groups != got_groups:
        problems.append(f"hard links are {got_groups!r}, not {wanted_groups!r}")
    if problems:
        sys.exit(f"{who} differs:\n  " + "\n  ".join(sorted(problems)[:20]))


def from_tarfile(path):
    """Python's reading of the tar itself; hard links as names of what they lead to."""
    seen, groups = {}, {}
    kinds = {tarfile.REGTYPE: "f", tarfile.DIRTYPE: "d", tarfile.SYMTYPE: "l", tarfile.CHRTYPE: "c", tarfile.BLKTYPE: "b", tarfile.FIFOTYPE: "p"}
    with tarfile.open(path, errors="surrogateescape", encoding="utf-8") as tar:
        for member in tar:
            name = os.fsencode(member.name)
            if member.islnk():
                first = os.fsencode(member.linkname)
                seen[name] = seen[first]
                groups.setdefault(first, {first}).add(name)
                continue
            kind = kinds[member.type]
            facts = {"type": kind, "mode": member.mode, "uid": member.uid, "gid": member.gid, "mtime": member.mtime,
                     "xattrs": {key[len("SCHILY.xattr."):]: os.fsencode(value) for key, value in member.pax_headers.items()
                                if key.startswith("SCHILY.xattr.")}}
            if kind == "f":
                facts["digest"] = hashlib.sha256(tar.extractfile(member).read()).hexdigest()
            elif kind == "l":
                facts["target"] = os.fsencode(member.linkname)
            elif kind in "cb":
                facts["device"] = (member.devmajor, member.devminor)
            seen[name] = facts
            if member.uname or member.gname:
                sys.exit(f"{name!r} has an owner's name")
    return seen, sorted(sorted(group) for group in groups.values())


# ---- one round ----

def check_layer(work, blob, layer, members, number):
    wanted = expected(members)
    with open(blob, "rb") as file:
        bytes_of_blob = file.read()
    if "sha256:" + hashlib.sha256(bytes_of_blob).hexdigest() != layer["digest"] or len(bytes_of_blob) != layer["size"]:
        sys.exit("the blob is not what its descriptor says")
    for who, plain in (("Python's gzip", gzip.decompress(bytes_of_blob)), ("gzip", run("gzip", "-dc", stdin=open(blob, "rb"))),
                       ("bsdcat", run("bsdcat", blob))):
        if "sha256:" + hashlib.sha256(plain).hexdigest() != layer["diff_id"]:
            sys.exit(f"{who} makes another tar of the blob than the diff ID says")
    tar = os.path.join(work, f"{number}.tar")
    with open(tar, "wb") as file:
        file.write(plain)
    compare("Python's tarfile", wanted, from_tarfile(tar))
    for who, command in (("GNU tar", ["tar", "--numeric-owner", "--xattrs", "--xattrs-include=*", "-xpf"]),
                         ("bsdtar", ["bsdtar", "--numeric-owner", "-xpf"])):
        folder = os.path.join(work, f"{number}-{command[0]}")
        os.mkdir(folder)
        run(*command, tar, "-C", folder)
        compare(who, wanted, found(folder))
        shutil.rmtree(folder)


def check_image(work, rock, result, whole):
    shown = json.loads(run("skopeo", "inspect", "oci-archive:" + rock))
    if shown["Digest"] != result["digest"] or shown["Layers"] != [layer["digest"] for layer in result["layers"]]:
        sys.exit(f"skopeo sees another image: {shown}")
    config = json.loads(run("skopeo", "inspect", "--config", "oci-archive:" + rock))
    if config["rootfs"]["diff_ids"] != [layer["diff_id"] for layer in result["layers"]] or \
            config["config"]["Entrypoint"] != ["/usr/bin/pebble", "enter"] or config["config"]["User"] != "584792" or \
            len(config["history"]) != len(result["layers"]) or config["architecture"] != "amd64":
        sys.exit(f"skopeo sees another config: {config}")
    layout, bundle = os.path.join(work, "layout"), os.path.join(work, "bundle")
    run("skopeo", "copy", "--quiet", "--insecure-policy", "oci-archive:" + rock + ":1.0", "oci:" + layout + ":1.0")
    run("umoci", "unpack", "--image", layout + ":1.0", bundle)
    compare("umoci", expected(whole), found(os.path.join(bundle, "rootfs")))


def one_round(program, work, seed):
    rng = random.Random(seed)
    contents = os.path.join(work, "contents")
    os.makedirs(contents)
    maker = Maker(rng, contents)
    lower = maker.tree(rng.choice([0, 1, 30, 150, 400]))
    delta = maker.delta(lower, rng.choice([0, 10, 100]))
    listings = [os.path.join(work, name) for name in ("lower", "delta")]
    write_listing(lower, listings[0])
    write_listing(delta, listings[1])

    rocks = []
    for threads in ("1", "3"):
        rock = os.path.join(work, threads + ".rock")
        result = json.loads(run(program, os.path.join(work, "store" + threads), rock, threads, *listings))
        rocks.append(digest_of(rock))
    if rocks[0] != rocks[1]:
        sys.exit("one thread and three make different archives")
    run("tar", "-xf", rock, "-C", work, "blobs")
    for number, (layer, tree) in enumerate(zip(result["layers"], (lower, delta))):
        check_layer(work, os.path.join(work, "blobs/sha256", layer["digest"][7:]), layer, as_members(tree), number)
    check_image(work, rock, result, applied(lower, delta))


def main():
    program = os.path.abspath(sys.argv[1])
    rounds = int(sys.argv[2]) if len(sys.argv) > 2 else 6
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 1
    missing = [peer for peer in ("skopeo", "umoci", "tar", "bsdtar", "bsdcat", "gzip") if shutil.which(peer) is None]
    if os.geteuid() != 0:
        missing.append("root's rights")
    if missing:
        print(f"NOT TRIED: this machine lacks {', '.join(missing)}", file=sys.stderr)
        sys.exit(77 if "ROCKBUILD_SKIP_MISSING_PEERS" in os.environ else 1)
    for number in range(rounds):
        work = tempfile.mkdtemp(prefix="layers-")
        try:
            one_round(program, work, seed + number)
            print(f"round {seed + number}: equal")
        except SystemExit as problem:
            sys.exit(f"seed {seed + number}: {problem.code}")
        finally:
            shutil.rmtree(work)


main()
