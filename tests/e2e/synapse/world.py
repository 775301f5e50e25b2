"""What the stories have in common: rockbuild, the rocks, and the registry that serves them."""

import os
import pathlib
import subprocess

import registries

PROJECT = pathlib.Path(__file__).resolve().parents[3]
# The name in a registry, as the manifests in deploy/ have it, and the folder it is packed from.
ROCKS = {"synapse:3.0": "rocks/synapse", "synapse-nginx:1.0": "rocks/nginx", "charm-agent:1.0": "tests/fakes/juju"}


class World:
    def __init__(self, work, rocks=tuple(ROCKS)):
        self.work = pathlib.Path(work)
        self.work.chmod(0o711)  # PostgreSQL and Prometheus are ordinary users and have folders in it
        # Packing uses the store that is there; what is run has a place of its own, which goes with the rest.
        self.environment = {**os.environ, "ROCKBUILD_CACHE": str(self.work / "cache")}
        self.archives = {}
        self.registry = registries.Server("rockbuild", str(self.work / "registry"))
        try:
            for name in rocks:
                self.archives[name] = self._archive(name.partition(":")[0], ROCKS[name])
                self.rockbuild("push", self.archives[name], f"{self.registry_host}/{name}", timeout=120)
                # Once fetched and unpacked, so that stories that begin at the same time need not all do it.
                said = self.rockbuild("run", self.reference(name), "--net", "none", "exec", "echo", name, timeout=300)
                assert name in said, said
        except BaseException:
            self.close()
            raise

    @property
    def registry_host(self):
        """As the manifests spell it: by name, so that rockbuild has to try both families of addresses."""
        return "localhost:" + self.registry.host.rpartition(":")[2]

    def reference(self, name):
        return f"docker://{self.registry_host}/{name}"

    def rockbuild(self, *words, code=0, timeout=60, environment=None):
        """What it printed, once it ended with that code."""
        done = subprocess.run(
            [os.environ["ROCKBUILD"], *map(str, words)],
            env=environment or self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=timeout,
        )
        if done.returncode != code:
            what = f"rockbuild {' '.join(map(str, words))} ended with {done.returncode}, not {code}"
            raise AssertionError(f"{what}\n{done.stdout}{done.stderr}")
        return done.stdout

    def _archive(self, name, folder):
        """The rock of that name: packed now, or found in $ROCKBUILD_TEST_ROCKS."""
        if place := os.environ.get("ROCKBUILD_TEST_ROCKS"):
            return str(next(pathlib.Path(place).glob(f"{name}_*.rock")))
        output = self.work / "rocks"
        packed = self.rockbuild("pack", PROJECT / folder, "--output", output, environment=dict(os.environ), timeout=900)
        return packed.strip().splitlines()[-1]

    def close(self):
        self.registry.__exit__()
