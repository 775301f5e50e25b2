"""What the stories have in common: a store that knows the build environment and nothing else, and rockbuild at work in a copy of it."""

import json
import os
import pathlib
import shutil
import subprocess

ARCHITECTURE = subprocess.run(["dpkg", "--print-architecture"], capture_output=True, text=True, check=True).stdout.strip()


class Wrong(Exception):
    pass


def check(condition, words):
    if not condition:
        raise Wrong(words)


def write(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def write_project(folder, parts, base="debian@12"):
    """JSON is YAML, so strings need no care."""
    document = {"name": "steps", "version": "1", "summary": "s", "description": "d", "base": base, "build-base": "debian@12",
                "platforms": {ARCHITECTURE: None}, "parts": parts}
    write(folder / "rockcraft.yaml", json.dumps(document, indent=1))


class World:
    """`environment` is all that rockbuild gets, beside what names its store; `before` are words that stand before its command."""

    def __init__(self, work):
        self.work = pathlib.Path(work)
        self.work.chmod(0o711)
        self.before, self.output = [], self.work / "output"
        self.environment = {**os.environ, "HOME": str(self.work / "home")}
        self.store = pathlib.Path(os.environ.get("ROCKBUILD_TEST_STORE", self.work / "store"))
        (self.work / "home").mkdir()
        probe = self.work / "probe"
        # A script asks for the build environment, the overlay for the base.
        write_project(probe, {"a": {"plugin": "nil", "overlay-script": "true", "override-build": "true"}})
        self.pack(self.store, probe)
        shutil.rmtree(probe)

    def copy_of_store(self, name):
        return self.copy_store_to(self.work / name)

    def copy_store_to(self, place):
        subprocess.run(["cp", "-a", "--sparse=never", self.store, place], check=True)
        return place

    def tidy(self):
        """What a story made goes."""
        for path in self.work.iterdir():
            if path not in (self.store, self.work / "home"):
                shutil.rmtree(path)

    def with_store(self, store):
        return {**self.environment, "ROCKBUILD_CACHE": str(store)}

    def start(self, store, *words, **options):
        return subprocess.Popen([*self.before, os.environ["ROCKBUILD"], *map(str, words)], env=self.with_store(store),
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, errors="backslashreplace", **options)

    def run(self, store, *words, code=0, **options):
        """[standard output, standard error], once it ended with that code."""
        process = self.start(store, *words, **options)
        try:
            out, err = process.communicate(timeout=600)
        finally:
            process.kill()
        what = f"rockbuild {' '.join(map(str, words))} ended with {process.returncode}, not {code}"
        check(process.returncode == code, f"{what}\n{out}{err[-4000:]}")
        return out, err

    def pack(self, store, project):
        """The digest of the rock, which isn't kept."""
        out, _ = self.run(store, "pack", project, "--output", self.output, "--format", "json", "--progress", "none")
        shutil.rmtree(self.output)
        return json.loads(out)[0]["digest"]

    def verify(self, store):
        self.run(store, "store", "verify")
