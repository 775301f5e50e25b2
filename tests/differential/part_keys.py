#!/usr/bin/env python3
"""Single parts, made at random from a seed, beside what craft-parts says of each.

Each part begins as a right one of some plugin, then gets keys with right and wrong values: wrong kinds, keys that exclude each
other, keys of other plugins, permissions, filesets, paths that are empty or lead out. Fifty of them make a file of one line a
part, so that `check` says for each line whether it refuses the part. craft-parts is asked for the same data: what its models
say when a project is loaded, and what its sources, filesets and permissions say when they are used first: a mistake of the file
is one at either time. Plugins are registered as Rockcraft does it, for an older and a newer build base.

OURS_ALONE and may_differ hold what may differ; KNOWN.md tells why.

  part_keys.py [COUNT [SEED]]

  ROCKBUILD             the program
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): the virtual environment of craft-parts

Ends with 77 where craft-parts can't be had from the package index.
"""
import collections
import json
import os
import random
import subprocess
import sys
import tempfile
from pathlib import Path

from virtual_environment import go_on_in

if __name__ == "__main__":
    go_on_in("craft-parts", "craft-parts==2.35.0")
import craft_parts  # noqa: E402  (of the virtual environment)
from craft_parts import errors, plugins  # noqa: E402
from craft_parts.executor.filesets import Fileset  # noqa: E402
from craft_parts.parts import Part, validate_part  # noqa: E402
from craft_parts.plugins.dotnet_v2_plugin import DotnetV2Plugin  # noqa: E402
from craft_parts.plugins.bazel_plugin import BazelPlugin  # noqa: E402
from craft_parts.sources.sources import get_source_handler  # noqa: E402

# ---- the parts --------------------------------------------------------------------------------------------------------

WORDS = ["a", "lib", "main", "1.0", "usr/bin", "x y", "*", "-a", "$HOME/x", "é", "a_b", "'", "#", "a: b"]
WRONG = [None, True, 3, -1, 1.5, "", "x", [], ["x"], [""], [1], [None], [["x"]], [{"a": "b"}], {}, {"a": "b"}, {"a": None}, {"a": 1}]
PATHS = ["a", "usr/bin/x", "*", "a/*.so", "-a", "-usr/*", "", "/", "/a", "-/a", "..", "a/../b", "../a", "\\-a"]
CHECKSUM = ["sha256/" + "0" * 64, "md5/" + "a" * 32, "", "sha256", "crc/00", "sha512/zz"]
TEXT_KEYS = {
    "source": [".", "src", "x.tar.gz", "x.git", "https://example.org/x.git", "https://example.org/x", "a.zip", "b.deb", "c.7z", "no-such", ""],
    "source-type": ["local", "git", "tar", "zip", "deb", "rpm", "7z", "snap", "file", "svn", ""],
    "source-checksum": CHECKSUM,
    "source-channel": ["edge", ""],
    "source-branch": ["main", ""],
    "source-tag": ["v1", "1.0", ""],
    "source-commit": ["0" * 40, "abc", ""],
    "source-subdir": ["src", "", "a/b"],
    "overlay-script": ["true", ""],
    "override-overlay": ["true", ""],
    "override-pull": ["craftctl default\nls\n", ""],
    "override-build": ["true", ""],
    "override-stage": ["true"],
    "override-prime": ["true"],
}
LIST_KEYS = {
    "after": ["base"],
    "overlay-packages": ["hello", "g++", "libc6:amd64", "a=1.0"],
    "stage-snaps": ["a", "b/latest/edge"],
    "stage-packages": ["hello", "g++", "libc6:amd64", "a=1.0", "libc6_libs", "a_b"],
    "build-snaps": ["go", "node/20/stable"],
    "build-packages": ["make", "g++"],
    "build-attributes": ["enable-usrmerge", "disable-usrmerge", "self-contained"],
    "source-submodules": ["a", "b/c"],
    "overlay": PATHS,
    "stage": PATHS,
    "prime": PATHS,
}
OTHER_KEYS = {
    "source-depth": [0, 1, "2", -1, 1.0, 1.5, "x", True],
    "disable-parallel": [True, False, "yes", "no", "maybe", 1, 0, 2],
    "build-environment": [[{"A": "b"}], [{"A": 1}, {"B": "c", "C": ""}], [], [{}], [{"A": None}], [{"A": True}], [{"A": ["b"]}]],
    "organize": [{"a": "b"}, {"a/*": "b/"}, {"a": ""}, {"/a": "b"}, {"a": "/b"}, {"a": "../b"}, {"": "b"}, {}, {"a": 1}, {"(build)/x": "y"}],
}
PERMISSIONS = {"path": ["a", "bin/*", "", 1, None], "owner": [0, 1, "2", "x", 1.5, True, -1], "group": [0, 1, "2", "x", None],
               "mode": ["755", "0755", "0o755", "4755", "999", "x", "", 755, None], "user": ["root"]}
PLUGIN_VALUES = {"npm-node-version": ["20", "lts/iron", 20], "rust-channel": ["stable", "1.75", "1.75.1", "nightly-2024", "none", "odd", 1.75],
                 "rust-features": [["a"], ["*"], ["a", "*"], []], "dotnet-version": ["8.0", "8", "5", "x", 8.0],
                 "dotnet-configuration": ["Debug", "Release", "debug"], "dotnet-verbosity": ["q", "quiet", "loud"],
                 "qmake-major-version": [5, 6, "5", 7, 5.5], "jlink-multi-release": ["base", 17, "17", 1.5]}
OLDER, NEWER = "ubuntu@24.04", "ubuntu@26.04"
NOT_IN_ROCKCRAFT = ["npm-use", "gradle-use", "ruby", "colcon", "qmake6"]


def register(base):
    """As Rockcraft does it: spec/parts-lifecycle.md §9."""
    plugins.unregister_all()
    if base == NEWER:
        from craft_parts.plugins.python_v2.python_plugin import PythonPlugin as PythonV2Plugin
        plugins.register({"python": PythonV2Plugin, "dotnet": DotnetV2Plugin, "bazel": BazelPlugin})
        missing = {"poetry", "uv"}
    else:
        missing = {"bazel"}
    plugins.unregister(*[name for name in plugins.get_registered_plugins() if name in missing.union(NOT_IN_ROCKCRAFT)])


def plugin_keys(name):
    """The keys of a plugin's own, with what their model says of them."""
    properties = plugins.get_plugin_class(name).properties_class.model_json_schema().get("properties", {})
    return {key: value for key, value in properties.items() if key.startswith(name + "-")}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.names = sorted(plugins.get_registered_plugins())
        self.keys = {name: plugin_keys(name) for name in self.names}

    def list_of(self, words):
        return [self.random.choice(words) for _ in range(self.random.randint(0, 3))]

    def plugin_value(self, key, model):
        if key in PLUGIN_VALUES:
            return self.random.choice(PLUGIN_VALUES[key])
        kind = model.get("type")
        return {"boolean": self.random.choice([True, False]), "array": self.list_of(WORDS), "integer": 5,
                "object": {"a": self.random.choice(WORDS)}}.get(kind, self.random.choice(WORDS))

    def right_or_wrong(self, right):
        return self.random.choice(WRONG) if self.random.random() < 0.2 else right

    def permission(self):
        return {key: self.random.choice(values) for key, values in PERMISSIONS.items() if self.random.random() < 0.4}

    def generic(self):
        key = self.random.choice([*TEXT_KEYS, *LIST_KEYS, *OTHER_KEYS, "permissions"])
        if key in TEXT_KEYS:
            value = self.random.choice(TEXT_KEYS[key])
        elif key in LIST_KEYS:
            value = self.list_of(LIST_KEYS[key])
        elif key in OTHER_KEYS:
            value = self.random.choice(OTHER_KEYS[key])
        else:
            value = [self.permission() for _ in range(self.random.randint(0, 2))]
        return key, self.right_or_wrong(value)

    def part(self):
        roll = self.random.random
        name = self.random.choice(self.names)
        data = {"plugin": name} if roll() < 0.97 else {"plugin": self.random.choice(["", None, "nill", "ruby", 3, ["nil"]])}
        if roll() < 0.95:
            data["source"] = "src"
        for _ in range(self.random.randint(0, 2)):
            if self.keys[name]:
                key = self.random.choice(sorted(self.keys[name]))
                data[key] = self.right_or_wrong(self.plugin_value(key, self.keys[name][key]))
        for _ in range(self.random.randint(0, 3)):
            key, value = self.generic()
            data[key] = value
        if roll() < 0.05:
            other = self.random.choice([n for n in self.names if self.keys[n]])
            key = self.random.choice(sorted(self.keys[other]))
            data[key] = self.plugin_value(key, self.keys[other][key])
        if roll() < 0.04:
            data[self.random.choice([name + "-foo", "stage_packages", "parse-info", "foo", "Source"])] = "x"
        return data


# ---- what craft-parts says --------------------------------------------------------------------------------------------


# What it raises is often Python's own.
MISTAKES = (ValueError, TypeError, LookupError, AttributeError, errors.PartsError)


def theirs(data, dirs):
    """None, or why it refuses the part: when it is loaded, or later."""
    try:
        validate_part(json.loads(json.dumps(data)))
        own = plugins.get_plugin_class(data["plugin"]).properties_class.unmarshal(data)
        part = Part("p", {key: value for key, value in data.items() if not key.startswith(data["plugin"] + "-")},
                    plugin_properties=own, project_dirs=dirs)
    except MISTAKES as error:
        return "load: " + str(error).replace("\n", " ")
    try:
        get_source_handler(Path("cache"), part, dirs)
        for key, entries in (("overlay", part.spec.overlay_files), ("stage", part.spec.stage_files), ("prime", part.spec.prime_files)):
            Fileset(entries, name=key)
        for permission in part.spec.permissions:
            if permission.mode is not None and not 0 <= permission.mode_octal <= 0o7777:
                raise ValueError(f"no mode: {permission.mode}")
    except MISTAKES as error:
        return "use: " + str(error).replace("\n", " ")
    return None


def ours(program, base, parts, folder):
    """The codes of errors, for each part."""
    head = f"name: app\nversion: '1'\nsummary: s\ndescription: d\nbase: {base}\nplatforms: {{amd64: }}\nparts:\n  base: {{plugin: nil}}\n"
    lines = [f"  p{number}: {json.dumps(data)}\n" for number, data in enumerate(parts)]
    file = Path(folder, "rockcraft.yaml")
    file.write_text(head + "".join(lines), encoding="utf-8")
    done = subprocess.run([program, "check", "--format", "json", str(file)], capture_output=True, text=True, check=False)
    found = [[] for _ in parts]
    first = head.count("\n") + 1
    for item in json.loads(done.stdout)["diagnostics"]:
        # Whether other parts are there is asked of all parts together, there and here.
        if item["severity"] == "error" and item["code"] != "RB0315":
            if not 0 <= item["line"] - first < len(parts):
                raise SystemExit(f"an error that is no part's: {item}\n{file.read_text()}")
            found[item["line"] - first].append(f"{item['code']} {item['message']}")
    return found


# ---- what may differ --------------------------------------------------------------------------------------------------

# Words of our messages, with the reason why craft-parts says nothing there.
OURS_ALONE = [
    ("leads out of the part's files", "a path that leaves the tree"),
    ("is no path in the part's files", "an `organize` from outside of what the part installs"),
    ("is organised to nothing", "an `organize` to an empty text"),
    ("nothing is organised into the build folder", "an `organize` into the build folder"),
    ("is no package name", "a package's name that apt can't take"),
    ("is a slice; '", "a slice where apt is asked"),
    ("takes one kind only", "slices beside packages in one list"),
    ("is no name of a variable", "a variable's name that a shell can't export"),
    ("is no checksum", "a checksum of an unknown algorithm"),
    ("'source-depth' can't be -", "a depth below nothing"),
    ("'owner' can't be", "an id that no system has"),
    ("'group' can't be", "an id that no system has"),
    ("'owner' and 'group' go together", "an owner beside a group without a value"),
    ("must be a whole number, not the boolean", "a boolean as a number"),
    ("an entry of 'permissions' has no key", "a misspelt key of a permission"),
    ("'*' stands for all features", "a `*` among features of Rust"),
    ("'source-type' can't be", "a type of a source that isn't there"),
    ("is empty", "an empty entry of a list"),
]


def without_nothing(value):
    """The same without the keys that have no value."""
    if isinstance(value, dict):
        return {key: without_nothing(inner) for key, inner in value.items() if inner is not None}
    return [without_nothing(inner) for inner in value] if isinstance(value, list) else value


def texts_for_numbers(value):
    if isinstance(value, list):
        return [texts_for_numbers(inner) for inner in value]
    return str(value) if type(value) in (int, float) else value


def with_changed(key, change):
    return lambda data: {**data, key: change(data[key])} if key in data else data


def with_texts(data):
    changed = {key: texts_for_numbers(value) if key.endswith(("stage", "prime", "overlay", "-packages")) else value for key, value in data.items()}
    return {**changed, "source": "src"} if type(data.get("source")) in (int, float) else changed


# With all changes up to one of these craft-parts takes the part: so that is the reason why it didn't.
CHANGES = [
    ("a key without a value", without_nothing),
    ("a number as a source, a package or a path", with_texts),
    ("a folder that isn't there", with_changed("source", lambda source: "src" if not os.path.splitext(source)[1] else source)),
    ("the same part twice in `after` of a rust or bazel part", with_changed("after", lambda after: after[:1])),
]


def may_differ(data, our, their, dirs):
    """The reason why ours and theirs are apart, or None."""
    if our:
        if data.get("source") == "":
            return "a source that is empty"
        reasons = [next((reason for words, reason in OURS_ALONE if words in message), None) for message in our]
        return None if None in reasons else reasons[0]
    changed = data
    for reason, change in CHANGES:
        changed = change(changed)
        if theirs(changed, dirs) is None:
            return reason
    return None


def compare(program, count, seed):
    differences, counted = [], collections.Counter()
    with tempfile.TemporaryDirectory() as folder:
        os.chdir(folder)
        os.mkdir("src")
        dirs = craft_parts.ProjectDirs(work_dir=folder)
        for base in (OLDER, NEWER):
            register(base)
            maker = Maker(f"{seed} {base}")
            for _ in range(count // 100):
                parts = [maker.part() for _ in range(50)]
                for data, our in zip(parts, ours(program, base, parts, folder)):
                    their = theirs(data, dirs)
                    reason = may_differ(data, our, their, dirs) if bool(our) != bool(their) else None
                    counted["taken by both" if not our and not their else "refused by both" if our and their else reason or "DIFFERENT"] += 1
                    if bool(our) != bool(their) and reason is None:
                        differences.append(f"{base} {json.dumps(data, ensure_ascii=False)}\n  ours:   {our or 'taken'}\n  theirs: {their or 'taken'}")
    return differences, counted


def main():
    count, seed = int(sys.argv[1]) if len(sys.argv) > 1 else 2000, sys.argv[2] if len(sys.argv) > 2 else "1"
    program = os.path.abspath(os.environ["ROCKBUILD"])
    craft_parts.Features(enable_overlay=True)
    differences, counted = compare(program, count, seed)
    for difference in differences:
        print(difference)
    for what, number in counted.most_common():
        print(f"{number:6} {what}")
    return 1 if differences or not counted["taken by both"] or not counted["refused by both"] else 0


if __name__ == "__main__":
    sys.exit(main())
