#!/usr/bin/env python3
"""Images handed round between registries and clients: whatever one pushes, each other must pull the same.

Two registries, ours and Debian's docker-registry, each once open over http and once with TLS under a private CA and a
password; four clients, rockbuild, skopeo, crane and oras. Every client pushes an image and a multi-platform index, every
client pulls them, and what arrives must have the same root digest and the same blobs, byte by byte. Then: what the clients
say of digest and config; an artifact attached by oras and found again; umoci unpacking what rockbuild pulled; and two ways
in which rockbuild must be refused. One line a row; a peer that is missing is said, and its rows are skipped.

  ROCKBUILD  the program (without it the test fails)
"""
import base64
import hashlib
import json
import os
import re
import shutil
import sys
import tempfile
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fakes"))
from registries import (INDEX, Failure, Rows, Sample, Server, blob, closure, make_password, name_of, open_archive, program, root, run)


# ---- clients ----

class Access:
    """How a registry is reached: its address, and for those with TLS and a password what a client needs for them."""

    def __init__(self, host, work, ca=None, login=None):
        self.host, self.ca = host, ca
        # Nobody's own settings; skopeo and oras read other places than crane.
        folder = tempfile.mkdtemp(dir=work)
        self.auth_file = os.path.join(folder, "config.json")
        with open(self.auth_file, "w") as file:
            json.dump({"auths": {host: {"auth": base64.b64encode(login.encode()).decode()}} if login else {}}, file)
        self.environment = {"DOCKER_CONFIG": folder, "HOME": folder, "XDG_RUNTIME_DIR": folder}
        if ca:
            self.environment["SSL_CERT_FILE"] = ca  # crane has no option for it

    def ref(self, repository, tag="1.0"):
        return f"{self.host}/{repository}:{tag}"


class Client:
    def __init__(self):
        self.name = type(self).__name__.lower()
        self.path = program(self.name)

    def run(self, access, *words):
        return run(self.path, *words, env=access.environment)


class Rockbuild(Client):
    def options(self, access):
        return ["--ca", access.ca] if access.ca else []

    def run(self, access, *words):  # what it is told it must take from its options
        return run(self.path, *words, env={key: value for key, value in access.environment.items() if key != "SSL_CERT_FILE"})

    def push(self, access, images, layout, repository):
        said = self.run(access, "push", *images, access.ref(repository), *self.options(access))
        if not re.fullmatch(rf"{re.escape(access.ref(repository))}@sha256:[0-9a-f]{{64}}\n", said):
            raise Failure(f"push says {said!r}")

    def pull(self, access, repository, layout):
        archive = layout + ".rock"
        self.run(access, "pull-image", access.ref(repository), archive, *self.options(access))
        open_archive(archive, layout)

    def copy(self, access, source, target):
        self.run(access, "copy", source, target, *self.options(access))

    def inspect(self, access, repository):
        return json.loads(self.run(access, "inspect", "docker://" + access.ref(repository), *self.options(access)))

    def digest(self, access, repository):
        return self.inspect(access, repository)["digest"]


class Skopeo(Client):
    def options(self, access, side):
        login = ["--authfile", access.auth_file]
        if not access.ca:
            return [*login, f"--{side}tls-verify=false"]
        folder = tempfile.mkdtemp(dir=access.environment["HOME"])
        shutil.copyfile(access.ca, os.path.join(folder, "ca.crt"))
        return [*login, f"--{side}cert-dir", folder]

    def copy(self, access, source, target, side):
        self.run(access, "--insecure-policy", "copy", "--quiet", "--all", "--preserve-digests", source, target, *self.options(access, side))

    def push(self, access, images, layout, repository):
        self.copy(access, f"oci:{layout}:1.0", "docker://" + access.ref(repository), "dest-")

    def pull(self, access, repository, layout):
        self.copy(access, "docker://" + access.ref(repository), f"oci:{layout}:1.0", "src-")

    def digest(self, access, repository):
        return "sha256:" + hashlib.sha256(self.inspect(access, repository).encode()).hexdigest()

    def config(self, access, repository):
        return json.loads(self.inspect(access, repository, "--config"))

    def inspect(self, access, repository, *options):
        return self.run(access, "inspect", "--raw", *options, "docker://" + access.ref(repository), *self.options(access, ""))


class Crane(Client):
    def push(self, access, images, layout, repository):
        self.run(access, "push", layout, access.ref(repository))

    def pull(self, access, repository, layout):
        self.run(access, "pull", "--format", "oci", access.ref(repository), layout)

    def digest(self, access, repository):
        return self.run(access, "digest", access.ref(repository)).strip()

    def config(self, access, repository):
        return json.loads(self.run(access, "config", access.ref(repository)))


class Oras(Client):
    def options(self, access, side=""):
        return [f"--{side}ca-file", access.ca] if access.ca else [f"--{side}plain-http"]

    def push(self, access, images, layout, repository):
        self.run(access, "cp", "--from-oci-layout", layout + ":1.0", access.ref(repository), *self.options(access, "to-"))

    def pull(self, access, repository, layout):
        self.run(access, "cp", "--to-oci-layout", access.ref(repository), layout + ":1.0", *self.options(access, "from-"))

    def digest(self, access, repository):
        return self.run(access, "resolve", access.ref(repository), *self.options(access)).strip()

    def attach(self, access, repository, folder, text):
        with open(os.path.join(folder, "sbom.json"), "w") as file:
            file.write(text)
        done = run(self.path, "attach", "--artifact-type", "application/spdx+json", "--format", "json", *self.options(access),
                   access.ref(repository), "sbom.json:application/spdx+json", env=access.environment, cwd=folder)
        return json.loads(done)["digest"]

    def referrers(self, access, repository):
        found = json.loads(self.run(access, "discover", "--format", "json", access.ref(repository), *self.options(access)))
        return [(referrer["digest"], referrer["artifactType"]) for referrer in found["referrers"]]


def arrived(sample, layout, whole):
    """Where rockbuild made the index itself, its bytes are its own: then the images below must be the same."""
    found = root(layout)
    blobs = closure(layout, found)
    if whole and found["digest"] != sample.descriptor["digest"]:
        raise Failure(f"the digest is {found['digest']}, not {sample.descriptor['digest']}")
    if blobs - {found["digest"]} != sample.blobs - {sample.descriptor["digest"]}:
        raise Failure("other blobs came")


def handed_round(rows, work, label, access, clients, sample):
    for pusher in clients:
        repository = f"{sample.name}/{pusher.name}"
        name = f"{label}: {pusher.name} pushes {sample.name}"
        if not rows.row(name, pusher.push, access, sample.images, sample.layout, repository):
            continue
        is_index = len(sample.images) > 1
        is_own = is_index and pusher.name == "rockbuild"
        for puller in clients:
            def pulled():
                layout = os.path.join(tempfile.mkdtemp(dir=work), "layout")
                puller.pull(access, repository, layout)
                arrived(sample, layout, not is_own)
                shutil.rmtree(os.path.dirname(layout))
            rows.row(f"{label}: {puller.name} pulls what {pusher.name} pushed", pulled)

        def digests():
            wanted = set() if is_own else {sample.descriptor["digest"]}
            said = {client.name: client.digest(access, repository) for client in clients if not (is_index and client.name == "rockbuild")}
            if len(wanted | set(said.values())) != 1:
                raise Failure(f"they see {said}")
        rows.row(f"{label}: all see one digest of what {pusher.name} pushed", digests)


def same_view(access, repository, clients, sample):
    by_name = {client.name: client for client in clients}
    report = by_name["rockbuild"].inspect(access, repository)
    for name in ("crane", "skopeo"):
        if name not in by_name:
            continue
        config = by_name[name].config(access, repository)
        theirs = {"config": config["config"], "architecture": config["architecture"], "diff_ids": config["rootfs"]["diff_ids"],
                  "digest": by_name[name].digest(access, repository)}
        ours = {"config": report["config"], "architecture": report["platform"]["architecture"],
                "diff_ids": [layer["diff_id"] for layer in report["layers"]], "digest": report["digest"]}
        if theirs != ours:
            raise Failure(f"{name} sees {theirs}, rockbuild {ours}")
    wanted = json.loads(blob(sample.layout, sample.descriptor["digest"]))["layers"]
    if [(layer["digest"], layer["size"]) for layer in report["layers"]] != [(layer["digest"], layer["size"]) for layer in wanted]:
        raise Failure(f"rockbuild sees the layers {report['layers']}")


def copied(work, access, rockbuild, sample):
    """rockbuild copy out of a layout, from one repository to another, and into a layout."""
    layout = os.path.join(tempfile.mkdtemp(dir=work), "layout")
    first, second = access.ref("copied/first"), access.ref("copied/second")
    rockbuild.copy(access, f"oci:{sample.layout}:1.0", "docker://" + first)
    rockbuild.copy(access, "docker://" + first, "docker://" + second)
    rockbuild.copy(access, "docker://" + second, f"oci:{layout}:1.0")
    arrived(sample, layout, True)


def attached(work, access, oras, server, repository):
    """Found again by oras, in our registry through its own API, and carried along by a recursive copy."""
    folder = tempfile.mkdtemp(dir=work)
    digest = oras.attach(access, repository, folder, '{"spdxVersion": "SPDX-2.3"}')
    wanted = [(digest, "application/spdx+json")]
    if oras.referrers(access, repository) != wanted:
        raise Failure(f"oras discovers {oras.referrers(access, repository)}, not {wanted}")
    if server.kind == "rockbuild" and not access.ca:
        image = oras.digest(access, repository)
        for query in ("", "?artifactType=application/spdx%2Bjson"):
            with urllib.request.urlopen(f"http://{access.host}/v2/{repository}/referrers/{image}{query}") as answer:
                listed = [(entry["digest"], entry["artifactType"]) for entry in json.load(answer)["manifests"]]
            if listed != wanted:
                raise Failure(f"the referrers API lists {listed}")
    other = repository + "-copy"
    oras.run(access, "cp", "-r", *oras.options(access, "from-"), *oras.options(access, "to-"), access.ref(repository), access.ref(other))
    if oras.referrers(access, other) != wanted:
        raise Failure(f"after the copy oras discovers {oras.referrers(access, other)}")


def unpacked(work, access, rockbuild, umoci, repository, sample):
    folder = tempfile.mkdtemp(dir=work)
    layout, bundle = os.path.join(folder, "layout"), os.path.join(folder, "bundle")
    rockbuild.pull(access, repository, layout)
    tag = name_of(root(layout))
    if tag != "1.0":
        raise Failure(f"the archive's image is named {tag!r}")
    run(umoci, "unpack", *([] if os.geteuid() == 0 else ["--rootless"]), "--image", f"{layout}:{tag}", bundle)
    found = {}
    for parent, _, names in os.walk(os.path.join(bundle, "rootfs")):
        for name in names:
            path = os.path.join(parent, name)
            with open(path, "rb") as file:
                found[os.path.relpath(path, os.path.join(bundle, "rootfs"))] = file.read()
    if found != sample.files:
        raise Failure(f"umoci unpacks {sorted(found)}")


def refused(access, rockbuild, image, codes):
    try:
        rockbuild.run(access, "push", image, access.ref("refused"), *rockbuild.options(access))
    except Failure as problem:
        if not any(f" ended with {code}:" in str(problem) for code in codes):
            raise
    else:
        raise Failure("it was let in")


def make_ca(folder):
    """(CA, certificate, key) for 127.0.0.1."""
    path = lambda name: os.path.join(folder, name)
    run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=Peers CA",
        "-keyout", path("ca.key"), "-out", path("ca.pem"))
    run("openssl", "req", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=registry", "-keyout", path("key.pem"), "-out", path("request.pem"))
    with open(path("extensions"), "w") as file:
        file.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    run("openssl", "x509", "-req", "-in", path("request.pem"), "-CA", path("ca.pem"), "-CAkey", path("ca.key"), "-CAcreateserial",
        "-days", "2", "-extfile", path("extensions"), "-out", path("certificate.pem"))
    return path("ca.pem"), path("certificate.pem"), path("key.pem")


def with_server(rows, work, label, kind, clients, samples, secrets):
    folder = os.path.join(work, label.replace(" ", "-"))
    keys = {name: secrets[name] for name in ("certificate", "key", "htpasswd")} if secrets else {}
    by_name = {client.name: client for client in clients}
    sample, rockbuild, oras, umoci = samples[0], by_name["rockbuild"], by_name.get("oras"), program("umoci")

    def row(name, *check):
        rows.row(f"{label}: {name}", *check)

    with Server(kind, folder, **keys) as server:
        access = Access(server.host, work, secrets.get("ca"), secrets.get("login"))
        for one in samples:
            handed_round(rows, work, label, access, clients, one)
        if "skopeo" in by_name:
            row("rockbuild's view of config and layers is the others'", same_view, access, "image/skopeo", clients, sample)
        row("rockbuild copies through a registry", copied, work, access, rockbuild, sample)
        if oras:
            row("an attached artifact is found", attached, work, access, oras, server, "image/oras")
        if umoci:
            row("umoci unpacks what rockbuild pulled", unpacked, work, access, rockbuild, umoci, "image/rockbuild", sample)
        if secrets:
            image, ca, login = sample.images[0], secrets["ca"], secrets["login"]
            row("a wrong password ends with 77", refused, Access(server.host, work, ca, "docker:wrong"), rockbuild, image, [77])
            row("no password ends with 77", refused, Access(server.host, work, ca), rockbuild, image, [77])
            row("an unknown CA is refused", refused, Access(server.host, work, None, login), rockbuild, image, [1, 75, 77, 78])
    if kind == "rockbuild":
        row("the store is clean", run, rockbuild.path, "registry", "verify", "--data", server.data)


def main():
    if "ROCKBUILD" not in os.environ:
        print("NOT TRIED: ROCKBUILD names no program", file=sys.stderr)
        sys.exit(77)
    clients = [Rockbuild(), Skopeo(), Crane(), Oras()]
    servers = ["rockbuild", "docker-registry"]
    for name in [client.name for client in clients] + ["docker-registry", "umoci", "openssl"]:
        if program(name) is None:
            print(f"skipped  all rows of {name}: it is not here")
    clients, servers = [client for client in clients if client.path], [name for name in servers if program(name)]
    rows = Rows()
    with tempfile.TemporaryDirectory(prefix="registry-peers-") as work:
        samples = [Sample(work, "image", ["amd64"]), Sample(work, "platforms", ["amd64", "arm64"])]
        secrets = {}
        if program("openssl") and program("docker-registry"):
            secrets["ca"], secrets["certificate"], secrets["key"] = make_ca(work)
            secrets["htpasswd"], secrets["login"] = make_password(work)
        else:
            print("skipped  all rows with TLS and password: openssl and docker-registry make the certificate and the password")
        for kind in servers:
            for label, keys in [(kind, {})] + ([(kind + " with TLS and password", secrets)] if secrets else []):
                rows.row(f"{label}: starts and ends", with_server, rows, work, label, kind, clients, samples, keys)
    rows.end()


if __name__ == "__main__":
    main()
