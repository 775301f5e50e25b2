#!/usr/bin/env python3
"""`rockbuild registry serve` killed with SIGKILL again and again while clients work; what it has said yes to must be there.

    registry_kills.py [N]        20 kills

Clients that speak plain HTTP push images, pull them, mount blobs from other repositories and delete tags, and one has a long
upload that it continues across the kills; now and then `registry gc --grace 0s` runs between them. Each writes down what was
acknowledged. After every kill the data is verified as it lies, the registry is started anew on the same folder and everything
acknowledged is read from it and hashed. A client whose request was cut does not know its fate: then both are right.

Blobs of an image are its own until the manifest is there, so gc without grace could take them away; that is what it is for.
So a blob is promised only while no gc has begun since it was acknowledged, or once a manifest was that named it before that.

  ROCKBUILD  the program (without it the test fails)
"""
import hashlib
import http.client
import json
import os
import random
import re
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fakes"))
from registries import CONFIG, LAYER, MANIFEST, Failure, Rows, Server, need, program, work_folder

CLIENTS = 4
LONG = 24_000_000
PIECE = 400_000


def digest_of(data):
    return "sha256:" + hashlib.sha256(data).hexdigest()


class Unknown(Exception):
    """The registry died before it answered, or is not there."""


class World:
    """The registry, which changes its port with each life, and what it has acknowledged."""

    def __init__(self, work):
        self.work, self.lives, self.server = work, 0, None
        self.lock = threading.Lock()
        self.manifests, self.blobs, self.tags = {}, {}, {}     # (repository, digest) → bytes; → (bytes, gc count); (repository, tag) → digests
        self.uncertain = set()                                 # tags with a request of unknown fate
        self.data, self.collections, self.acts = os.path.join(work, "data"), 0, {}    # collections: odd while gc runs
        self.wrong, self.leave = [], threading.Event()

    def start(self):
        self.lives += 1
        self.server = Server("rockbuild", os.path.join(self.work, f"life-{self.lives}"), data=self.data)

    def kill(self):
        self.server.process.kill()
        self.server.process.wait()

    def did(self, act):
        with self.lock:
            self.acts[act] = self.acts.get(act, 0) + 1


class Client:
    """One connection, made anew when it breaks."""

    def __init__(self, world):
        self.world, self.connection, self.host = world, None, None

    def ask(self, method, path, body=None, **headers):
        host = self.world.server.host
        try:
            if self.connection is None or self.host != host:
                self.connection, self.host = http.client.HTTPConnection(host, timeout=20), host
            self.connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
            answer = self.connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException) as problem:
            self.connection = None
            raise Unknown from problem


class Worker(Client):
    """Pushes, pulls, mounts and deletes in a repository of its own."""

    def __init__(self, world, number):
        super().__init__(world)
        self.repository, self.random, self.number = f"client-{number}/images", random.Random(number), 0

    def complain(self, words):
        self.world.wrong.append(f"{self.repository}: {words}")

    def blob(self, data, repository=None):
        repository = repository or self.repository
        began = self.world.collections
        status, headers, _ = self.ask("POST", f"/v2/{repository}/blobs/uploads/")
        if status != 202:
            return self.complain(f"an upload begins with {status}")
        status, _, words = self.ask("PUT", f"{headers['Location']}?digest={digest_of(data)}", data)
        if status != 201:
            return self.complain(f"a blob is answered with {status} {words[:200]}")
        with self.world.lock:
            self.world.blobs[repository, digest_of(data)] = (data, began)
        return {"mediaType": LAYER, "digest": digest_of(data), "size": len(data)}

    def push(self):
        tag = f"t{self.number % 7}"
        self.number += 1
        layers = [self.blob(self.random.randbytes(self.random.choice([0, 1, 70_000, 900_000]))) for _ in range(2)]
        config = self.blob(json.dumps({"architecture": "amd64", "os": "linux", "number": self.number, "of": self.repository,
                                       "rootfs": {"type": "layers", "diff_ids": []}}).encode())
        if None in layers or config is None:
            return
        manifest = json.dumps({"schemaVersion": 2, "mediaType": MANIFEST, "config": dict(config, mediaType=CONFIG), "layers": layers}).encode()
        self.put(tag, manifest, [config, *layers])

    def put(self, tag, manifest, blobs):
        world, name = self.world, (self.repository, tag)
        with world.lock:
            world.uncertain.add(name)
            began = world.collections
            before = world.tags.get(name, set())
            world.tags[name] = before | {digest_of(manifest)}
        status, _, words = self.ask("PUT", f"/v2/{self.repository}/manifests/{tag}", manifest, Content_Type=MANIFEST)
        with world.lock:
            if status == 201:
                world.manifests[self.repository, digest_of(manifest)] = manifest
                world.tags[name] = {digest_of(manifest)}
                world.uncertain.discard(name)
                for item in blobs:                             # from here on gc must leave them, unless it took them before
                    data, since = world.blobs[self.repository, item["digest"]]
                    if since == world.collections and since % 2 == 0:
                        world.blobs[self.repository, item["digest"]] = (data, float("inf"))
            elif status in (400, 404) and world.collections > 0 and b"BLOB_UNKNOWN" in words:
                world.tags[name] = before
            else:
                self.complain(f"a manifest is answered with {status} {words[:200]} ({began})")

    def pull(self):
        with self.world.lock:
            name = self.random.choice(sorted(self.world.tags) or [None])
        if not name or name in self.world.uncertain:
            return
        status, _, data = self.ask("GET", f"/v2/{name[0]}/manifests/{name[1]}", Accept=MANIFEST)
        if status == 200:
            for item in json.loads(data)["layers"]:
                status, _, content = self.ask("GET", f"/v2/{name[0]}/blobs/{item['digest']}")
                if status == 200 and digest_of(content) != item["digest"]:
                    self.complain(f"{item['digest']} comes with other bytes")

    def delete_tag(self):
        name = (self.repository, f"t{self.random.randrange(7)}")
        with self.world.lock:
            if not self.world.tags.get(name):
                return
            self.world.uncertain.add(name)
            self.world.tags[name] = self.world.tags[name] | {None}
        status, _, words = self.ask("DELETE", f"/v2/{name[0]}/manifests/{name[1]}")
        with self.world.lock:
            if status in (202, 404):
                self.world.tags[name] = {None}
                self.world.uncertain.discard(name)
            else:
                self.complain(f"a tag is deleted with {status} {words[:200]}")

    def mount(self):
        with self.world.lock:
            promised = [(name, data) for name, (data, since) in self.world.blobs.items() if since == float("inf")]
        if not promised:
            return
        (source, digest), data = self.random.choice(promised)
        began = self.world.collections
        status, _, _ = self.ask("POST", f"/v2/mounts/of/{self.repository}/blobs/uploads/?mount={digest}&from={source}")
        if status == 201:
            with self.world.lock:
                self.world.blobs["mounts/of/" + self.repository, digest] = (data, began)
        elif status != 202:
            self.complain(f"a mount is answered with {status}")

    def work(self):
        while not self.world.leave.is_set():
            act = self.random.choices([self.push, self.pull, self.delete_tag, self.mount], [6, 3, 2, 2])[0]
            try:
                act()
                self.world.did(act.__name__)
            except Unknown:
                time.sleep(0.02)


class LongUpload(Client):
    """Sends one blob in pieces, asks after each break where the registry is, and goes on there; then begins the next."""

    def __init__(self, world):
        super().__init__(world)
        self.data, self.continued, self.finished, self.acknowledged = os.urandom(LONG), 0, 0, 0
        self.location, self.life = None, 0

    def work(self):
        while not self.world.leave.is_set():
            try:
                self.step()
            except Unknown:
                time.sleep(0.02)

    def step(self):
        world = self.world
        if self.location is None:
            status, headers, _ = self.ask("POST", "/v2/long/upload/blobs/uploads/")
            if status == 202:
                self.location, self.life, self.acknowledged = headers["Location"], world.lives, 0
            return
        life = world.lives
        status, headers, words = self.ask("GET", self.location)
        if status == 409:              # the connection that was cut is not forgotten yet
            return
        if status == 404 and self.acknowledged >= LONG - PIECE:
            self.location = None       # its end came through, the answer did not
            return
        if status != 204:
            world.wrong.append(f"the upload is forgotten after {self.acknowledged} bytes: {status} {words[:200]}")
            self.location = None
            return
        at = int(headers["Range"].partition("-")[2])
        at += at > 0
        if at < self.acknowledged:
            world.wrong.append(f"the upload has {at} bytes, {self.acknowledged} were acknowledged")
        if life != self.life and at > 0:
            self.continued, self.life = self.continued + 1, life
        if at < LONG:
            piece = self.data[at:at + PIECE]
            status, headers, words = self.ask("PATCH", self.location, piece, Content_Range=f"{at}-{at + len(piece) - 1}")
            if status == 202:
                self.acknowledged = at + len(piece)
            elif status != 409:
                world.wrong.append(f"a piece at {at} is answered with {status} {words[:200]}")
                self.location = None
            time.sleep(0.02)
            return
        began = world.collections
        status, _, words = self.ask("PUT", f"{self.location}?digest={digest_of(self.data)}")
        if status != 201:
            world.wrong.append(f"the end of the upload is answered with {status} {words[:200]}")
        else:
            self.finished += 1
            with world.lock:
                world.blobs["long/upload", digest_of(self.data)] = (self.data, began)
        self.location, self.data = None, os.urandom(LONG)


def verify(world):
    done = subprocess.run([program("rockbuild"), "registry", "verify", "--data", world.data], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"verify ends with {done.returncode}: {done.stdout[-300:]}{done.stderr[-300:]}")


def collect(world):
    with world.lock:
        world.collections += 1         # blobs acknowledged before are promised only by a manifest
    done = subprocess.run([program("rockbuild"), "registry", "gc", "--grace", "0s", "--data", world.data], capture_output=True, text=True)
    if done.returncode != 0:
        raise Failure(f"gc ends with {done.returncode}: {done.stderr[-300:]}")
    with world.lock:
        world.collections += 1


def read_again(world):
    """Everything acknowledged, from the new registry; each content is fetched once."""
    client = Client(world)
    with world.lock:
        manifests, blobs, tags = dict(world.manifests), dict(world.blobs), {name: set(found) for name, found in world.tags.items()}
        collections, uncertain = world.collections, set(world.uncertain)
    for (repository, digest), data in manifests.items():
        status, _, found = client.ask("GET", f"/v2/{repository}/manifests/{digest}", Accept=MANIFEST)
        if found != data:
            raise Failure(f"{repository}@{digest} is answered with {status}")
    for (repository, digest), (data, since) in blobs.items():
        if since < collections or since % 2 == 1:
            continue
        status, _, found = client.ask("GET", f"/v2/{repository}/blobs/{digest}")
        if found != data:
            raise Failure(f"the blob {digest} of {repository} is answered with {status} (acknowledged at {since} of {collections})")
    for (repository, tag), digests in tags.items():
        status, headers, _ = client.ask("HEAD", f"/v2/{repository}/manifests/{tag}", Accept=MANIFEST)
        found = headers["Docker-Content-Digest"] if status == 200 else None
        if found not in digests and not (found is None and (repository, tag) in uncertain):
            raise Failure(f"{repository}:{tag} is {found}, not one of {digests}")
    return len(manifests) + len(tags), len(blobs)


def main():
    need()
    kills, rows, dice = int(sys.argv[1]) if len(sys.argv) > 1 else 20, Rows(), random.Random(1)
    with work_folder("registry-kills") as work:
        world = World(work)
        world.start()
        workers = [Worker(world, number) for number in range(CLIENTS)]
        long = LongUpload(world)
        for number in range(kills):
            world.leave.clear()
            threads = [threading.Thread(target=worker.work) for worker in [*workers, long]]
            for thread in threads:
                thread.start()

            def life():
                deadline = time.monotonic() + dice.uniform(0.1, 1.2)
                if number % 3 == 2:
                    time.sleep(dice.uniform(0, 0.3))
                    collect(world)
                time.sleep(max(0, deadline - time.monotonic()))
                world.kill()
                world.leave.set()
                for thread in threads:
                    thread.join()
                verify(world)
                world.start()
                read_again(world)
                if world.wrong:
                    raise Failure("; ".join(world.wrong[:3]))
            if not rows.row(f"kill {number + 1}" + (" with gc" if number % 3 == 2 else ""), life):
                world.leave.set()
                for thread in threads:
                    thread.join()
                if world.server.process.poll() is not None:
                    world.start()
                world.wrong.clear()

        def upload_goes_on():
            if long.continued < min(2, kills // 5):
                raise Failure(f"only {long.continued} times an upload went on after a kill")
        rows.row(f"uploads went on after a kill, {long.continued} times; {long.finished} came to their end", upload_goes_on)
        print("         " + ", ".join(f"{count} × {name}" for name, count in sorted(world.acts.items())))
        world.server.__exit__()
    rows.end()


if __name__ == "__main__":
    main()
