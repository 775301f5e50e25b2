"""Small projects for parts_lifecycle.py, by hand: one for each rule and each quirk of spec/parts-lifecycle.md that leaves a trace in
the primed tree or in the verdict. Where the two sides are apart on purpose, the project says exactly how (Apart), and KNOWN.md why.
"""
import os


class Entry:
    """A file of a source that is more than its text."""

    def __init__(self, kind, what="", mode=None):
        self.kind, self.what, self.mode = kind, what, mode

    def make(self, path):
        if self.kind == "link":
            os.symlink(self.what, path)
            return
        if self.kind == "folder":
            os.makedirs(path, exist_ok=True)
        else:
            with open(path, "w", encoding="utf-8", errors="surrogateescape") as stream:
                stream.write(self.what)
        if self.mode is not None:
            os.chmod(path, self.mode)


def program(text="#!/bin/sh\n", mode=0o755):
    return Entry("file", text, mode)


def text(what, mode):
    return Entry("file", what, mode)


def link(target):
    return Entry("link", target)


def folder(mode=0o755):
    return Entry("folder", mode=mode)


class Apart:
    """How the two sides differ on purpose: verdicts, and the paths that differ where both are ok."""

    def __init__(self, ours="ok", theirs="ok", **paths):
        self.ours, self.theirs, self.paths = ours, theirs, paths.get("paths", {})


class Project:
    NAME = "differential"

    def __init__(self, name, parts, files=None, adopts=None, apart=None, base="bare"):
        self.name, self.parts, self.files, self.adopts, self.apart, self.base = name, parts, files or {}, adopts, apart, base
        # craft-parts knows "(overlay)" where it has partitions, which Rockcraft hasn't.
        self.partitions = any(str(to).startswith("(overlay)") for part in parts.values() for to in (part.get("organize") or {}).values())

    def peer_parts(self):
        """With the hidden part of a rock, which rockbuild adds on its own."""
        return {**self.parts, "pebble": {"plugin": "dump", "source": ".rockbuild-pebble"}}

    def make(self, where):
        for path, entry in sorted(self.files.items()):
            full = os.path.join(where, path)
            os.makedirs(os.path.dirname(full), exist_ok=True)
            (entry if isinstance(entry, Entry) else Entry("file", entry)).make(full)


def below(name, tree):
    return {f"{name}/{path}": entry for path, entry in tree.items()}


def dump(source="a", **keys):
    return {"plugin": "dump", "source": source, **{key.replace("_", "-"): value for key, value in keys.items()}}


def nil(build=None, **keys):
    return {"plugin": "nil", **({"override-build": build} if build is not None else {}),
            **{key.replace("_", "-"): value for key, value in keys.items()}}


# ---- filesets (§10, §6 PRIME) -----------------------------------------------------------------------------------------

FILES = {
    ".foo": "foo", ".hid/x": "x", ".hid/.y": "y", "foo": "foo", "goo": "goo", "bar.so": "bar", "usr/.dot": "dot",
    "usr/lib/a.so": "a", "usr/lib/b.so.1": "b", "usr/bin/tool": program(), "usr/share/doc/readme": "readme", "usr/share/doc/c.so": "c",
    "etc/app.conf": "conf", "with space": "space", "\u00fcmlaut": "umlaut", "-dash": "dash", "empty": folder(0o750), "deep/empty": folder(),
    "link": link("foo"), "dirlink": link("usr/lib"), "dangling": link("nowhere"), "absolute": link("/etc/passwd"),
}

STAGES = [
    ["*"], [".*"], ["usr/*"], ["usr/**"], ["usr/lib/*.so"], ["usr/*/tool"], ["usr"], ["foo"], ["-foo"], ["-*"], ["-usr/lib"],
    ["-usr/lib/*.so"], ["usr", "-usr/share"], ["\\-dash"], ["--dash"], ["-dirlink"], ["dirlink/a.so"], ["dirlink/*"], ["dirlink"], ["empty"],
    ["emp*"], ["f?o"], ["f?o*"], ["-f?o"], ["[fg]oo*"], ["-[fg]oo"], [], ["nope"], ["no*pe"], ["usr/.dot"], ["usr/lib/"], ["./foo"],
    ["usr//lib/*"], [".hid"], [".h*"], [".hid/*"], ["*/lib"], ["*.so"], ["u*/lib/*"], ["-usr/**"], ["usr/**/readme"], ["usr/**/*.so"],
    ["with space"], ["\u00fcmlaut"], ["\u00fcm*"], ["-nope"], ["dangling"], ["dang*"], ["-absolute"], ["usr/*", "-usr/lib"], ["-*", "foo"],
    ["-**/*.so"], ["-usr/*/doc"], ["*", "-.*"], ["foo", "foo"], ["usr/lib", "usr/lib/a.so", "-usr/lib/a.so"], ["-usr/lib/a.so/x"],
    ["foo/x"], ["dirlink/nope"], ["-dirlink/a.so"], ["-dirlink/*"], ["deep"], ["deep/*"], ["*", "-deep/empty"],
    ["usr/l?b/*"], ["usr/[!b]*"], ["-usr/[!b]*"], ["*/"], ["-usr/"],
]

PRIMES = [
    (["-foo"], ["*"]), (["-foo"], ["-bar.so"]), (["foo"], ["-bar.so"]), (["-foo"], []), (["-foo"], ["foo"]), (["-foo"], ["*", "foo"]),
    (["-foo"], ["*", "-bar.so"]), (["usr"], ["usr/lib"]), (["usr"], ["usr/lib/*"]), (["*"], ["-usr"]), (["usr/lib"], ["*"]),
    ([".*"], ["*"]), ([".*"], [".hid"]), (["*"], [".foo"]), (["usr/*"], ["usr/bin", "-usr/bin/tool"]), (["usr"], ["-usr/lib"]),
    ([], ["foo"]), ([], ["-foo"]), (["*", ".*"], ["*", ".*"]), (["*", "-foo"], ["*"]), (["*"], ["nope"]), (["-usr/lib/a.so"], ["usr"]),
    (["usr/lib/*"], ["usr/lib/*.so"]), (["dirlink/*"], ["*"]), (["*"], ["dirlink/a.so"]), (["foo"], ["goo"]), (["usr/**"], ["*"]),
]


def fileset_projects():
    for stage in STAGES:
        yield Project(f"stage {stage}", {"a": dump(stage=stage)}, below("a", FILES))
    for stage, prime in PRIMES:
        yield Project(f"stage {stage} prime {prime}", {"a": dump(stage=stage, prime=prime)}, below("a", FILES))
    for stage in (["**/*.so"], ["**"]):
        yield Project(f"stage {stage}", {"a": dump(stage=stage)}, below("a", FILES), apart=Apart(theirs="crash at a:stage"))
    # `*` takes what hidden files an entry before it has chosen out again.
    hidden = {".foo": ["file", "0644", "0:0", "foo"], ".hid": ["folder", "0755", "0:0", ""], ".hid/x": ["file", "0644", "0:0", "x"],
              ".hid/.y": ["file", "0644", "0:0", "y"]}
    yield Project("stage hidden files first", {"a": dump(stage=[".*", "*"], prime=[".*", "*"])}, below("a", FILES),
                  apart=Apart(paths={path: [entry, None] for path, entry in hidden.items()}))


# ---- organize (§11) ---------------------------------------------------------------------------------------------------

INSTALLED = {
    "bin/x": program("x"), "bin/y": program("y"), "lib/a.so": "a", "lib/b.so": "b", "etc/conf": "conf", "f[1]": "f1", "f1": "f", "top": "top",
    ".hidden/z": "z", "l": link("top"), "dl": link("lib"), "hollow": folder(0o700), "one/file": "1", "a b/c d": "spaced", "gone": link("nowhere"),
}

MOVES = [
    {"top": "usr/bin/top"}, {"bin": "usr/bin"}, {"bin": "usr/bin/"}, {"bin/*": "usr/bin/"}, {"one/*": "usr/lib"}, {"lib/*.so": "usr/lib"},
    {"bin": "lib"}, {"bin": "lib/"}, {"top": "etc/conf"}, {"top": "lib"}, {"top": "lib/"}, {"top": "bin/x"}, {"bin": "top"}, {"bin/": "usr/"},
    {"b*": "top"}, {"b*": "usr/"}, {"b*": "usr"}, {"b*": "lib"}, {"b*": "lib/"}, {"f[1]": "g"}, {"t?p": "g"}, {"nope": "x"}, {"no*": "x/"},
    {"l": "m"}, {"l": "usr/l"}, {"dl": "x"}, {"dl/a.so": "a"}, {"top": "dl"}, {"top": "dl/"}, {"bin": "dl"}, {"bin": "/usr/bin"}, {"top": "/"},
    {"bin/*": "/"}, {"bin": "/"}, {"top": "top"}, {"top": "./top"}, {"bin/x": "bin/y"}, {"bin/x": "bin/"}, {"bin/x": "bin"},
    {"bin/x": "new", "bin/*": "other/"}, {".hidden": "shown"}, {".h*": "shown/"}, {"*": "all/"},
    {"lib/*": "bin"}, {"lib/*": "bin/"}, {"lib/*": "top"}, {"hollow": "h/i"}, {"a b/c d": "e f"}, {"a b": "e f/"}, {"top": "gone"},
    {"g*e": "gone2"}, {"top": "l"}, {"bin": "l"}, {"bin": "gone"}, {"top": "1", "etc/conf": "1/2"}, {"bin": "usr", "lib": "usr"},
    {"bin": "usr/bin", "usr/bin/x": "z"}, {"one": "bin", "bin/file": "moved"}, {"usr": "usr/foo"}, {"one/*": "one"},
    {"one/*": "one/"}, {"*/x": "tools/"}, {"*/conf": "c"}, {"dl/*": "out/"}, {"b*/x": "out/"}, {"top": "a/b/c/d"}, {"top": "a/b/c/"},
    {"hollow/*": "x/"}, {"bin/x": "hollow"}, {"/top": "new"}, {"//top": "new"}, {"bin/./x": "new"}, {"bin//x": "new"}, {"top": "new//x"},
    {"bin": "one"}, {"one/file": "bin/x"}, {"top": "dl/top2"}, {"f*": "f1"}, {"**/x": "deep/"},
]


def organize_projects():
    def apart(moves, how):
        return Project(f"organize {moves}", {"a": dump(organize=moves, stage=["*", ".*"], prime=["*", ".*"])}, below("a", INSTALLED), apart=how)
    # craft-parts loses files here, or ends with an error of Python's.
    yield apart({"bin": "bin"}, Apart(theirs="missing at a:build"))
    yield apart({"*": "/"}, Apart(theirs="missing at a:build"))
    yield apart({"bin/**": "deep/"}, Apart(theirs="missing at a:build"))
    yield apart({"bin": "bin/foo"}, Apart(ours="organize at a:build"))
    yield apart({"bin/x": "top/x"}, Apart(ours="organize at a:build", theirs="meets at a:build"))
    # A link that leads nowhere isn't there for it, unless a pattern finds it.
    gone = ["link", "0777", "0:0", "nowhere"]
    yield apart({"gone": "gone2"}, Apart(paths={"gone": [None, gone], "gone2": [gone, None]}))
    for moves in MOVES:
        yield Project(f"organize {moves}", {"a": dump(organize=moves, stage=["*", ".*"], prime=["*", ".*"])}, below("a", INSTALLED))


BUILT = [
    {"(build)/top": "t"}, {"(build)/bin": "usr/bin"}, {"(build)/bin": "bin"}, {"(build)/b*": "out"}, {"(build)/b*": "lib"}, {"(build)/lib/*.so": "out/"},
    {"(build)/lib/*.so": "lib"}, {"(build)/lib/*.so": "lib/"}, {"(build)/l": "m"}, {"(build)/dl/a.so": "x"}, {"(build)": "all"},
    {"(build)/": "all"}, {"(build)/": "all/"}, {"(build)/nope": "x"}, {"(build)/no*": "x/"}, {"(build)/top": "etc/conf"}, {"(build)/one/*": "/"},
    {"(build)/bin/x": "bin/x"}, {"(build)/bin/*": "bin/"}, {"top": "new", "(build)/top": "top"}, {"(build)/.hidden": "h"}, {"(build)/hollow": "h/i"},
    {"(build)/f*": "f1"}, {"(build)/f*": "g"}, {"(build)/bin/": "u/"}, {"(build)x": "y"}, {"(build)/one/file": "one"}, {"(build)/etc/conf": "lib/"},
    {"(build)/bin": "dl"}, {"(build)/top": "a/b/c"}, {"bin": "moved", "(build)/bin": "moved"}, {"(build)/bin": "top"},
    {"(build)/../x": "y"}, {"top": "(build)/x"}, {"(build)//top": "//t"}, {"(build)/bin/x": "(default)/x"},
]


def build_folder_projects():
    def apart(moves, how):
        return Project(f"organize {moves}", {"a": dump(organize=moves, stage=["*", ".*"], prime=["*", ".*"])}, below("a", INSTALLED), apart=how)
    # A link to a folder is taken for that folder, or replaced; and the first folder that a pattern finds is spread out.
    file = {name: ["file", "0644", "0:0", name[0]] for name in ("a.so", "b.so")}
    yield apart({"(build)/dl": "x"}, Apart(paths={"x": [["link", "0777", "0:0", "lib"], ["folder", "0755", "0:0", ""]], **{f"x/{name}": [None, what] for name, what in file.items()}}))
    yield apart({"(build)/top": "dl/"}, Apart(paths={"dl": [["link", "0777", "0:0", "lib"], ["file", "0644", "0:0", "top"]], "lib/top": [["file", "0644", "0:0", "top"], None]}))
    yield apart({"(build)/li*": "out/"}, Apart(paths={"out/lib": [["folder", "0755", "0:0", ""], None], **{f"out/lib/{name}": [what, None] for name, what in file.items()}, **{f"out/{name}": [None, what] for name, what in file.items()}}))
    for moves in BUILT:
        yield Project(f"organize {moves}", {"a": dump(organize=moves, stage=["*", ".*"], prime=["*", ".*"])}, below("a", INSTALLED))
    yield Project("organize out of the build folder of a script", {"a": nil("echo x > made; chmod 700 made; mkdir -p d/e; echo y > d/e/y; ln -s e d/l",
                  organize={"(build)/made": "usr/", "(build)/d": "usr/d", "(build)/d/e/*": "z/"})})
    yield Project("organize out of the build folder of a part without a script", {"a": {"plugin": "nil", "source": "a", "organize": {"(build)/x": "usr/", "(build)/d": "d"}}},
                  below("a", {"x": "x", "d/y": "y", "z": "z"}))
    yield Project("organize out of a build folder with a subdir", {"a": dump(source_subdir="d", organize={"(build)/x": "usr/", "(build)/d/y": "usr/"})},
                  below("a", {"x": "x", "d/y": "y", "z": "z"}))
    yield Project("organize what a build changed", {"a": nil("echo new > x; rm z", source="a", organize={"(build)/*": "all/"})}, below("a", {"x": "x", "y": "y", "z": "z"}))


# ---- permissions (§12) ------------------------------------------------------------------------------------------------

OWNED = {"etc/conf": "conf", "etc/sub/deep": "deep", "bin/tool": program(), "file": "file", "hollow": folder()}

PERMISSIONS = [
    [{"path": "etc/conf", "mode": "600"}], [{"path": "etc/*", "mode": "0640"}], [{"path": "etc", "mode": "0o700"}], [{"path": "etc/", "mode": "700"}],
    [{"mode": "755"}], [{"path": "*", "owner": 584792, "group": 584792}], [{"path": "bin/tool", "mode": "4755"}],
    [{"owner": 7, "group": 8}, {"path": "etc/*", "owner": 9, "group": 9, "mode": "600"}], [{"path": "nope", "mode": "600"}],
    [{"path": "e?c/c[a-o]nf", "mode": "600"}], [{"path": "/etc/conf", "mode": "600"}], [{"path": "hollow", "owner": 5, "group": 5}],
    [{"path": "etc/*", "mode": "600"}, {"path": "etc/sub/*", "mode": "644"}], [{"path": "hollow", "mode": "1777"}], [{"path": "[!e]*", "mode": "700"}],
    [{"path": "bin/tool", "owner": 3, "group": 3}, {"path": "bin/tool", "mode": "4755"}], [{"path": "etc/conf", "mode": "0"}],
]


def permission_projects():
    for permissions in PERMISSIONS:
        yield Project(f"permissions {permissions}", {"a": dump(permissions=permissions)}, below("a", OWNED))
    # chown takes the bits away that chmod gave; we change owners first.
    yield Project("permissions of owner and setuid in one entry", {"a": dump(permissions=[{"path": "bin/tool", "owner": 3, "group": 3, "mode": "4755"}])},
                  below("a", OWNED), apart=Apart(paths={"bin/tool": [["file", "4755", "3:3", "#!/bin/sh\n"], ["file", "0755", "3:3", "#!/bin/sh\n"]]}))
    yield Project("permissions on a link into nothing", {"a": dump(permissions=[{"path": "l", "mode": "600"}])}, {"a/l": link("nowhere"), "a/f": "f"},
                  apart=Apart(theirs="missing at a:prime"))
    yield Project("permissions on a link", {"a": dump(permissions=[{"path": "l", "mode": "600"}])}, {"a/l": link("f"), "a/f": "f"},
                  apart=Apart(paths={"f": [["file", "0644", "0:0", "f"], ["file", "0600", "0:0", "f"]]}))
    yield Project("permissions of two parts in one folder", {"a": dump(permissions=[{"path": "d", "mode": "700"}]), "b": dump("b")},
                  {"a/d/x": "x", "b/d/y": "y"})
    yield Project("permissions after what override-prime wrote", {"a": dump(permissions=[{"path": "made", "mode": "600"}, {"path": "f", "mode": "600"}],
                  override_prime="craftctl default\necho made > made\n")}, {"a/f": "f"})
    yield Project("bits of a dumped file", {"a": dump()}, {"a/s": text("s", 0o4755), "a/g": text("g", 0o2755), "a/t": folder(0o1777), "a/t/x": "x",
                  "a/r": text("r", 0o400), "a/n": text("n", 0o000), "a/d": folder(0o555)})


# ---- collisions (§13) -------------------------------------------------------------------------------------------------

PC = "prefix={}\nName: x\nLibs: -L${{prefix}}/lib\n"


def collision_projects():
    def two(name, a, b, keys_a=None, keys_b=None, apart=None):
        return Project(f"collision: {name}", {"a": dump("a", **(keys_a or {})), "b": dump("b", **(keys_b or {}))}, {**below("a", a), **below("b", b)},
                       apart=apart)
    yield two("equal bytes", {"f": "x"}, {"f": "x"})
    yield two("other bytes", {"f": "x"}, {"f": "y"})
    yield two("other modes", {"f": "x"}, {"f": program("x")})
    yield two("equal links", {"l": link("f"), "f": "f"}, {"l": link("f")})
    yield two("other links", {"l": link("f")}, {"l": link("g")})
    yield two("other spelling of a link", {"d/l": link("f")}, {"d/l": link("./f")})
    yield two("link and file", {"l": link("f"), "f": "x"}, {"l": "x"})
    yield two("folder and file", {"d/x": "x"}, {"d": "x"})
    yield two("folder and link", {"d/x": "x"}, {"d": link("e"), "e/x": "x"})
    yield two("folder and link, by its name only", {"d/x": "x", "e/y": "y"}, {"d": link("e"), "e/x": "x"}, {}, {"stage": ["-d"]})
    yield two("folders of other modes", {"d": folder(0o700), "d/x": "x"}, {"d": folder(0o755), "d/y": "y"})
    yield two("pc files with other prefixes", {"x.pc": PC.format("/usr")}, {"x.pc": PC.format("/opt")})
    yield two("pc files with another line", {"x.pc": PC.format("/usr")}, {"x.pc": PC.format("/usr").replace("Name: x", "Name: y")})
    yield two("pc files of which one goes on", {"x.pc": PC.format("/usr")}, {"x.pc": PC.format("/usr") + "Cflags: -I.\n"}, apart=Apart(ours="collision"))
    yield two("pc files of which one has no prefix", {"x.pc": PC.format("/usr")}, {"x.pc": PC.format("/usr").split("\n", 1)[1]})
    yield two("pc links", {"x.pc": link("y.pc")}, {"x.pc": link("z.pc")})
    yield two("left out by stage", {"f": "x", "g": "g"}, {"f": "y"}, {}, {"stage": ["-f"]})
    yield two("an empty stage", {"f": "x", "g": "g"}, {"f": "y"}, {}, {"stage": []}, apart=Apart(ours="collision"))
    yield two("hidden files", {".f": "x", "g": "g"}, {".f": "y", "h": "h"})
    yield two("hidden files that are staged", {".f": "x", "g": "g"}, {".f": "y", "h": "h"}, {"stage": ["*", ".*"]}, {"stage": ["*", ".*"]})
    yield two("moved away", {"f": "x"}, {"f": "y"}, {}, {"organize": {"f": "g"}})
    yield two("moved onto", {"f": "x"}, {"g": "y"}, {}, {"organize": {"g": "f"}})
    for name, first, second in [
            ("other modes", [{"path": "f", "mode": "600"}], [{"path": "f", "mode": "644"}]),
            ("equal modes, written otherwise", [{"path": "f", "mode": "644"}], [{"path": "*", "mode": "0o644"}]),
            ("one side", [{"path": "f", "mode": "600"}], []),
            ("another attribute", [{"path": "f", "mode": "600"}], [{"path": "f", "owner": 1, "group": 1}]),
            ("other owners", [{"path": "f", "owner": 1, "group": 1}], [{"path": "f", "owner": 2, "group": 1}]),
            ("the same in the end", [{"path": "f", "mode": "600"}, {"path": "*", "mode": "640"}], [{"path": "f", "mode": "640"}]),
            ("not on the file", [{"path": "g", "mode": "600"}], [{"path": "h", "mode": "644"}])]:
        yield two(f"permissions, {name}", {"f": "x"}, {"f": "x"}, {"permissions": first}, {"permissions": second})
    yield two("permissions of a folder", {"d/x": "x"}, {"d/y": "y"}, {"permissions": [{"path": "d", "mode": "700"}]},
              {"permissions": [{"path": "d", "mode": "755"}]})
    yield two("permissions of a link", {"l": link("f"), "f": "f"}, {"l": link("f")}, {"permissions": [{"path": "l", "owner": 0, "group": 0}]},
              {"permissions": [{"path": "l", "owner": 1, "group": 1}]})
    yield Project("collision: three parts", {"a": dump("a"), "b": dump("b"), "c": dump("c")}, {"a/f": "x", "b/g": "x", "c/f": "x", "c/g": "y"})
    yield Project("collision: with a part that stages by a script", {"a": dump("a"), "b": dump("b", override_stage="true")}, {"a/f": "x", "b/f": "y"})
    yield Project("collision: with an earlier part that stages by a script", {"a": dump("a", override_stage="true"), "b": dump("b")},
                  {"a/f": "x", "b/f": "y"})
    yield Project("collision: early staging", {"a": dump("a"), "b": nil("cp $CRAFT_STAGE/f $CRAFT_PART_INSTALL/g", after=["a"]), "c": dump("c")},
                  {"a/f": "x", "c/f": "y"})
    yield Project("collision: with what a script left in stage", {"a": nil("echo s > $CRAFT_STAGE/f"), "b": dump("b")}, {"b/f": "y"})
    yield Project("collision: with what a script left in prime", {"a": nil("echo s > $CRAFT_PRIME/f"), "b": dump("b")}, {"b/f": "y"})
    yield Project("collision: a link that a script left in stage", {"a": nil("ln -s elsewhere $CRAFT_STAGE/f"), "b": dump("b")}, {"b/f": "y"})


# ---- order and early staging (§4) -------------------------------------------------------------------------------------

def order_projects():
    note = "echo $CRAFT_PART_NAME-$CRAFT_STEP_NAME >> {}/order\n"
    every = {"override_prime": "craftctl default\n" + note.format("$CRAFT_PRIME"), "override_stage": "craftctl default\n" + note.format("$CRAFT_STAGE")}
    # None has a part with two that it waits for: craft-parts stages those in an order that changes from run to run.
    graphs = [{"a": [], "b": [], "c": []}, {"a": ["d"], "b": [], "c": ["b"], "d": ["c"]}, {"a": [], "b": ["z"], "z": []},
              {"p1": ["p3"], "p2": [], "p3": []}, {"foo": [], "bar": ["foo"], "foobar": []}, {"a": ["b"], "b": [], "c": [], "zz": ["a"]}]
    for graph in graphs:
        parts = {name: nil("true", after=after, **every) for name, after in graph.items()}
        last = max(parts)
        parts[last]["override-prime"] += "cp $CRAFT_STAGE/order stage-order\n"
        yield Project(f"order of {graph}", parts)
    yield Project("what a build sees in stage", {
        "a": nil("echo a > $CRAFT_PART_INSTALL/a"), "b": nil("ls $CRAFT_STAGE > $CRAFT_PART_INSTALL/b", after=["a"]),
        "c": nil("ls $CRAFT_STAGE > $CRAFT_PART_INSTALL/c", after=["b"])})
    yield Project("what a build sees in stage without after", {"a": nil("echo a > $CRAFT_PART_INSTALL/a"), "b": nil("ls $CRAFT_STAGE > $CRAFT_PART_INSTALL/b")})
    yield Project("what stage and prime scripts see", {
        "a": dump("a"), "b": dump("b", override_stage="craftctl default\nls > fb\n", override_prime="craftctl default\nls > listed\n"),
        "c": dump("c")}, {"a/fa": "a", "b/fb": "b", "c/fc": "c"})
    yield Project("a circle", {"a": nil(after=["b"]), "b": nil(after=["a"])})
    yield Project("after itself", {"a": nil(after=["a"])})
    yield Project("after a part that isn't there", {"a": nil(after=["b"])})


# ---- scripts, variables, craftctl (§7) ----------------------------------------------------------------------------------

SOURCE = {"a/f": "f", "a/d/g": "g", "a/.h": "h"}


def script_projects():
    def one(name, files=SOURCE, adopts=None, apart=None, **keys):
        keys.setdefault("plugin", "dump" if files else "nil")
        part = {key.replace("_", "-"): value for key, value in keys.items()}
        return Project(f"script: {name}", {"a": {**part, **({"source": "a"} if files else {})}}, files or {}, adopts, apart)
    for step, place in [("pull", "$CRAFT_PART_SRC"), ("build", "$CRAFT_PART_INSTALL"), ("stage", "$CRAFT_STAGE"), ("prime", "$CRAFT_PRIME")]:
        key = f"override_{step}"
        yield one(f"{step}: default", **{key: "craftctl default"})
        yield one(f"{step}: without default", **{key: "true"})
        yield one(f"{step}: nothing", **{key: ""})
        yield one(f"{step}: default, then more", **{key: f"craftctl default\necho more > {place}/more\n"})
        yield one(f"{step}: more, then default", **{key: f"echo more > {place}/more\ncraftctl default\n"})
        yield one(f"{step}: fails", **{key: "false\n"})
        yield one(f"{step}: where it starts", **{key: f"craftctl default\npwd > {place}/where\n"})
        yield one(f"{step}: changes a file in place", **{key: f"craftctl default\necho more >> {place}/f\n"})
        yield one(f"{step}: replaces a file", **{key: f"craftctl default\nsed -i s/f/F/ {place}/f\n"})
        yield one(f"{step}: removes", **{key: f"craftctl default\nrm -r {place}/d\n"})
        yield one(f"{step}: variables", **{key: f"craftctl default\nenv | grep ^CRAFT_ | grep -v PARALLEL | sort > {place}/variables\n"})
        yield one(f"{step}: build-environment", build_environment=[{"A": "x y"}, {"B": "$A-$CRAFT_PART_NAME"}, {"A": "z"}],
                  **{key: f"craftctl default\necho \"$A|$B\" > {place}/said\n"})
    yield one("default twice", override_stage="craftctl default\ncraftctl default\n")
    yield one("exit code", override_build="exit 3\n")
    yield one("an unset variable", override_build="echo $NOT_SET\n")
    yield one("a pipe that fails", override_build="false | true\n")
    yield one("a test that is false", override_build="[ -f nope ] && echo yes\ntrue\n")
    yield one("craftctl with an unknown command", override_build="craftctl bogus\n")
    yield one("default with an argument", override_build="craftctl default now\n")
    yield one("set without adopt-info", override_build="craftctl set version=2\n")
    yield one("set twice", adopts="a", override_build="craftctl set version=2\ncraftctl set version=3\n")
    yield one("set an unknown value", adopts="a", override_build="craftctl set nope=2\n")
    yield one("set without a value", adopts="a", override_build="craftctl set version\n")
    yield one("get without a name", adopts="a", override_build="craftctl get\n")
    yield one("get before and after set", adopts="a", override_build="craftctl get version > $CRAFT_PART_INSTALL/before\ncraftctl set version=2\n"
              "craftctl get version > $CRAFT_PART_INSTALL/after\n", override_prime="craftctl default\ncraftctl get version > primed\n")
    yield Project("script: values of another part", {"a": nil("craftctl set version=2", override_pull="craftctl set summary=of-pull"),
                                           "b": nil("craftctl get version > $CRAFT_PART_INSTALL/v; craftctl get summary > $CRAFT_PART_INSTALL/s", after=["a"])},
        adopts="a")
    yield one("set a value with an equals sign", adopts="a", override_build="craftctl set summary=a=b\ncraftctl get summary > $CRAFT_PART_INSTALL/v\n",
              apart=Apart(theirs="crash at a:build"))
    yield Project("script: set in the wrong part", {"a": nil("craftctl set version=2"), "b": nil()}, adopts="b")
    yield one("work folders", override_build="craftctl default\n(cd $CRAFT_PART_SRC; find . | sort) > $CRAFT_PART_INSTALL/src\n"
              "(cd $CRAFT_PART_BUILD; find . | sort) > $CRAFT_PART_INSTALL/build\n")
    yield one("later scripts look into src and build", plugin="nil", override_build="echo b > b; rm f\n",
              override_stage="cp $CRAFT_PART_SRC/f of-src; cp $CRAFT_PART_BUILD/b of-build\n",
              override_prime="(cd $CRAFT_PART_BUILD; find . | sort) > built\n(cd $CRAFT_PART_SRC_WORK; find . | sort) > pulled\n")
    yield one("prime looks into the build folder of a dump", override_prime="craftctl default\n(cd ../parts/a/build; find . | sort) > built\n")
    yield one("stage looks into the build folder of a build that does nothing", plugin="nil", override_stage="ls -A $CRAFT_PART_BUILD > $CRAFT_STAGE/l\n")
    yield one("nil with a source", plugin="nil", override_build="cp -r . $CRAFT_PART_INSTALL/\n")
    yield one("nil with a source and default", plugin="nil", override_build="craftctl default\nls -A > $CRAFT_PART_INSTALL/seen\n")
    yield one("a variable of the whole project in single quotes", override_build="echo '$CRAFT_STAGE $CRAFT_PART_NAME' > $CRAFT_PART_INSTALL/f\n")
    yield one("quotes in build-environment", build_environment=[{"Q": "it's $(echo run)"}], override_build="echo \"$Q\" > $CRAFT_PART_INSTALL/q\n")
    yield one("found programs and libraries", files=None, override_build="mkdir -p $CRAFT_PART_INSTALL/{usr/{bin,lib,include},lib/pkgconfig,sbin}\n",
              override_prime="craftctl default\necho $PATH | tr : '\\n' | grep -E 'install|stage' > path\n"
              "echo \"${CPPFLAGS-}|${CFLAGS-}|${CXXFLAGS-}|${LDFLAGS-}|${PKG_CONFIG_PATH-}\" > flags\n")
    yield one("scripts of every kind", override_pull="craftctl default\necho p > $CRAFT_PART_SRC/p\n", override_build="craftctl default\necho b > $CRAFT_PART_INSTALL/b\n",
              override_stage="craftctl default\necho s > $CRAFT_STAGE/s\n", override_prime="craftctl default\necho r > $CRAFT_PRIME/r\n")
    yield Project("script: stage without default takes from others", {"a": dump("a"), "b": nil("true", override_stage="mv fa moved\n")}, {"a/fa": "a"})
    yield Project("script: prime rearranges others", {"a": dump("a"), "b": nil("true", override_prime="mkdir -p sub; mv fa sub/; ln -s sub/fa fa\n")}, {"a/fa": "a"})
    yield Project("script: stage moves its own files", {"a": dump("a", override_stage="craftctl default\nmv f F\n")}, SOURCE)
    yield Project("script: stage changes what prime takes", {"a": dump("a", override_stage="craftctl default\necho new > f\n")}, SOURCE)
    yield Project("script: stage changes what another part primes", {"a": dump("a"), "b": nil("true", override_stage="chmod 600 f; echo new > f; chown 3:3 d\n")}, SOURCE)
    yield Project("script: only prime finds it missing", {"a": dump("a"), "b": nil("true", override_prime="rm -f f\n")}, SOURCE)
    yield Project("script: prime makes a folder a link", {
        "a": nil("true", override_prime="mkdir -p usr/lib; ln -s usr/lib lib\n"), "b": dump("b")}, {"b/lib/x": "x"})
    yield Project("script: stage makes a folder a link", {
        "a": nil("true", override_stage="mkdir -p usr/lib; ln -s usr/lib lib\n"), "b": dump("b")}, {"b/lib/x": "x"})
    yield Project("script: prime makes a file a link", {"a": nil("true", override_prime="ln -s elsewhere f\n"), "b": dump("b")}, {"b/f": "f"})
    yield Project("script: prime makes a folder where a file comes", {"a": nil("true", override_prime="mkdir f\n"), "b": dump("b")}, {"b/f": "f"})
    yield Project("script: prime makes a file where a folder comes", {"a": nil("true", override_prime="echo x > d\n"), "b": dump("b")}, {"b/d/x": "x"})
    yield Project("script: install with everything", {"a": nil(
        "cd $CRAFT_PART_INSTALL\nmkdir -p d/e 'a b'\necho x > d/x; ln d/x d/y; ln -s x d/l; ln -s /abs d/m; mkfifo d/fifo; chmod 4711 d/x\n"
        "chown 11:22 d/e; chmod 1777 d/e; echo q > 'a b/--x'; touch $'new\\nline'; touch é; mkdir -m 0 locked; ln -s d k\n")})
    yield Project("script: organize what a script made", {"a": nil("mkdir -p $CRAFT_PART_INSTALL/x/y; echo f > $CRAFT_PART_INSTALL/x/y/f; ln -s y $CRAFT_PART_INSTALL/x/z",
                  organize={"x": "opt", "opt/z": "opt/w"})})
    yield Project("script: build writes into prime and stage", {"a": nil("echo s > $CRAFT_STAGE/s; echo p > $CRAFT_PRIME/p; echo i > $CRAFT_PART_INSTALL/i"),
                  "b": nil("true", override_prime="cp $CRAFT_STAGE/s got\n", after=["a"])})
    yield Project("script: build writes below a part's files in stage", {"a": dump("a"), "b": nil("echo more >> $CRAFT_STAGE/f", after=["a"])}, {"a/f": "f\n"})
    yield Project("script: stage writes into install", {"a": dump("a", override_stage="echo x > $CRAFT_PART_INSTALL/x\ncraftctl default\n")}, SOURCE,
                  apart=Apart(ours="script at a:stage"))


# ---- sources and the trees between (§6, §8.4) ---------------------------------------------------------------------------

def tree_projects():
    yield Project("tree: everything dumped", {"a": dump(stage=["*", ".*"], prime=["*", ".*"])}, below("a", FILES))
    yield Project("tree: a source in a folder of a folder", {"a": dump("s/t")}, {"s/t/f": "f", "s/g": "g"})
    yield Project("tree: the project itself", {"a": dump(".", stage=["-rockcraft.yaml"])}, {"f": "f", "x.rock": "no", ".craft/y": "no", "d/x.rock": "yes"})
    yield Project("tree: no such source", {"a": dump("nope")})
    yield Project("tree: a source that is a file", {"a": dump("f")}, {"f": "f"})
    yield Project("tree: links", {"a": dump()}, {"a/l": link("d"), "a/d/f": "f", "a/m": link("/abs/x"), "a/n": link("n"), "a/o": link("../out"), "a/d/p": link("../l/f")})
    yield Project("tree: two parts fill one folder", {"a": dump("a"), "b": dump("b")}, {"a/d/x": "x", "b/d/y": "y", "b/e": folder(0o711), "a/e": folder(0o700)})
    yield Project("tree: names", {"a": dump(stage=["*", "-x*"])}, {"a/ lead": "1", "a/tab\there": "2", "a/quote'\"": "3", "a/back\\slash": "4", "a/*": "5",
                  "a/x y": "6", "a/-r": "7", "a/[a]": "8", "a/\u65e5\u672c": "9", "a/#": "10", "a/%20": "11", "a/a=b": "12"})
    yield Project("tree: a long name", {"a": dump()}, {f"a/{'d' * 100}/{'e' * 120}/{'f' * 200}": "long"})
    yield Project("tree: empty folders", {"a": dump()}, {"a/d/e/f": folder(), "a/g": folder(0o700)})
    yield Project("tree: a pc file", {"a": dump()}, {"a/usr/lib/pkgconfig/x.pc": PC.format("/usr"), "a/y.pc": "prefix=${pcfiledir}/..\n", "a/z.pc": "Name: z\n",
                  "a/w.pc": link("z.pc")})
    yield Project("tree: a pc file that is built", {"a": nil("printf 'prefix=%s/usr\\n' $CRAFT_PART_INSTALL > $CRAFT_PART_INSTALL/x.pc; printf 'prefix=%s\\n' $CRAFT_PART_INSTALL > $CRAFT_PART_INSTALL/y.pc")})
    yield Project("tree: usrmerge", {"a": nil("echo x > $CRAFT_PART_INSTALL/bin/x; mkdir -p $CRAFT_PART_INSTALL/lib; echo y > $CRAFT_PART_INSTALL/lib/y",
                  build_attributes=["enable-usrmerge"])})
    yield Project("tree: usrmerge of two parts", {"a": nil("echo x > $CRAFT_PART_INSTALL/bin/x", build_attributes=["enable-usrmerge"]),
                  "b": nil("echo y > $CRAFT_PART_INSTALL/sbin/y", build_attributes=["enable-usrmerge"])})
    yield Project("tree: usrmerge and dump", {"a": dump(build_attributes=["enable-usrmerge"])}, {"a/usr/bin/x": "x"})
    yield Project("tree: usrmerge and a folder that is in the way", {"a": dump(build_attributes=["enable-usrmerge"])}, {"a/bin/x": "x"},
                  apart=Apart(theirs="script at a:build"))


# ---- overlays (§14), for which there has to be a base ------------------------------------------------------------------------------------

def overlay_projects():
    made = "mkdir -p $CRAFT_OVERLAY/etc; echo {0} > $CRAFT_OVERLAY/etc/{0}\n"
    yield Project("overlay: a script", {"a": nil(overlay_script=made.format("x"))})
    yield Project("overlay: where it starts", {"a": nil(overlay_script="echo x > here\npwd > there\n")}, apart=Apart(paths={
        "there": [["file", "0644", "0:0", "/root/overlay\n"], ["file", "0644", "0:0", "/root/parts/a/layer\n"]]}))
    yield Project("overlay: variables", {"a": nil(overlay_script="env | grep ^CRAFT_ | grep -v PARALLEL | sort > $CRAFT_OVERLAY/variables\n")})
    yield Project("overlay: two layers", {"a": nil(overlay_script=made.format("x")), "b": nil(overlay_script="ls $CRAFT_OVERLAY/etc > $CRAFT_OVERLAY/seen\n" + made.format("y"))})
    yield Project("overlay: a later layer replaces", {"a": nil(overlay_script=made.format("x")), "b": nil(overlay_script="echo new > $CRAFT_OVERLAY/etc/x; chmod 600 $CRAFT_OVERLAY/etc/x\n")})
    yield Project("overlay: a later layer removes", {"a": nil(overlay_script=made.format("x") + made.format("y")), "b": nil(overlay_script="rm $CRAFT_OVERLAY/etc/x\n")})
    yield Project("overlay: a later layer removes a folder", {"a": nil(overlay_script=made.format("x") + "echo k > $CRAFT_OVERLAY/k\n"), "b": nil(overlay_script="rm -r $CRAFT_OVERLAY/etc\n")})
    yield Project("overlay: a later layer makes a folder anew", {"a": nil(overlay_script=made.format("x")), "b": nil(overlay_script="rm -r $CRAFT_OVERLAY/etc\n" + made.format("y"))})
    yield Project("overlay: filters", {"a": nil(overlay_script=made.format("x") + made.format("y") + "mkdir $CRAFT_OVERLAY/d; echo z > $CRAFT_OVERLAY/d/z\n", overlay=["etc", "-etc/y"])})
    yield Project("overlay: hidden files", {"a": nil(overlay_script="mkdir -p $CRAFT_OVERLAY/etc; echo 1 > $CRAFT_OVERLAY/.config; echo 2 > $CRAFT_OVERLAY/etc/.pwd\n")})
    yield Project("overlay: the stage filter", {"a": nil("echo i > $CRAFT_PART_INSTALL/i", overlay_script=made.format("x"), stage=["-etc"], prime=["-etc"])})
    yield Project("overlay: permissions of the first part", {"a": nil(overlay_script=made.format("x"), permissions=[{"path": "etc/*", "mode": "600"}]),
                  "b": nil(overlay_script=made.format("y"), permissions=[{"path": "etc/*", "mode": "640"}])})
    yield Project("overlay: collides with what is installed", {"a": nil("mkdir $CRAFT_PART_INSTALL/etc; echo other > $CRAFT_PART_INSTALL/etc/x", overlay_script=made.format("x"))})
    yield Project("overlay: collides with another part", {"a": nil(overlay_script=made.format("x")), "b": dump("b")}, {"b/etc/x": "other"})
    yield Project("overlay: equals what another part installs", {"a": nil(overlay_script=made.format("x")), "b": dump("b")}, {"b/etc/x": "x\n"})
    yield Project("overlay: absolute and relative link", {"a": nil(overlay_script="mkdir $CRAFT_OVERLAY/d; ln -s /d/f $CRAFT_OVERLAY/d/l\n"), "b": dump("b")},
                  {"b/d/l": link("f"), "b/d/f": "f"})
    yield Project("overlay: relative and absolute link", {"a": nil(overlay_script="mkdir $CRAFT_OVERLAY/d; ln -s f $CRAFT_OVERLAY/d/l\n"), "b": dump("b")},
                  {"b/d/l": link("/d/f"), "b/d/f": "f"})
    yield Project("overlay: link to elsewhere", {"a": nil(overlay_script="mkdir $CRAFT_OVERLAY/d; ln -s /e/f $CRAFT_OVERLAY/d/l\n"), "b": dump("b")},
                  {"b/d/l": link("f"), "b/d/f": "f"})
    yield Project("overlay: a build sees it", {"a": nil(overlay_script=made.format("x")), "b": nil("ls $CRAFT_OVERLAY/etc > $CRAFT_PART_INSTALL/seen", after=["a"])})
    yield Project("overlay: a build that doesn't see it", {"a": nil(overlay_script=made.format("x")), "b": nil("ls $CRAFT_OVERLAY > $CRAFT_PART_INSTALL/seen")})
    yield Project("overlay: a higher layer is hidden from a build", {"a": nil("ls $CRAFT_OVERLAY/etc > $CRAFT_PART_INSTALL/seen", overlay_script=made.format("x")), "b": nil(overlay_script=made.format("y"))})
    yield Project("overlay: a build writes into it", {"a": nil("echo b > $CRAFT_OVERLAY/etc/b", overlay_script=made.format("x"))}, apart=Apart(ours="script at a:build"))
    yield Project("overlay: a script fails", {"a": nil(overlay_script="false\n")})
    yield Project("overlay: an empty script", {"a": nil(overlay_script="")})
    yield Project("overlay: a filter alone", {"a": nil(overlay=["etc"])}, apart=Apart(ours="missing at a:overlay"))
    yield Project("overlay: an early part stages all of it", {"a": nil(overlay_script=made.format("x")), "b": nil("ls $CRAFT_STAGE/etc > $CRAFT_PART_INSTALL/seen", after=["a"]), "c": nil(overlay_script=made.format("y"))})


# craft-parts makes an empty file of /etc/resolv.conf to show the machine's there, and leaves it in the layer.
RESOLVER = {"etc/resolv.conf": [None, ["file", "0644", "0:0", ""]]}


def within(*scripts, paths=None, **keys):
    """A part for each override-overlay."""
    parts = {chr(ord("a") + number): nil(override_overlay=script) for number, script in enumerate(scripts)}
    parts["a"].update(keys)
    return {"parts": parts, "apart": Apart(paths={**RESOLVER, **(paths or {})})}


def within_projects():
    yield Project("overlay: within it", **within("echo x > etc/x; mkdir /srv/d; chmod 700 /srv/d; chown 7:8 /etc/x; ln -s x /etc/l; rm /etc/issue\n"))
    yield Project("overlay: within it, where", **within("pwd > /etc/where; craftctl default; bash -c 'craftctl default'; echo on >> /etc/where\n"))
    yield Project("overlay: within it, no variables", **within("[ -z \"$(env | grep ^CRAFT_)\" ]; echo \"$HOME ${CRAFT_PART_NAME-none}\" > /etc/seen\n"))
    yield Project("overlay: within it, over another", **within("mkdir /srv/a; echo 1 > /srv/a/1; echo x > /etc/x\n", "ls /srv/a > /srv/seen; rm -r /srv/a; rm /etc/x\n"))
    yield Project("overlay: within it, below another", **within("ls /etc/x > /srv/seen || true\n", "echo x > /etc/x\n"))
    yield Project("overlay: within it, filters", {"a": nil(override_overlay="echo x > /etc/x; echo y > /etc/y\n", overlay=["etc/x"])})
    yield Project("overlay: within it, temporary files", **within("echo x > /etc/x; echo t > /tmp/t\n", paths={
        "tmp": [None, ["folder", "1777", "0:0", ""]], "tmp/t": [None, ["file", "0644", "0:0", "t\n"]]}))
    yield Project("overlay: within it, and a script beside", {"a": nil(overlay_script="mkdir -p $CRAFT_OVERLAY/etc; echo a > $CRAFT_OVERLAY/etc/a\n"),
                  "b": nil(override_overlay="cat /etc/a > /etc/b\n"), "c": nil(overlay_script="ls $CRAFT_OVERLAY/etc/[ab] > $CRAFT_OVERLAY/etc/c\n")}, apart=Apart(paths=RESOLVER))
    yield Project("overlay: within it, and a build that sees it", {"a": nil("ls $CRAFT_OVERLAY/etc/x > $CRAFT_PART_INSTALL/seen", override_overlay="echo x > /etc/x\n")}, apart=Apart(paths=RESOLVER))
    yield Project("overlay: within it, a user", {"a": nil(override_overlay="useradd --uid 4321 --no-create-home someone; grep -c someone /etc/passwd > /srv/n\n", overlay=["srv"])})
    yield Project("overlay: within it, nothing", {"a": nil(override_overlay="")})
    for number, script in enumerate(["false\n", "craftctl set version=2\n", "craftctl get version\n", "craftctl\n", "craftctl default x\n", "echo $CRAFT_PART_NAME\n", "false | true\n", "nosuchprogram\n"]):
        yield Project(f"overlay: within it, failing {number}", {"a": nil(override_overlay=script)})
    yield Project("overlay: within it, failing caught", **within("craftctl get version || echo caught > /etc/x\n"))


# ---- organize into the overlay (§18) -------------------------------------------------------------------------------------------------------

def organized_projects():
    def organized(name, moves, files, **others):
        apart = others.pop("apart", None)
        parts = {"a": dump("a", organize=moves), **others}
        return Project("overlay: organized, " + name, parts, {f"a/{path}": what for path, what in files.items()}, apart=apart)
    tree = {"etc/x": "x", "opt/d/y": program(), "usr/bin/t": program("t")}
    yield organized("everything", {"*": "(overlay)/"}, tree)
    yield organized("a file", {"etc/x": "(overlay)/srv/new"}, tree)
    yield organized("a file into a folder", {"etc/x": "(overlay)/srv/"}, tree)
    yield organized("a file into a folder that is there", {"etc/x": "(overlay)/srv"}, tree)
    yield organized("a folder", {"opt": "(overlay)/opt"}, tree)
    yield organized("a folder elsewhere", {"opt/d": "(overlay)/srv/made/d"}, tree)
    yield organized("folders by a pattern", {"opt/*": "(overlay)/srv/"}, tree)
    yield organized("files by a pattern", {"etc/*": "(overlay)/srv"}, tree)
    yield organized("through a link of the base", {"usr/bin/t": "(overlay)/bin/"}, tree)
    yield organized("out of the build folder", {"(build)/etc/x": "(overlay)/srv/"}, tree)
    # The same link once more, which the base has alike.
    yield organized("a link that the base has", {"bin": "(overlay)/bin"}, {"bin": link("usr/bin"), "etc/x": "x"}, apart=Apart(paths={"bin": [None, ["link", "0777", "0:0", "usr/bin"]]}))
    yield organized("a link that the base has, by a pattern", {"*": "(overlay)/"}, {"bin": link("usr/bin"), "etc/x": "x"})
    yield organized("another file of the base", {"etc/x": "(overlay)/etc/issue"}, tree)
    yield organized("the rest", {"etc": "(overlay)/etc", "opt/d/y": "usr/y"}, tree)
    yield organized("seen by a later layer", {"etc/x": "(overlay)/srv/x"}, tree, b=nil(overlay_script="cat $CRAFT_OVERLAY/srv/x > $CRAFT_OVERLAY/srv/seen\n"))
    yield organized("before others by name", {"etc/x": "(overlay)/srv/x"}, tree, A=nil(overlay_script="cat $CRAFT_OVERLAY/srv/x > $CRAFT_OVERLAY/srv/seen\n"))
    yield organized("equal ones", {"etc/x": "(overlay)/srv/x"}, {**tree}, b=dump("a", organize={"etc/x": "(overlay)/srv/x"}))
    yield organized("other ones", {"etc/x": "(overlay)/srv/x"}, {**tree}, b=dump("a", organize={"usr/bin/t": "(overlay)/srv/x"}))
    yield organized("with a layer of its own", {"etc/x": "(overlay)/srv/x"}, tree, b=dump("a", organize={"usr/bin/t": "(overlay)/srv/t"}, overlay_script="ls $CRAFT_OVERLAY/srv > $CRAFT_OVERLAY/srv/seen\n"))
    yield organized("and removed by a later layer", {"etc/x": "(overlay)/srv/x"}, tree, b=nil(overlay_script="rm $CRAFT_OVERLAY/srv/x\n"))
    yield organized("seen by its own build", {}, tree, b=nil("ls $CRAFT_OVERLAY/etc/issue > $CRAFT_PART_INSTALL/seen", organize={"seen": "(overlay)/srv/"}))


def all_projects():
    for group in (within_projects, organized_projects, build_folder_projects, fileset_projects, organize_projects, permission_projects, collision_projects, order_projects, script_projects, tree_projects, overlay_projects):
        for project in group():
            if project.name.startswith("overlay: "):
                project.base = "debian@12"
            yield project
