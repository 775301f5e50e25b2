#!/usr/bin/env python3
"""The real charmcraft against our stand-in for Charmhub, and rockbuild against the same: both must leave the same behind.

A stand-in that only its own project's client has ever talked to proves nothing. So charmcraft, as its users install it,
publishes images to it: through a registry with a password, with a login by one-time password at a terminal, and into a few
faults. Whatever it does there without complaint, rockbuild is then measured by: the state of the store and every request
that changes something must be equal.

  ROCKBUILD             the program to compare; charmcraft is tried alone without it
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): charmcraft's virtual environment
  TMPDIR                where everything else lies

Ends with 77 where charmcraft can't be had from the package index; docker-registry and skopeo must be there, unless
ROCKBUILD_SKIP_MISSING_PEERS says otherwise.
"""
import base64
import contextlib
import gzip
import hashlib
import io
import json
import os
import pty
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import urllib.request

VERSION = "4.5.0"
HERE = os.path.dirname(os.path.abspath(__file__))
CACHE = os.environ.get("ROCKBUILD_TEST_CACHE") or os.path.join(HERE, "../../build/peers")
USER, PASSWORD = "robot", "pw:with:colons"
PASSWORD_LINE = "robot:$2b$04$3DhcyLPWjBZY79gB2qIZcu7c5sxo7o6U8gDox0P.7GVYd0pvxl0EW"
REGISTRY = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: {0}/blobs}}}}
http: {{addr: "127.0.0.1:0"}}
auth: {{htpasswd: {{realm: test, path: {0}/htpasswd}}}}
"""


def skip(why):
    print(f"NOT TRIED: {why}", file=sys.stderr)
    sys.exit(77)


def equal(what, got, wanted):
    if got != wanted:
        sys.exit(f"{what} is\n  {json.dumps(got, sort_keys=True)}\nnot\n  {json.dumps(wanted, sort_keys=True)}")


# ---- the peers ----

def charmcraft_program():
    """Made once; a half-made environment has no stamp and is made again."""
    folder = os.path.join(os.path.abspath(CACHE), "charmcraft")
    stamp = os.path.join(folder, f"complete-{VERSION}")
    if not os.path.exists(stamp):
        shutil.rmtree(folder, ignore_errors=True)
        for command in ([sys.executable, "-m", "venv", folder],
                        [os.path.join(folder, "bin/pip"), "install", "--quiet", f"charmcraft=={VERSION}"]):
            done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            if done.returncode != 0:
                skip(f"{' '.join(command)} ended with {done.returncode}:\n{done.stdout[-2000:]}")
        open(stamp, "w").close()
    return os.path.join(folder, "bin/charmcraft")


@contextlib.contextmanager
def server(command, pattern, log):
    """A process that says where it listens; the log goes to a file so that no pipe fills."""
    with open(log, "wb") as writing, open(log, errors="replace") as reading:
        process = subprocess.Popen(command, stdout=writing, stderr=subprocess.STDOUT)
        try:
            text = ""
            while not (match := re.search(pattern, text)):
                if process.poll() is not None:
                    sys.exit(f"{command[0]} ended with {process.returncode}:\n{text}{reading.read()}")
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(0.05)
                text += reading.read()
            yield match[1]
        finally:
            process.terminate()
            if (code := process.wait(20)) not in (0, -15, 2):
                print(f"{command[0]} ended with {code}", file=sys.stderr)


class World:
    """A registry, a Charmhub beside it, and an empty home."""

    def __init__(self, folder, registry, store):
        self.folder, self.registry, self.store = folder, registry, store
        os.makedirs(os.path.join(folder, "home/.config/containers"))
        with open(os.path.join(folder, "home/.config/containers/registries.conf"), "w") as file:
            file.write(f'[[registry]]\nlocation = "{registry}"\ninsecure = true\n')

    def environment(self, prefix, api, storage, token="good-token"):
        return {"PATH": os.environ["PATH"], "HOME": os.path.join(self.folder, "home"), "TMPDIR": self.folder, "LC_ALL": "C.UTF-8",
                "DOCKER_HOST": "unix:///nonexistent", "CRAFT_STORE_RETRIES": "0",
                "CHARMCRAFT_AUTH": base64.b64encode(token.encode()).decode(),
                prefix + api: self.store, prefix + storage: self.store, prefix + "REGISTRY_URL": "http://" + self.registry}

    def ask(self, method, path, value=None):
        data = None if value is None else json.dumps(value).encode()
        request = urllib.request.Request(self.store + path, data, {"Content-Type": "application/json"}, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request) as answer:
            return json.load(answer)


@contextlib.contextmanager
def world():
    with tempfile.TemporaryDirectory(prefix="charmhub-") as folder:
        with open(os.path.join(folder, "htpasswd"), "w") as file:
            file.write(PASSWORD_LINE + "\n")
        with open(os.path.join(folder, "registry.yml"), "w") as file:
            file.write(REGISTRY.format(folder))
        with server(["docker-registry", "serve", file.name], r"listening on (127\.0\.0\.1:\d+)", os.path.join(folder, "registry.log")) as registry, \
                server([sys.executable, os.path.join(HERE, "../fakes/charmhub.py"), "--state", os.path.join(folder, "state.json"),
                        "--registry", registry, "--registry-user", USER, "--registry-password", PASSWORD],
                       r"listening on (http://\S+)\n", os.path.join(folder, "charmhub.log")) as store:
            yield World(folder, registry, store)


# ---- images ----

def archive(path, *architectures):
    """An OCI archive: an image, or an index of several; returns the digest of what index.json names."""
    blobs = {}

    def blob(kind, data, **more):
        data = data if isinstance(data, bytes) else json.dumps(data).encode()
        digest = hashlib.sha256(data).hexdigest()
        blobs[digest] = data
        return {"mediaType": f"application/vnd.oci.image.{kind}", "digest": "sha256:" + digest, "size": len(data), **more}

    def image(architecture):
        tar = io.BytesIO()
        with tarfile.open(fileobj=tar, mode="w") as layer:
            layer.addfile(tarfile.TarInfo("a file for " + architecture))
        config = {"architecture": architecture, "os": "linux", "config": {}, "history": [{"created_by": "a test"}],
                  "rootfs": {"type": "layers", "diff_ids": ["sha256:" + hashlib.sha256(tar.getvalue()).hexdigest()]}}
        manifest = {"schemaVersion": 2, "mediaType": "application/vnd.oci.image.manifest.v1+json", "config": blob("config.v1+json", config),
                    "layers": [blob("layer.v1.tar+gzip", gzip.compress(tar.getvalue(), mtime=0))]}
        return blob("manifest.v1+json", manifest, platform={"architecture": architecture, "os": "linux"})

    images = [image(architecture) for architecture in architectures]
    top = images[0] if len(images) == 1 else blob("index.v1+json", {
        "schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json", "manifests": images})
    files = {"oci-layout": {"imageLayoutVersion": "1.0.0"},
             "index.json": {"schemaVersion": 2, "manifests": [dict(top, annotations={"org.opencontainers.image.ref.name": "1.0"})]}}
    files = {name: json.dumps(value).encode() for name, value in files.items()} | {"blobs/sha256/" + name: data for name, data in blobs.items()}
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            tar.addfile(member, io.BytesIO(data))
    return top["digest"]


# ---- charmcraft ----

def charmcraft(program, world, *arguments, code=0, token="good-token"):
    """The JSON that it prints, or its words."""
    environment = world.environment("CHARMCRAFT_", "STORE_API_URL", "UPLOAD_URL", token) | {"CHARMCRAFT_STORE_SSO_URL": world.store}
    done = subprocess.run([program, *arguments], env=environment, cwd=world.folder, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, text=True)
    if done.returncode != code:
        sys.exit(f"charmcraft {' '.join(arguments)} ended with {done.returncode}, not {code}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout) if "json" in arguments and code == 0 else done.stdout + done.stderr


def publish_by_charmcraft(program, world, image):
    """Upload and release; the revision."""
    revision = charmcraft(program, world, "upload-resource", "demo", "app-image", "--image", image, "--format", "json")["revision"]
    charmcraft(program, world, "release", "demo", "--revision", "14", "--channel", "edge", "--resource", f"app-image:{revision}")
    return revision


def login_at_a_terminal(program, world, *answers):
    """`login --export` with what a person would type; the exported token."""
    export = os.path.join(world.folder, "export")
    environment = world.environment("CHARMCRAFT_", "STORE_API_URL", "UPLOAD_URL") | {"CHARMCRAFT_STORE_SSO_URL": world.store, "TERM": "dumb"}
    process, terminal = pty.fork()
    if process == 0:
        os.execve(program, [program, "login", "--export", export, "--charm", "demo", "--channel", "edge", "--ttl", "3600"], environment)
    shown, answers = "", list(answers)
    with contextlib.suppress(OSError):          # the terminal is gone when the program is
        while data := os.read(terminal, 4096):
            shown += data.decode(errors="replace")
            if answers and re.search(r"(address|[Pp]assword): *$", shown):
                os.write(terminal, answers.pop(0).encode() + b"\n")
                shown += "…"
    if os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]) != 0:
        sys.exit(f"charmcraft login failed:\n{shown}")
    with open(export) as file:
        return base64.b64decode(file.read()).decode()


def charmcraft_flow(program):
    """Everything that the stand-in has to bear, with the end state that the requests mean."""
    with world() as here:
        run = lambda *arguments, **more: charmcraft(program, here, *arguments, **more)
        one, many = (os.path.join(here.folder, name) for name in ("one.rock", "many.rock"))
        digests = [archive(one, "amd64"), archive(many, "amd64", "arm64")]
        upload = ("upload-resource", "demo", "app-image", "--format", "json", "--image")

        equal("the first revision", run(*upload, one), {"revision": 1})
        equal("the revision of several architectures", run(*upload, many), {"revision": 2})
        equal("the revision of the same again", run(*upload, one), {"revision": 1})
        revisions = run("resource-revisions", "demo", "app-image", "--format", "json")
        equal("resource-revisions", [item["revision"] for item in revisions], [2, 1])
        run("set-resource-architectures", "demo", "app-image", "--revision", "1", "arm64")

        run("release", "demo", "--revision", "14", "--channel", "edge", "--resource", "app-image:2")
        run("release", "demo", "--revision", "14", "--channel", "edge")                # filled in from before
        words = run("release", "demo", "--revision", "14", "--channel", "beta", code=1)
        equal("a complaint about the missing resource", "doesn't have a released revision" in words, True)
        words = run("release", "demo", "--revision", "14", "--channel", "edge", "--resource", "app-image:9", code=1)
        equal("a complaint about the missing revision", "revision 9 does not exist" in words, True)
        run("create-track", "--name", "demo", "--track", "3.0")
        run("promote", "--name", "demo", "--from-channel", "latest/edge", "--to-channel", "latest/beta", "--yes")
        status = {item["track"]: item for item in run("status", "demo", "--format", "json")}
        edge = next(item for item in status["latest"]["mappings"][0]["releases"] if item["channel"] == "latest/edge")
        equal("status", (edge["revision"], edge["resources"]), (14, [{"name": "app-image", "revision": 2}]))
        equal("whoami", run("whoami", "--format", "json")["username"], "ada")
        equal("names", [item["name"] for item in run("names", "--format", "json")], ["demo"])
        equal("resources", len(run("resources", "demo", "--format", "json")), 2)

        equal("a foreign charm", "not found in the charm namespace" in run("resources", "foreign", code=1), True)
        equal("an expired login", "no longer valid" in run("resources", "demo", code=1, token="expired-token"), True)
        here.ask("POST", "/_fault", {"path": "/revisions", "method": "POST", "action": "reject-review"})
        equal("a rejected image", "did not like it" in run(*upload[:3], "--image", many, code=1), True)
        here.ask("POST", "/_fault", {"path": "/unscanned-upload/", "body": {"successful": False, "upload_id": None}, "status": 200})
        equal("a failed storage", "Server error while pushing" in run(*upload, many, code=1), True)

        token = login_at_a_terminal(program, here, "otp@example.com", "secret pw", "123456")
        state = here.ask("GET", "/_state")
        grant = {key: state["tokens"][token][key] for key in ("account", "packages", "channels")}
        equal("the grant", grant, {"account": "otp@example.com", "packages": [{"type": "charm", "name": "demo"}], "channels": ["edge"]})
        demo = state["charms"]["demo"]
        equal("the digests", [digest in revision["text"] for digest, revision in zip(digests, demo["resources"]["app-image"])], [True, True])
        equal("the architectures", [revision["bases"][0]["architectures"] for revision in demo["resources"]["app-image"]],
              [["arm64"], ["amd64", "arm64"]])
        equal("the releases", [(item["channel"], item["revision"], item["resources"]) for item in demo["releases"]],
              [(channel, 14, [{"name": "app-image", "revision": 2}]) for channel in ("latest/edge", "latest/edge", "latest/beta")])
    print(f"charmcraft {VERSION} and the stand-in agree")


# ---- rockbuild ----

def publish_by_rockbuild(program, world, image):
    environment = world.environment("ROCKBUILD_CHARMHUB_", "API_URL", "STORAGE_URL")
    done = subprocess.run([program, "publish", image, "--charm", "demo", "--resource", "app-image", "--release", "edge",
                           "--charm-revision", "14", "--format", "json"], env=environment, cwd=world.folder, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        sys.exit(f"rockbuild publish ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return json.loads(done.stdout)["revision"]


def remains(world):
    """The charm as it is now and the requests since the last time that changed something; without times, ids, hashes of texts with a port."""
    charm = world.ask("GET", "/_state")["charms"]["demo"]
    fleeting = {"created-at", "when", "size", "sha256", "sha384", "sha512", "sha3-384", "upload-id", "filename", "content"}

    def lasting(value):
        if isinstance(value, dict):
            return {key: lasting(item) for key, item in value.items() if key not in fleeting}
        return [lasting(item) for item in value] if isinstance(value, list) else \
            value.replace(world.registry, "REGISTRY") if isinstance(value, str) else value

    requests = [{key: entry.get(key) for key in ("method", "path", "query", "content-type", "json", "parts", "status")}
                for entry in world.ask("GET", "/_log") if entry["method"] != "GET"]
    world.ask("DELETE", "/_log")
    return lasting(charm), lasting(requests)


def rockbuild_flow(rockbuild, program):
    """The same images by both, each in a world of its own: one architecture, then the same and another release, then two."""
    left = {}
    for name, publish, tool in (("charmcraft", publish_by_charmcraft, program), ("rockbuild", publish_by_rockbuild, rockbuild)):
        with world() as here:
            one, many = (os.path.join(here.folder, file) for file in ("one.rock", "many.rock"))
            archive(one, "amd64")
            archive(many, "amd64", "arm64")
            left[name] = [(publish(tool, here, image), *remains(here)) for image in (one, one, many)]
    for number, (ours, theirs) in enumerate(zip(left["rockbuild"], left["charmcraft"])):
        for what, got, wanted in zip(("revision", "charm"), ours, theirs):
            equal(f"after publication {number + 1}, rockbuild's {what}", got, wanted)
        # The same image again: charmcraft sends it all once more, rockbuild knows it and releases.
        wanted = [request for request in theirs[2] if number != 1 or request["path"].endswith("/releases")]
        equal(f"after publication {number + 1}, rockbuild's list of changing requests", ours[2], wanted)
    print("rockbuild leaves behind what charmcraft does")


def main():
    for peer in ("docker-registry", "skopeo"):
        if shutil.which(peer) is None:
            if "ROCKBUILD_SKIP_MISSING_PEERS" not in os.environ:
                sys.exit(f"this machine lacks {peer}, which scripts/setup installs")
            skip(f"this machine lacks {peer}")
    program = charmcraft_program()
    charmcraft_flow(program)
    if "ROCKBUILD" in os.environ:
        rockbuild_flow(os.path.abspath(os.environ["ROCKBUILD"]), program)
    else:
        print("rockbuild was not compared: ROCKBUILD is not set")


main()
