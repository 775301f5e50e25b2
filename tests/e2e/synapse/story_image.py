"""The image of rocks/synapse, looked at as it lies: what must be in it, and what must not."""

import re

from archive import Archive
from harness import equal
from story import Story

CEILING = 65_000_000  # bytes, compressed, beside the base
NEVER = (
    r"(^|/)(pip|gcc[-\w]*|cc|ld|x86_64-linux-gnu-\w+|tests?|\.pebble\.state)$|^charm(/|$)|\.(h|c|a)$|(^|/)pip-[\d.]+\.dist-info"
)
UNCHECKED_HASH = b"\x01\x00\x00\x00"  # flags of a .pyc: PEP 552


class Stage:
    def __init__(self, world):
        self.archive = Archive(world.archives["synapse:3.0"])
        self.modes, self.files = {}, {}
        for path, member, content in self.archive.members():
            self.modes[path] = member.mode
            if content is not None:
                self.files[path] = content

    def log(self):
        return ""

    def close(self):
        self.archive.close()


story = Story("image", Stage)


@story.check("Pebble is the entrypoint, its layer the only one, its folder open to everybody")
def pebble(stage):
    equal((stage.archive.config["Entrypoint"], stage.archive.config.get("Cmd")), (["/usr/bin/pebble", "enter"], None))
    equal(
        [path for path in stage.files if path.startswith("var/lib/pebble/")],
        ["var/lib/pebble/default/layers/001-rockcraft-synapse.yaml"],
    )
    equal(oct(stage.modes["var/lib/pebble/default"]), "0o1777")


@story.check("the user synapse is 991:991")
def user(stage):
    assert b"\nsynapse:x:991:991:" in stage.files["etc/passwd"] and b"\nsynapse:x:991:" in stage.files["etc/group"], stage.files[
        "etc/passwd"
    ]


@story.check("no compiler, no pip, no tests, no headers")
def lean(stage):
    equal([path for path in stage.modes if re.search(NEVER, path)], [])


@story.check("every module is compiled, and Python never looks whether it still fits")
def compiled(stage):
    modules = [path for path in stage.files if re.search(r"^usr/.*/python3\.\d+/.*\.py$", path)]
    assert len(modules) > 1000, len(modules)
    missing = [path for path in modules if re.sub(r"([^/]+)\.py$", r"__pycache__/\1.cpython-311.pyc", path) not in stage.files]
    equal(missing, [])
    equal([path for path, content in stage.files.items() if path.endswith(".pyc") and content[4:8] != UNCHECKED_HASH], [])


@story.check("the licence texts of Synapse and Pebble are in it")
def licences(stage):
    texts = [
        content for path, content in stage.files.items() if re.search("licen[cs]e|copying|copyright|GPL", path, re.IGNORECASE)
    ]
    for title in (b"GNU AFFERO GENERAL PUBLIC LICENSE", b"GNU GENERAL PUBLIC LICENSE"):
        assert any(title in text for text in texts), f"no {title.decode()}"


@story.check("it is at most 65 MB beside its base")
def small(stage):
    assert stage.archive.size() <= CEILING, stage.archive.size()
    return f"{stage.archive.size() / 1e6:.1f} MB"
