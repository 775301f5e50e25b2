"""The image of rocks/synapse, looked at as it lies: its entrypoint, and what tests/unit/rocks_synapse says of any such image."""

import os
import re
import subprocess

from archive import Archive
from harness import equal
from story import Story
from world import PROJECT


class Stage:
    def __init__(self, world):
        self.file = world.archives["synapse:3.0"]
        self.archive = Archive(self.file)

    def log(self):
        return ""

    def close(self):
        self.archive.close()


story = Story("image", Stage)


@story.check("Pebble is the entrypoint, its layer the only one, its folder open to everybody")
def pebble(stage):
    equal((stage.archive.config["Entrypoint"], stage.archive.config.get("Cmd")), (["/usr/bin/pebble", "enter"], None))
    members = {path: member for path, member, _ in stage.archive.members()}
    equal(
        [path for path, member in members.items() if path.startswith("var/lib/pebble/") and member.isfile()],
        ["var/lib/pebble/default/layers/001-rockcraft-synapse.yaml"],
    )
    equal(oct(members["var/lib/pebble/default"].mode), "0o1777")


@story.check("what must be in it is, what must not is not, and it is at most 65 MB beside its base")
def contents(stage):
    done = subprocess.run(
        ["/usr/bin/python3", "-m", "unittest", "test_image"],
        cwd=PROJECT / "tests/unit/rocks_synapse",
        env={**os.environ, "ROCKBUILD_TEST_SYNAPSE_ROCK": str(stage.file), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0 and re.search(r"^Ran [1-9].*$(?s:.*)^OK$", done.stderr, re.MULTILINE), done.stderr
    return f"{stage.archive.size() / 1e6:.1f} MB"
