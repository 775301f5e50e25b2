#!/usr/bin/env python3
"""Push and pull-image through a proxy that breaks things, to docker-registry and to our own registry.

Each row is one fault. Where an image can arrive in spite of it, it must: the blobs are then read from the registry, or from
the archive, and hashed. Where it can't, the program must end with another code than 0 and say `error[RB…`, and leave nothing
half-done in sight. Every run traces all it does, and must not tell the password while it does so. In the end the registry
of ours is verified. Rows run side by side, each with a proxy and a repository of its own.

  ROCKBUILD  the program (without it the test fails)
"""
import base64
import collections
import concurrent.futures
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fakes"))
from registries import (BASIC, MANIFEST, PASSWORD, PASSWORD_LINE, USER, Failure, Proxy, Rows, Server, ask, blob, closure, finish_layout,
                        make_archive, make_image, make_layer, need, open_archive, program, root, run, work_folder)

SIDE_BY_SIDE = 6
def most_memory():
    """KiB that a run may take; a sanitizer's own bookkeeping comes on top."""
    with open(os.environ["ROCKBUILD"], "rb") as program:
        return (240 if b"__asan_init" in program.read() else 64) << 10


MEASURE = ("import resource, subprocess, sys; code = subprocess.call(sys.argv[2:]); "
           "open(sys.argv[1], 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)); sys.exit(code)")
UPLOAD, PUT, BLOB, ANY_MANIFEST = "/blobs/uploads/", "PUT|PATCH", "/blobs/sha256:", "/manifests/"
Ended = collections.namedtuple("Ended", "code out err seconds")


def demand(truth, words):
    if not truth:
        raise Failure(words)


class Image:
    """A large layer of bytes that don't compress, a small one, as a layout and as an archive."""

    def __init__(self, work, name, size):
        self.layout, self.archive = os.path.join(work, name), os.path.join(work, name + ".rock")
        layers = [make_layer(self.layout, {"data": os.urandom(size)}, level=0), make_layer(self.layout, {"etc/name": name.encode()})]
        self.descriptor = make_image(self.layout, "amd64", layers)
        finish_layout(self.layout, "1.0", self.descriptor)
        make_archive(self.layout, self.archive)
        self.blobs = closure(self.layout, self.descriptor)
        self.large, self.size = layers[0][0]["digest"].partition(":")[2], layers[0][0]["size"]
        self.digest = self.descriptor["digest"]


class Place:
    """A registry, open or with a password; and the way of a row to it: proxy, repository, credentials, a folder for results."""

    def __init__(self, server, work, repository, rules, listen="127.0.0.1:0", login=f"{USER}:{PASSWORD}"):
        self.server, self.repository, self.login = server, repository, login
        self.proxy = Proxy(server.host, rules, listen)
        self.folder, self.home = tempfile.mkdtemp(dir=work), tempfile.mkdtemp(dir=work)
        with open(os.path.join(self.home, "config.json"), "w") as file:
            json.dump({"auths": {self.proxy.host: {"auth": base64.b64encode(login.encode()).decode()}}}, file)

    def __enter__(self):
        self.proxy.__enter__()
        return self

    def __exit__(self, *error):
        self.proxy.__exit__(*error)

    @property
    def ref(self):
        return f"{self.proxy.host}/{self.repository}:1.0"

    def start(self, *words, before=()):
        environment = dict(os.environ, DOCKER_CONFIG=self.home, HOME=self.home, XDG_RUNTIME_DIR=self.home, ROCKBUILD_CACHE=self.home)
        return subprocess.Popen([*before, program("rockbuild"), *words, "--verbosity", "trace", "--progress", "plain"], env=environment,
                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words, before=()):
        begin = time.monotonic()
        process = self.start(*words, before=before)
        try:
            out, err = process.communicate(timeout=150)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise Failure("it doesn't end within 150 s") from None
        password = self.login.partition(":")[2]
        for secret in (password, base64.b64encode(self.login.encode()).decode(), "Authorization: B", "Bearer ey"):
            demand(secret not in err + out, f"it tells {secret!r}")
        return Ended(process.returncode, out, err, time.monotonic() - begin)

    def push(self, image, *options, **more):
        return self.run("push", image.archive, self.ref, *options, **more)

    def pull(self, *options, **more):
        return self.run("pull-image", self.ref, os.path.join(self.folder, "x.rock"), *options, **more)

    # -- the registry, past the proxy --

    def ask(self, path, method="GET"):
        headers = {"Authorization": "Basic " + BASIC, "Accept": MANIFEST}
        return ask(f"http://{self.server.host}/v2/{self.repository}{path}", method, None, headers)

    def has(self, image):
        """All of it is there and right."""
        demand(self.manifest(image), "the registry has no such tag")
        self.holds_nothing_wrong(image, all_of_it=True)

    def manifest(self, image):
        status, _, data = self.ask("/manifests/1.0")
        with open(os.path.join(image.layout, "blobs", *image.digest.split(":")), "rb") as file:
            demand(status == 404 or data == file.read(), f"the registry's manifest is {data[:100]}")
        return status == 200

    def holds_nothing_wrong(self, image, all_of_it=False):
        for digest in image.blobs - {image.digest}:
            status, _, data = self.ask("/blobs/" + digest)
            demand(status == 200 or not all_of_it, f"the registry answers {status} for {digest}")
            demand(status != 200 or data == blob(image.layout, digest), f"the registry has other bytes for {digest}")

    def pulled(self, image):
        layout = os.path.join(self.folder, "layout")
        open_archive(os.path.join(self.folder, "x.rock"), layout)
        demand(root(layout)["digest"] == image.digest and closure(layout, root(layout)) == image.blobs, "another image came")
        os.remove(os.path.join(self.folder, "x.rock"))

    # -- what the proxy saw --

    def requests(self, method=".*", path=""):
        return [entry for entry in self.proxy.log()["requests"]
                if re.fullmatch(method, entry["method"]) and re.search(path, entry["path"])]


def succeeded(ended):
    demand(ended.code == 0, f"it ended with {ended.code}: {ended.err[-500:]}")


def failed(ended, codes, words):
    demand(ended.code in codes, f"it ended with {ended.code}, not one of {codes}: {ended.err[-500:]}")
    said = re.search(r"^error\[RB\d{4}\]: .*", ended.err, re.MULTILINE)
    demand(said, f"no error is told: {ended.err[-500:]}")
    demand(re.search(words, ended.err), f"it says {said[0]!r} and nothing like {words!r}")
    demand("<html" not in ended.err.lower() and len(ended.err) < 20000, "it pours out what came")


def fault(action, path="", method=".*", times=1, skip=0, listener="main", **more):
    return {"match": {"method": method, "path": path, "listener": listener}, "times": times, "skip": skip, "action": action, **more}


class World:
    """The two registries of a kind and the images that all rows use."""

    def __init__(self, work, kind, images, rows, pool):
        self.work, self.kind, self.images, self.rows, self.pool = work, kind, images, rows, pool
        self.number, self.waiting = 0, []

    def row(self, name, check, rules=(), is_open=False, **place):
        self.number += 1
        server, repository = self.open if is_open else self.closed, f"row-{self.number}/x"

        def go():
            with Place(server, self.work, repository, rules, **place) as here:
                check(here)
        self.waiting.append(self.pool.submit(self.rows.row, f"{self.kind}: {name}", go))

    def push(self, name, rules, codes=None, words="", image="small", check=None, **more):
        """It must arrive; or end with one of the codes and words."""
        def go(here):
            picture = self.images[image]
            ended = here.push(picture)
            if codes:
                failed(ended, codes, words)
                here.proxy.faults([])
                here.manifest(picture)
                here.holds_nothing_wrong(picture)
                succeeded(here.push(picture))      # nothing stands in the way of the next one
            else:
                succeeded(ended)
            here.has(picture)
            if check:
                check(here, ended)
        self.row("push, " + name, go, rules, **more)

    def pull(self, name, rules, codes=None, words="", image="small", check=None, before=(), **more):
        def go(here):
            picture = self.images[image]
            here.proxy.faults([])
            succeeded(here.push(picture))
            here.proxy.faults(rules)
            here.proxy.forget()
            ended = here.pull(before=before)
            if codes:
                failed(ended, codes, words)
                demand(os.listdir(here.folder) == [], f"it leaves {os.listdir(here.folder)} behind")
            else:
                succeeded(ended)
                here.pulled(picture)
            if check:
                check(here, ended)
        self.row("pull, " + name, go, rules, **more)

    def finish(self):
        for future in self.waiting:
            future.result()
        self.waiting = []


# ---- the rows ----

def cuts(world):
    def resumed(large, most):
        def check(here, _):
            entries = [entry for entry in here.requests(PUT, UPLOAD) if "digest=" not in entry["path"] or large in entry["path"]]
            sent = sum(entry["body_bytes"] for entry in entries)
            size = next(entry["content_length"] for entry in entries if large in entry["path"])
            demand(sent <= most * size, f"{sent} bytes were sent of {size}")
        return check

    for tenth in range(11):
        image = world.images["small"]
        check = resumed(image.large, 1.15) if world.kind == "rockbuild" and tenth < 10 else None
        world.push(f"cut at {tenth}/10", [fault("cut-request", image.large, "PUT", after=tenth / 10)], check=check)

        def ranged(most):     # a reset throws away what lies in the client's socket
            def check(here, _, image=image):
                received = sum(entry["answer_bytes"] for entry in here.requests("GET", image.large))
                demand(received < most * image.size, f"{received} bytes came of {image.size}")
            return check
        world.pull(f"cut at {tenth}/10", [fault("cut-response", image.large, "GET", after=tenth / 10)], check=ranged(2))
        world.pull(f"ended early at {tenth}/10", [fault("cut-response", image.large, "GET", after=tenth / 10, how="close")], check=ranged(1.15))
    huge = world.images["large"]
    world.push("64 MB cut at 90 %", [fault("cut-request", huge.large, "PUT", after=0.9)], image="large",
               check=resumed(huge.large, 1.15) if world.kind == "rockbuild" else None)
    world.push("64 MB cut at 90 %, then at 50 % of the rest, then the question too",
               [fault("cut-request", huge.large, "PUT", after=0.9), fault("cut-request", UPLOAD, "PATCH", after=0.5),
                fault("drop", UPLOAD, "GET")], image="large", check=resumed(huge.large, 1.15) if world.kind == "rockbuild" else None)
    world.pull("64 MB cut five times", [fault("cut-response", huge.large, "GET", after=0.4, times=5)], image="large")
    world.pull("cut again and again", [fault("cut-response", image.large, "GET", after=0.1, times=12)])


def busy(world):
    asked = fault("status", "/v2/", times=3, status=429, retry_after="1")
    waited = lambda here, ended: demand(ended.seconds >= 1, f"it waited {ended.seconds:.1f} s")
    world.push("429 with Retry-After", [asked], check=waited)
    world.pull("429 with Retry-After", [asked], check=waited)
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 3))
    world.pull("429 until a date", [fault("status", "/v2/", status=429, retry_after=date)])
    for method, path in (("HEAD", "/blobs/"), ("POST", UPLOAD), ("PUT", UPLOAD), ("PUT", ANY_MANIFEST), (".*", "/v2/")):
        world.push(f"503 three times for {method} {path}", [fault("status", path, method, times=3, status=503)])
        world.push(f"429 twice for {method} {path}", [fault("status", path, method, times=2, status=429, retry_after="0")])
    world.push("every second request is a 502", [{"match": {"path": "/v2/"}, "every": 2, "times": 8, "action": "status", "status": 502}])
    for path in (ANY_MANIFEST, BLOB):
        world.pull(f"503 three times for {path}", [fault("status", path, "GET", times=3, status=503)])
        world.pull(f"500 and 429 for {path}", [fault("status", path, "GET", status=500), fault("status", path, "GET", times=2, status=429, retry_after="1")])
    world.push("503 for ever", [fault("status", "/v2/", times=-1, status=503)], [75], "503")
    world.pull("503 for ever", [fault("status", "/v2/", times=-1, status=503)], [75], "503")
    world.push("413 for a blob", [fault("status", UPLOAD, "PUT|PATCH", times=-1, status=413)], [1], "limits the size")
    world.push("400 for a blob", [fault("status", UPLOAD, "PUT|PATCH", times=-1, status=400)], [1], "HTTP 400|the proxy says 400")
    world.push("403 for a manifest", [fault("status", ANY_MANIFEST, "PUT", times=-1, status=403)], [77], "refuses")
    world.pull("404 for a blob", [fault("status", BLOB, "GET", times=-1, status=404)], [1], "404")


def tokens(world):
    rule = {"match": {"path": "/v2/"}, "action": "auth", "seconds": 2, "user": USER, "password": PASSWORD}
    slow = fault("slow", UPLOAD, PUT, times=-1, bytes_per_second=2_500_000)
    world.push("tokens that live 2 s", [rule, slow], is_open=True)
    # docker-registry forgets an upload whose request was cut: with it no part can outlive its token.
    hopeless = ([1, 75, 77], "") if world.kind != "rockbuild" else ()
    for rate in (2_500_000, 1_000_000):
        world.push(f"tokens that die while a blob is sent, {rate} bytes a second",
                   [dict(rule, midway=True), dict(slow, bytes_per_second=rate)], *hopeless, is_open=True)
    world.pull("tokens that live 2 s", [rule, fault("slow", BLOB, "GET", times=-1, bytes_per_second=2_500_000, direction="response")],
               is_open=True)
    world.push("tokens that say nothing of their end", [dict(rule, expires_in=0), slow], is_open=True)
    world.push("a token service with another password", [dict(rule, password="another")], [77], "password|refuses", is_open=True)


def lies(world):
    image = world.images["small"]
    world.push("wrong digest of the manifest", [fault("digest", ANY_MANIFEST, "PUT", times=-1)], [1, 65], "sha256:0000")
    world.pull("wrong digest of the manifest", [fault("digest", ANY_MANIFEST, "GET", times=-1)], [1, 65], "digest")
    world.pull("wrong digest of the manifest, once", [fault("digest", ANY_MANIFEST, "GET")])
    world.pull("wrong digest of a blob", [fault("digest", BLOB, "GET", times=-1)])
    world.pull("a byte of a manifest is another", [fault("corrupt", ANY_MANIFEST, "GET", times=-1)], [1, 65], "digest|manifest")
    for at in (0.0, 0.5, -1):
        world.pull(f"a byte of a blob is another, at {at}",
                   [fault("corrupt", image.large, "GET", times=-1, at=image.size - 1 if at == -1 else at)], [1, 65], image.large)
    world.pull("a blob is shorter, once", [fault("truncate", image.large, "GET", after=0.5)])
    world.pull("a blob is shorter, always", [fault("truncate", image.large, "GET", times=-1, after=0.5)], [1, 65, 75], image.large)
    world.pull("a blob is empty, always", [fault("truncate", image.large, "GET", times=-1, after=0)], [1, 65, 75], image.large)
    world.pull("a manifest is shorter", [fault("truncate", ANY_MANIFEST, "GET", times=-1, after=0.5)], [1, 65], "digest|manifest")
    for by in (-1000, -1, 1, 1000):
        world.pull(f"Content-Length of a blob off by {by}", [fault("length", image.large, "GET", by=by)])
        world.pull(f"Content-Length of a manifest off by {by}", [fault("length", ANY_MANIFEST, "GET", by=by)])
    world.pull("Content-Length of a blob off by 10, always", [fault("length", image.large, "GET", times=-1, by=10)])
    for what in ("garbage", "absent"):
        world.push(f"Location: {what}", [fault("location", UPLOAD, "POST|PATCH|GET", times=-1, **{"as": what})], [1, 75], "place|Location")
    world.push("Location: relative", [fault("location", UPLOAD, "POST|PATCH|GET", times=-1, **{"as": "relative"})])
    world.push("Location: no query", [fault("location", UPLOAD, "POST", times=-1, **{"as": "no-query"})],
               *(([1, 75], "") if world.kind != "rockbuild" else ()))
    for value in ("file:///etc/passwd", "gopher://127.0.0.1:1/", "//", "http://", "http://[::1", "/" + "x" * 5000):
        world.push(f"Location: {value[:30]}", [fault("location", UPLOAD, "POST", times=-1, value=value)], [1, 65, 75, 77])
    for status in (200, 404, 500, 502):
        world.push(f"a page of HTML for everything, {status}", [fault("html", times=-1, status=status)], [1, 65, 75])
        world.pull(f"a page of HTML for everything, {status}", [fault("html", times=-1, status=status)], [1, 65, 75])
    world.push("pages of HTML now and then", [{"match": {"path": "/v2/"}, "every": 3, "times": 4, "action": "html", "status": 502}])
    world.pull("pages of HTML now and then", [{"match": {"path": "/v2/"}, "every": 2, "times": 3, "action": "html", "status": 502}])


def endless(world):
    def measured(name, rules, codes, words):
        def go(here):
            succeeded(here.push(world.images["small"]))
            here.proxy.faults(rules)
            ended = here.pull(before=(sys.executable, "-Sc", MEASURE, here.folder + ".memory"))
            failed(ended, codes, words)
            demand(os.listdir(here.folder) == [], "it leaves something behind")
            with open(here.folder + ".memory") as file:
                peak = int(file.read())
            demand(peak < most_memory(), f"it took {peak >> 10} MiB")
        world.row("pull, " + name, go)

    measured("a manifest of 100 MB", [fault("huge", ANY_MANIFEST, "GET", times=-1)], [1, 65], "more than|large")
    measured("an endless manifest", [fault("endless", ANY_MANIFEST, "GET", times=-1)], [1, 65], "more than|large")
    measured("an endless blob", [fault("endless", BLOB, "GET", times=-1)], [1, 65], "longer|more than")
    measured("an endless refusal", [dict(fault("endless", BLOB, "GET", times=-1), content_type="text/html")], [1, 65], "longer|more than")


def elsewhere(world):
    """What leads to another host: nothing of ours may come along."""
    def quiet(path):
        def check(here, _):
            found = [entry for entry in here.requests(path=path) if entry["listener"] == "elsewhere"]
            demand(found, "nothing went elsewhere")
            demand(not any(entry["authorization"] for entry in found), "the Authorization went elsewhere")
            demand(any(entry["authorization"] for entry in here.requests()), "there was no Authorization at all")
        return check

    basic = fault("status", "/v2/", status=401, headers={"WWW-Authenticate": 'Basic realm="x"'})
    bearer = {"match": {"path": "/v2/"}, "action": "auth", "seconds": 60, "user": USER, "password": PASSWORD}
    for name, proof in (("Basic", basic), ("Bearer", bearer)):
        for status in (301, 302, 307, 308):
            world.pull(f"blobs are elsewhere ({status}), {name}", [proof, fault("redirect", BLOB, "GET", times=-1, status=status)],
                       check=quiet(BLOB), is_open=True)
        world.push(f"uploads go elsewhere, {name}", [proof, fault("location", UPLOAD, "POST", times=-1, **{"as": "elsewhere"})],
                   check=quiet(UPLOAD), is_open=True)
    world.pull("redirects in a circle", [fault("redirect", BLOB, "GET", times=-1), fault("redirect", BLOB, "GET", times=-1, listener="elsewhere")],
               [1, 75], "circle")
    world.pull("a redirect to nowhere", [fault("status", BLOB, "GET", times=-1, status=307)], [1, 75], "nowhere")


def lost(world):
    image = world.images["small"]
    once = lambda here, _: demand(len(here.requests("PUT", image.large)) == 1, "the blob was sent again")
    world.push("the answer of the blob's PUT is lost", [fault("drop", image.large, "PUT", when="after")], check=once)
    world.push("the answers of all PUTs are lost", [fault("drop", UPLOAD, "PUT", times=-1, when="after")], check=once)
    for method, path in (("HEAD", BLOB), ("POST", UPLOAD), ("PUT", ANY_MANIFEST), ("HEAD", ANY_MANIFEST)):
        for when in ("before", "after"):
            world.push(f"{method} {path} is dropped twice, {when}", [fault("drop", path, method, times=2, when=when)])
    world.pull("requests are dropped now and then", [{"match": {"path": "/v2/"}, "every": 2, "times": 3, "action": "drop"}])
    world.pull("dropped for ever", [fault("drop", BLOB, "GET", times=-1)], [75], "can't be reached")
    world.push("dropped for ever", [fault("drop", UPLOAD, "PUT|PATCH", times=-1)], [75], "can't be reached")


def own_address():
    """An address of this machine that isn't loopback; none where there is no network."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # nothing is sent
            return probe.getsockname()[0]
        except OSError:
            return None


def private(world):
    """Only a registry of another machine is distrusted."""
    address = own_address()
    if not address or address.startswith("127."):
        print("skipped  a Location of a private network: this machine has no address of its own")
        return
    def go(here):
        ended = here.push(world.images["small"], "--insecure")
        failed(ended, [77], "10.0.0.1.*private network")
    world.row("push, Location: a private network", go, [fault("location", UPLOAD, "POST", times=-1, **{"as": "private"})], listen=address + ":0")

    def pull(here):
        succeeded(here.push(world.images["small"], "--insecure"))
        here.proxy.faults([fault("redirect", BLOB, "GET", times=-1, to="10.0.0.1:80")])
        failed(here.pull("--insecure"), [77], "10.0.0.1.*private network")
        demand(os.listdir(here.folder) == [], "it leaves something behind")
    world.row("pull, redirect to a private network", pull, listen=address + ":0")


def command_line(world):
    """What anybody on the machine can read while it runs."""
    def go(here):
        process = here.start("push", world.images["small"].archive, here.ref)
        with open(f"/proc/{process.pid}/cmdline", "rb") as file:
            words = file.read().decode()
        while process.poll() is None and not here.requests("PUT", UPLOAD):
            time.sleep(0.05)
        if process.poll() is None:
            with open(f"/proc/{process.pid}/cmdline", "rb") as file:
                words += file.read().decode()
        process.communicate()
        demand(process.returncode == 0, f"it ended with {process.returncode}")
        demand(PASSWORD not in words and BASIC not in words, "the password is in its command line")
    world.row("push, the command line tells no password", go, [fault("slow", UPLOAD, PUT, times=-1, bytes_per_second=4_000_000)])


def slow_clients(rows, work, image):
    """Hundreds that begin and never end, of four kinds; somebody else's pull is none the slower."""
    begin = ["GE", "GET /v2/ HTTP/1.1\r\nHost: {0}\r\nX-Slow: ", "PUT {1}?digest={2} HTTP/1.1\r\nHost: {0}\r\nContent-Length: 100000\r\n\r\n",
             "PUT /v2/slow/manifests/1 HTTP/1.1\r\nHost: {0}\r\nContent-Type: application/json\r\nContent-Length: 1000000\r\n\r\n{{"]

    def go():
        with Server("rockbuild", os.path.join(work, "slow")) as server:
            connections = []
            for number in range(800):
                connections.append(socket.create_connection(server.host.split(":")))
                upload = ask(f"http://{server.host}/v2/slow/blobs/uploads/", "POST", b"")[1]["Location"] if number % 4 == 2 else ""
                connections[-1].sendall(begin[number % 4].format(server.host, upload, image.digest).encode())
            ended = threading.Event()

            def drip():
                while not ended.wait(0.5):
                    for connection in connections:
                        try:
                            connection.send(b"a")
                        except OSError:
                            pass
            thread = threading.Thread(target=drip)
            thread.start()
            try:
                with Place(server, work, "fast/x", []) as here:
                    succeeded(here.push(image))
                    ended_ = here.pull()
                    succeeded(ended_)
                    here.pulled(image)
                    demand(ended_.seconds < 10, f"the pull took {ended_.seconds:.1f} s")
                    demand(server.status("VmRSS") < 400 << 10, f"the registry takes {server.status('VmRSS') >> 10} MiB")
            finally:
                ended.set()
                thread.join()
                for connection in connections:
                    connection.close()
        run(program("rockbuild"), "registry", "verify", "--data", server.data)
    rows.row("rockbuild: 800 slow clients hold up nobody", go)


def main():
    need("docker-registry")
    rows = Rows()
    only = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    with work_folder("registry-faults") as work, concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        images = {"small": Image(work, "small", 6_000_000), "large": Image(work, "large", 64_000_000)}
        htpasswd = os.path.join(work, "htpasswd")
        with open(htpasswd, "w") as file:
            file.write(PASSWORD_LINE + "\n")
        for kind in ("rockbuild", "docker-registry"):
            world = World(work, kind, images, rows, pool)
            with Server(kind, os.path.join(work, kind + "-closed"), htpasswd=htpasswd) as world.closed, \
                    Server(kind, os.path.join(work, kind + "-open")) as world.open:
                for group in (cuts, busy, tokens, lies, endless, elsewhere, lost, private, command_line):
                    if only.search(group.__name__):
                        group(world)
                world.finish()
            if kind == "rockbuild":
                for server in (world.closed, world.open):
                    rows.row(f"the store {os.path.basename(server.folder)} is clean", run, program("rockbuild"), "registry", "verify",
                             "--data", server.data)
        if only.search("slow_clients"):
            slow_clients(rows, work, images["small"])
    rows.end()


if __name__ == "__main__":
    main()
