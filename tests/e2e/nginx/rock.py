"""The rock under test: $ROCKBUILD_TEST_ROCK, or else packed from rocks/nginx by $ROCKBUILD; unpacked by umoci."""

import json
import os
import pathlib
import subprocess

PROJECT = pathlib.Path(__file__).resolve().parents[3] / "rocks" / "nginx"


class Rock:
    """An unpacked image: its root file system, and what its config says."""

    def __init__(self, work):
        self.archive = pathlib.Path(os.environ.get("ROCKBUILD_TEST_ROCK") or _pack(work)).resolve()
        subprocess.run(
            ["skopeo", "copy", "--quiet", f"oci-archive:{self.archive}", f"oci:{work}/layout:rock"], check=True)
        subprocess.run(
            ["umoci", "--log", "error", "unpack", "--image", f"{work}/layout:rock", f"{work}/bundle"],
            check=True, stdout=subprocess.DEVNULL)
        self.root = pathlib.Path(work, "bundle", "rootfs")
        self.bundle_config = json.loads(pathlib.Path(work, "bundle", "config.json").read_text())
        inspected = subprocess.run(
            ["skopeo", "inspect", "--config", f"oci:{work}/layout:rock"], check=True, capture_output=True)
        self.image_config = json.loads(inspected.stdout)["config"]


def _pack(work):
    rockbuild = os.environ.get("ROCKBUILD")
    if not rockbuild:
        raise SystemExit("e2e nginx: set ROCKBUILD to the program, or ROCKBUILD_TEST_ROCK to a packed rock")
    packed = subprocess.run(
        [rockbuild, "pack", str(PROJECT), "--output", str(work)], check=True, stdout=subprocess.PIPE, text=True)
    return pathlib.Path(work, packed.stdout.strip().splitlines()[-1])
