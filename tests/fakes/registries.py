"""What tests and benches of registries share: registries on free ports of loopback, the fault proxy before them, images to
carry and their blobs to compare, and the rows that a test prints.

Everything that is started here ends with its `with`; where nothing else is said, folders lie below TMPDIR, else /dev/shm.
"""
import base64
import gzip
import hashlib
import io
import json
import os
import random
import re
import shutil
import signal
import socket
import subprocess
import sys
import tarfile
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "../../build/peers")
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
USER, PASSWORD = "robot", "pw:with:colons"
PASSWORD_LINE = "robot:$2b$04$3DhcyLPWjBZY79gB2qIZcu7c5sxo7o6U8gDox0P.7GVYd0pvxl0EW"
BASIC = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


def program(name):
    """Ours, one built by scripts/peers, or one in PATH; None where there is none."""
    if name == "rockbuild":
        return shutil.which(os.environ.get("ROCKBUILD", "rockbuild"))
    return shutil.which(name, path=PEERS) or shutil.which(name)


def run(*command, **options):
    environment = options.pop("env", {})
    done = subprocess.run(command, capture_output=True, stdin=subprocess.DEVNULL, env=dict(os.environ, **environment), timeout=120,
                          **options)
    if done.returncode != 0:
        words = done.stderr.decode(errors="replace").strip()
        raise Failure(f"{' '.join(command[:3])} ended with {done.returncode}: {words[-400:]}")
    return done.stdout.decode()


class Failure(Exception):
    pass


def need(*names):
    """Ends unless ROCKBUILD is set and these are here: scripts/setup installs them, so their lack is a failure (1); where
    it is meant to be so, ROCKBUILD_SKIP_MISSING_PEERS makes it a test that was not tried (77)."""
    missing = [name for name in names if program(name) is None]
    if "ROCKBUILD" not in os.environ or missing:
        print("NOT TRIED:", f"{', '.join(missing)} is not here" if missing else "ROCKBUILD names no program", file=sys.stderr)
        sys.exit(77 if "ROCKBUILD_SKIP_MISSING_PEERS" in os.environ else 1)


def work_folder(name):
    place = os.environ.get("TMPDIR") or ("/dev/shm" if os.path.isdir("/dev/shm") else None)
    return tempfile.TemporaryDirectory(prefix=name + "-", dir=place)


def ask(url, method="GET", value=None, headers=None):
    """(status, headers, body) of any answer, without proxies; a value goes as JSON, bytes as they are."""
    data = value if value is None or isinstance(value, bytes) else json.dumps(value).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json", **(headers or {})}, method=method)
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=60) as answer:
            return answer.status, answer.headers, answer.read()
    except urllib.error.HTTPError as answer:
        return answer.code, answer.headers, answer.read()


# ---- registries ----

class Server:
    """A registry on a free port of loopback: `kind` is rockbuild or docker-registry."""

    def __init__(self, kind, folder, certificate=None, key=None, htpasswd=None, data=None):
        self.kind, self.folder, self.is_tls = kind, folder, certificate is not None
        self.data, self.log = data or os.path.join(folder, "data"), os.path.join(folder, "log")
        os.makedirs(folder)
        os.makedirs(self.data, exist_ok=True)
        command = self.ours(certificate, key, htpasswd) if kind == "rockbuild" else self.docker(certificate, key, htpasswd)
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
        self.host = self.address()

    def ours(self, certificate, key, htpasswd):
        options = ["--cert", certificate, "--key", key] if certificate else []
        options += ["--htpasswd", htpasswd] if htpasswd else []
        return [program("rockbuild"), "registry", "serve", "--listen", "127.0.0.1:0", "--data", self.data, *options]

    def docker(self, certificate, key, htpasswd):
        """With Debian's cache of descriptors, and without a line for each request, which costs it a quarter of its speed. The
        line that tells the port goes with them, so the port is chosen here."""
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        config = {"version": "0.1", "log": {"level": "warn", "accesslog": {"disabled": True}},
                  "storage": {"filesystem": {"rootdirectory": self.data}, "cache": {"blobdescriptor": "inmemory"},
                              "delete": {"enabled": True}},
                  "http": {"addr": f"127.0.0.1:{self.port}"}}
        if certificate:
            config["http"]["tls"] = {"certificate": certificate, "key": key}
        if htpasswd:
            config["auth"] = {"htpasswd": {"realm": "peers", "path": htpasswd}}
        path = os.path.join(self.folder, "config.yml")
        with open(path, "w") as file:
            json.dump(config, file)  # JSON is YAML
        return [program("docker-registry"), "serve", path]

    def said(self):
        with open(self.log, errors="replace") as file:
            return file.read()

    def ready(self):
        """Its address, once it listens."""
        if self.kind == "rockbuild":
            found = re.search(r"^listening on https?://([\w.]+:\d+)$", self.said(), re.MULTILINE)
            return found and found[1]
        with socket.socket() as client:
            return f"127.0.0.1:{self.port}" if client.connect_ex(("127.0.0.1", self.port)) == 0 else None

    def address(self):
        for _ in range(200):
            if found := self.ready():
                return found
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        self.process.kill()
        raise Failure(f"{self.kind} doesn't start: {self.said().strip()[-400:]}")

    def status(self, name):
        """A figure of /proc/PID/status in KiB: VmHWM is its largest memory."""
        with open(f"/proc/{self.process.pid}/status") as file:
            return int(re.search(rf"{name}:\s+(\d+)", file.read())[1])

    def cpu(self):
        """Its CPU seconds so far."""
        with open(f"/proc/{self.process.pid}/stat") as file:
            words = file.read().rpartition(")")[2].split()
        return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(timeout=30)
        if self.kind == "rockbuild" and code != 0:
            raise Failure(f"registry serve ended with {code}: {self.said().strip()[-400:]}")


class Proxy:
    """The fault proxy before a registry."""

    def __init__(self, host, faults=(), listen="127.0.0.1:0"):
        self.process = subprocess.Popen([sys.executable, "-S", os.path.join(HERE, "fault_proxy.py"), "--to", host, "--listen", listen,
                                         "--faults", json.dumps(list(faults))], stdout=subprocess.PIPE, text=True)
        self.host = self.process.stdout.readline().rpartition("/")[2].strip()

    def log(self):
        return json.loads(ask(f"http://{self.host}/_proxy/log")[2])

    def forget(self):
        ask(f"http://{self.host}/_proxy/log", "DELETE")

    def faults(self, rules):
        status, _, words = ask(f"http://{self.host}/_proxy/faults", "POST", rules)
        if status != 200:
            raise Failure(words.decode())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


def make_password(folder):
    """(htpasswd file, user:password) by docker-registry: where its file is missing it writes one and logs the password."""
    path = os.path.join(folder, "htpasswd")
    with Server("docker-registry", os.path.join(folder, "provisioning"), htpasswd=path) as server:
        try:
            urllib.request.urlopen(f"http://{server.host}/v2/")
        except urllib.error.HTTPError:
            pass  # 401
        said = re.search(r"password=(\S+) user=(\S+)|user=(\S+) password=(\S+)", server.said())
        return path, f"{said[2] or said[3]}:{said[1] or said[4]}"


# ---- images ----

def put_blob(layout, data):
    digest = hashlib.sha256(data).hexdigest()
    folder = os.path.join(layout, "blobs/sha256")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, digest), "wb") as file:
        file.write(data)
    return {"digest": "sha256:" + digest, "size": len(data)}


def put_json(layout, media_type, value):
    return {"mediaType": media_type, **put_blob(layout, json.dumps(value).encode())}


def make_layer(layout, files, level=6):
    """(descriptor, diff ID) of a layer of `files`: name → bytes."""
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as tar:
        for name, data in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode, member.mtime = len(data), 0o644, 1_700_000_000
            tar.addfile(member, io.BytesIO(data))
    diff_id = "sha256:" + hashlib.sha256(plain.getbuffer()).hexdigest()
    return {"mediaType": LAYER, **put_blob(layout, gzip.compress(plain.getbuffer(), level, mtime=0))}, diff_id


def make_image(layout, architecture, layers):
    """The descriptor of an image's manifest; `layers` as made by make_layer."""
    config = {"created": "2024-01-01T00:00:00Z", "architecture": architecture, "os": "linux",
              "config": {"User": "584792", "Env": ["PATH=/usr/bin:/bin", "NAME=a=b"], "Entrypoint": ["/usr/bin/pebble", "enter"],
                         "WorkingDir": "/srv", "Labels": {"title": "é \"quoted\"", "of": architecture}},
              "rootfs": {"type": "layers", "diff_ids": [diff_id for _, diff_id in layers]},
              "history": [{"created": "2024-01-01T00:00:00Z", "created_by": "make_image"} for _ in layers]}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": put_json(layout, CONFIG, config),
                "layers": [layer for layer, _ in layers], "annotations": {"org.opencontainers.image.title": "peers"}}
    return put_json(layout, MANIFEST, manifest)


def finish_layout(layout, tag, descriptor):
    named = dict(descriptor, annotations={"org.opencontainers.image.ref.name": tag})
    with open(os.path.join(layout, "oci-layout"), "w") as file:
        file.write('{"imageLayoutVersion":"1.0.0"}')
    with open(os.path.join(layout, "index.json"), "w") as file:
        json.dump({"schemaVersion": 2, "mediaType": INDEX, "manifests": [named]}, file)
    return descriptor["digest"]


def make_archive(layout, path):
    with tarfile.open(path, "w") as tar:
        for name in ("oci-layout", "index.json", "blobs"):
            tar.add(os.path.join(layout, name), name)


def open_archive(path, layout):
    os.makedirs(layout)
    with tarfile.open(path) as tar:
        tar.extractall(layout)


def blob(layout, digest):
    with open(os.path.join(layout, "blobs", *digest.split(":")), "rb") as file:
        data = file.read()
    if "sha256:" + hashlib.sha256(data).hexdigest() != digest:
        raise Failure(f"the blob {digest} has other bytes")
    return data


def root(layout):
    """What was pulled: the named image where there is one (oras lists the untagged ones below an index too)."""
    with open(os.path.join(layout, "index.json")) as file:
        manifests = json.load(file)["manifests"]
    named = [manifest for manifest in manifests if name_of(manifest)] or manifests
    if len(named) != 1:
        raise Failure(f"{len(named)} images came")
    return named[0]


def name_of(descriptor):
    return descriptor.get("annotations", {}).get("org.opencontainers.image.ref.name")


def closure(layout, descriptor):
    """The digests of all that hangs on the descriptor; each blob's bytes are what its name says."""
    seen, digest = {descriptor["digest"]}, descriptor["digest"]
    data = blob(layout, digest)
    if descriptor["mediaType"] == INDEX:
        for child in json.loads(data)["manifests"]:
            seen |= closure(layout, child)
    elif descriptor["mediaType"] == MANIFEST:
        manifest = json.loads(data)
        for child in [manifest["config"], *manifest["layers"]]:
            blob(layout, child["digest"])
            seen.add(child["digest"])
    return seen


class Sample:
    """An image of three layers for two platforms, or for one: as one layout, and as the archives that rockbuild makes it of."""

    def __init__(self, work, name, architectures):
        self.name, self.layout, self.images = name, os.path.join(work, name), []
        random_ = random.Random(name)
        self.files, manifests = {}, []
        for architecture in architectures:
            trees = [{"etc/a": b"lower\n", "bin/" + architecture: random_.randbytes(2_000_000)}, {"srv/empty": b""},
                     {"srv/text": b"text\n" * 5000}]
            layers = [make_layer(self.layout, files) for files in trees]
            descriptor = make_image(self.layout, architecture, layers)
            manifests.append(dict(descriptor, platform={"architecture": architecture, "os": "linux"}))
            self.files = {name: data for tree in trees for name, data in tree.items()}
            self.images.append(os.path.join(work, f"{name}-{architecture}.rock"))
            finish_layout(self.layout, "1.0", descriptor)
            make_archive(self.layout, self.images[-1])
        if len(manifests) > 1:
            descriptor = put_json(self.layout, INDEX, {"schemaVersion": 2, "mediaType": INDEX, "manifests": manifests})
            finish_layout(self.layout, "1.0", descriptor)
        self.descriptor, self.manifests = descriptor, manifests
        self.blobs = closure(self.layout, descriptor)


# ---- rows ----

class Rows:
    def __init__(self):
        self.failed = self.passed = 0
        self.lock = threading.Lock()

    def row(self, name, check, *arguments):
        try:
            check(*arguments)
            self.say(f"ok       {name}", True)
            return True
        except (Failure, OSError, ValueError, KeyError, IndexError, TypeError, subprocess.TimeoutExpired) as problem:
            kind = "" if isinstance(problem, Failure) else type(problem).__name__ + ": "
            self.say(f"FAILED   {name}: {kind}{problem}", False)
            return False

    def say(self, line, passed):
        """Rows may run side by side."""
        with self.lock:
            self.passed += passed
            self.failed += not passed
            print(line, flush=True)

    def end(self):
        print(f"{self.passed} rows passed, {self.failed} failed")
        sys.exit(1 if self.failed else 0)
