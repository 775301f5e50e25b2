"""A project of rockcraft.yaml taken to prime by craft-parts, as a process of its own for lifecycle_bench.py:

    craft_parts_prime.py PROJECT WORK [apt]

With `apt` its own backend of Debian's packages works, which asks for the module of python3-apt and for root; else packages are a
dummy's. Of what is in WORK from an earlier run craft-parts takes what it can. Runs in a virtual environment that has craft-parts, and in a
mount namespace of its own.
"""
import os
import sys
import tempfile

import yaml
from craft_parts import packages
from craft_parts.packages.deb import Ubuntu

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../differential"))
import lifecycle_peer as peer  # noqa: E402

project, work = sys.argv[1:3]
with open(os.path.join(project, "rockcraft.yaml"), encoding="utf-8") as file:
    document = yaml.safe_load(file)
with tempfile.TemporaryDirectory() as folder:
    peer.prepare(folder)
    if sys.argv[3:] == ["apt"]:
        packages.Repository = Ubuntu
        Ubuntu.configure("bench")
    base = os.path.join(folder, "base")
    os.mkdir(base)
    for _ in peer.prime(document["parts"], project, work, base, document["name"]):
        pass
