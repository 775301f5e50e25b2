"""Both rocks become the charm's resources on Charmhub, and are released; once more, nothing moves."""

import base64
import json
import re
import subprocess
import sys

import charmhub
import registries
from harness import equal
from story import Story

CHARM = "synapse"
RESOURCES = {"synapse-image": "synapse:3.0", "synapse-nginx-image": "synapse-nginx:1.0"}


class Stage:
    """A Charmhub that has the charm, and the registry beside it."""

    def __init__(self, world):
        self.world = world
        self.folder = world.work / "charmhub"
        self.folder.mkdir()
        state = charmhub.seed()
        declared = [{"name": name, "type": "oci-image", "optional": False} for name in RESOURCES]
        charm = state["charms"].pop("demo")
        charm["revisions"] = {"1": {**charm["revisions"]["14"], "version": "1", "resources": declared}}
        charm["resources"] = {name: [] for name in RESOURCES}
        charm["releases"] = []
        state["charms"] = {CHARM: charm}
        (self.folder / "state.json").write_text(json.dumps(state))
        password_file = self.folder / "htpasswd"
        password_file.write_text(registries.PASSWORD_LINE + "\n")
        self.registry = registries.Server("rockbuild", str(self.folder / "registry"), htpasswd=str(password_file))
        self.store = subprocess.Popen(
            [
                sys.executable,
                charmhub.__file__,
                "--state",
                self.folder / "state.json",
                "--registry",
                self.registry.host,
                "--registry-user",
                registries.USER,
                "--registry-password",
                registries.PASSWORD,
            ],
            stdout=subprocess.PIPE,
            text=True,
        )
        self.url = self.store.stdout.readline().split()[-1]
        self.environment = {
            **world.environment,
            "HOME": str(self.folder),
            "DOCKER_CONFIG": str(self.folder),
            **{f"ROCKBUILD_CHARMHUB_{what}_URL": self.url for what in ("API", "STORAGE", "SSO")},
            "ROCKBUILD_CHARMHUB_REGISTRY_URL": f"http://{self.registry.host}",
            "CHARMCRAFT_AUTH": base64.b64encode(b"good-token").decode(),
        }

    def publish(self, resource, *options):
        said = self.world.rockbuild(
            "publish",
            self.world.archives[RESOURCES[resource]],
            "--charm",
            CHARM,
            "--resource",
            resource,
            "--format",
            "json",
            *options,
            environment=self.environment,
        )
        return json.loads(said)

    def ask(self, method, path):
        return json.loads(registries.ask(self.url + path, method)[2])

    def released(self):
        """{resource: revision} of what is on edge now."""
        releases = self.ask("GET", "/_state")["charms"][CHARM]["releases"]
        if not releases:
            return None
        equal({release["channel"] for release in releases}, {"latest/edge"})
        return {resource["name"]: resource["revision"] for resource in releases[-1]["resources"]}

    def writes(self):
        """The registry's requests that bring something, from its log."""
        return re.findall(r'"method": ?"(?:POST|PUT|PATCH)".*', self.registry.said())

    def log(self):
        return self.registry.said()[-4000:]

    def close(self):
        if self.store.poll() is not None:
            return
        self.store.terminate()
        self.store.wait()
        self.store.stdout.close()
        self.registry.__exit__()


story = Story("Charmhub", Stage)


@story.check("publish makes both rocks resources of the charm")
def published(stage):
    for resource, name in RESOURCES.items():
        said = stage.publish(resource)
        archive = stage.world.archives[name]
        digest = json.loads(
            subprocess.run(["skopeo", "inspect", f"oci-archive:{archive}"], check=True, capture_output=True).stdout
        )["Digest"]
        equal((said["revision"], said["digest"], said["new"]), (1, digest, True))
        revisions = stage.ask("GET", "/_state")["charms"][CHARM]["resources"][resource]
        assert len(revisions) == 1 and digest in revisions[0]["text"], revisions
    assert stage.writes(), "the registry's log shows no write: this test looks at the wrong thing"


@story.check("the first release puts both on edge, with the charm's revision")
def released(stage):
    equal(stage.released(), None)
    equal(stage.publish("synapse-image", "--release", "edge", "--charm-revision", "1")["released"], ["latest/edge"])
    equal(stage.released(), dict.fromkeys(RESOURCES, 1))
    equal(stage.publish("synapse-nginx-image", "--release", "edge")["released"], ["latest/edge"])
    equal(stage.released(), dict.fromkeys(RESOURCES, 1))


@story.check("published once more, no byte moves and there is no new revision")
def again(stage):
    before = stage.writes()
    stage.ask("DELETE", "/_log")
    for resource in RESOURCES:
        said = stage.publish(resource)
        equal((said["revision"], said["new"]), (1, False))
    equal(stage.writes(), before)
    equal([entry["path"] for entry in stage.ask("GET", "/_log") if entry["method"] != "GET"], [])
