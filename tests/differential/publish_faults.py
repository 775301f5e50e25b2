#!/usr/bin/env python3
"""`rockbuild publish` on a bad day: every request of the flow fails in every way, and the program is killed at each of them.

Against the stand-in for Charmhub and a registry with a password. Whatever happens on the way, in the end there is one resource
revision with the image's digest and the right release, no more was uploaded than was needed, and publishing once more sends
nothing but the release. Then what a person meets: rejected and stuck reviews, logins that have ended or may not, wrong names,
--dry-run, a login at a terminal with and without a one-time password, with a credential helper and without, and the lists.
Rows run side by side, each with a Charmhub and a registry of its own.

  ROCKBUILD  the program (without it the test fails)
"""
import base64
import collections
import concurrent.futures
import contextlib
import json
import os
import pty
import re
import signal
import stat
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fakes"))
from registries import (HERE, PASSWORD, PASSWORD_LINE, USER, Failure, Proxy, Rows, Server, ask, finish_layout, make_archive, make_image,
                        make_layer, need, program, run, work_folder)

SIDE_BY_SIDE = 6
ACCOUNT, SECRET, ONE_TIME = "ada@example.com", "secret pw", "123456"
PUBLISH = ("--charm", "demo", "--resource", "app-image")
RELEASE = ("--release", "edge", "--charm-revision", "14")
HELPER = """\
#!/bin/sh
cd "$(dirname "$0")/kept" || exit 1
tr '\\0' ' ' < /proc/$$/cmdline >> ../cmdlines
input=$(cat)
case $1 in
store) printf %s "$input" > entry ;;
get) if test -f entry; then cat entry; else echo "credentials not found in native keychain"; exit 1; fi ;;
erase) rm -f entry ;;
esac
"""
Ended = collections.namedtuple("Ended", "code out err")


def demand(truth, words):
    if not truth:
        raise Failure(words)


class World:
    """A Charmhub, its registry, and a home for nobody's settings."""

    def __init__(self, work, image):
        self.folder, self.image = tempfile.mkdtemp(dir=work), image
        self.home = os.path.join(self.folder, "home")
        os.makedirs(self.home)
        password_file = os.path.join(self.folder, "htpasswd")
        with open(password_file, "w") as file:
            file.write(PASSWORD_LINE + "\n")
        self.registry = Server("rockbuild", os.path.join(self.folder, "registry"), htpasswd=password_file)
        self.charmhub = subprocess.Popen(
            [sys.executable, os.path.join(HERE, "charmhub.py"), "--state", os.path.join(self.folder, "state.json"), "--registry",
             self.registry.host, "--registry-user", USER, "--registry-password", PASSWORD], stdout=subprocess.PIPE, text=True)
        self.url = self.charmhub.stdout.readline().split()[-1]
        self.through, self.seen = self.registry.host, ""

    def __enter__(self):
        return self

    def __exit__(self, *error):
        self.charmhub.kill()
        self.charmhub.wait()
        self.charmhub.stdout.close()
        self.registry.__exit__(*error)
        run(program("rockbuild"), "registry", "verify", "--data", self.registry.data)
        for secret in (PASSWORD, SECRET, base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode(), "good-token"):
            demand(secret not in self.seen, f"it tells {secret!r}")

    def environment(self, token="good-token"):
        around = {"PATH": os.environ["PATH"], "HOME": self.home, "TMPDIR": self.folder, "LC_ALL": "C.UTF-8", "DOCKER_CONFIG": self.home,
                  "ROCKBUILD_CACHE": os.path.join(self.folder, "cache"), "ROCKBUILD_CHARMHUB_API_URL": self.url,
                  "ROCKBUILD_CHARMHUB_STORAGE_URL": self.url, "ROCKBUILD_CHARMHUB_SSO_URL": self.url,
                  "ROCKBUILD_CHARMHUB_REGISTRY_URL": "http://" + self.through}
        return around | ({"CHARMCRAFT_AUTH": base64.b64encode(token.encode()).decode()} if token else {})

    def start(self, *words, token="good-token"):
        return subprocess.Popen([program("rockbuild"), *words], env=self.environment(token), cwd=self.folder, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)

    def run(self, *words, token="good-token"):
        process = self.start(*words, "--verbosity", "trace", "--progress", "plain", token=token)
        out, err = process.communicate(timeout=120)
        self.seen += out + err
        return Ended(process.returncode, out, err)

    def publish(self, *more, token="good-token"):
        return self.run("publish", self.image.path, *PUBLISH, *RELEASE, "--format", "json", *more, token=token)

    # -- Charmhub's own pages --

    def ask(self, method, path, value=None):
        status, _, body = ask(self.url + path, method, value)
        demand(status == 200, f"{method} {path}: {body[:300]}")
        return json.loads(body)

    def fault(self, path, method=None, **more):
        self.ask("POST", "/_fault", {"path": path, "method": method, **more})

    def log(self):
        return self.ask("GET", "/_log")

    def posts(self):
        return [entry["path"] for entry in self.log() if entry["method"] != "GET"]

    def demo(self):
        return self.ask("GET", "/_state")["charms"]["demo"]

    # -- what must be --

    def published(self, ended, uploads=1):
        demand(ended.code == 0, f"it ended with {ended.code}: {ended.err[-400:]}")
        said = json.loads(ended.out)
        demand((said["revision"], said["digest"], said["released"]) == (1, self.image.digest, ["latest/edge"]), f"it says {said}")
        state = self.ask("GET", "/_state")
        revisions = state["charms"]["demo"]["resources"]["app-image"]
        demand(len(revisions) == 1 and self.image.digest in revisions[0]["text"], f"the revisions are {revisions}")
        released = state["charms"]["demo"]["releases"]
        wanted = {"channel": "latest/edge", "revision": 14, "resources": [{"name": "app-image", "revision": 1}]}
        demand(released and all({key: item[key] for key in wanted} == wanted for item in released), f"the releases are {released}")
        demand(len(state["uploads"]) <= uploads, f"{len(state['uploads'])} uploads were made")

    def nothing_left(self):
        """Once more: only the release is sent."""
        self.ask("DELETE", "/_log")
        again = self.publish()
        self.published(again, uploads=99)
        demand(json.loads(again.out)["new"] is False, "it calls the revision new")
        demand(self.posts() == ["/v1/charm/demo/releases"], f"it sends {self.posts()}")


class Image:
    def __init__(self, work):
        layout, self.path = os.path.join(work, "layout"), os.path.join(work, "demo.rock")
        layers = [make_layer(layout, {"data": os.urandom(3_000_000)}, level=0), make_layer(layout, {"etc/x": b"x"})]
        self.digest = finish_layout(layout, "1.0", make_image(layout, "amd64", layers))
        make_archive(layout, self.path)


def failed(ended, code, words):
    demand(ended.code == code, f"it ended with {ended.code}, not {code}: {ended.err[-400:]}")
    demand(re.search(r"^error\[RB\d{4}\]: ", ended.err, re.MULTILINE), f"no error is told: {ended.err[-400:]}")
    demand(re.search(words, ended.err), f"nothing like {words!r} is said: {ended.err[-400:]}")


# ---- faults of single requests ----

FLOW = [("GET", "/v1/tokens/whoami"), ("GET", "/v1/charm/demo/resources"), ("GET", "/v1/charm/demo/releases"), ("GET", "/app-image/revisions"), ("GET", "/upload-credentials"),
        ("POST", "/oci-image/blob"), ("POST", "/unscanned-upload/"), ("POST", "/app-image/revisions"), ("GET", "/revisions/review"),
        ("POST", "/v1/charm/demo/releases")]
FAULTS = [("dropped", {"action": "drop"}), ("dropped after the work", {"action": "drop", "after": True}),
          ("a burst of 503", {"status": 503, "times": 3}), ("503 after the work", {"status": 503, "after": True}),
          ("429 with Retry-After", {"status": 429}), ("a page of HTML with 502", {"status": 502, "body": "<html>no</html>"})]


def whole_flow(world):
    """The flow is what the rows below believe it to be."""
    world.published(world.publish())
    log = [(entry["method"], entry["path"] + ("?" if entry["query"] else "")) for entry in world.log()]
    for method, path in log:
        demand(any(method == one and part in path for one, part in FLOW), f"{method} {path} is not among the rows")
    for method, part in FLOW:
        demand(any(method == one and part in path for one, path in log), f"{method} …{part} is not asked")
    world.nothing_left()


def faulty(method, path, fault):
    def check(world):
        world.fault(path, method, **fault)
        lost = fault.get("after") and method == "POST"
        world.published(world.publish(), uploads=2 if lost and "upload" in path else 1)
        world.nothing_left()
    return check


def broken_for_ever(method, path, fault):
    """It gives up with 75, and the next run goes on."""
    def check(world):
        world.fault(path, method, **fault, times=None)
        failed(world.publish(), 75, "Charmhub|can't be reached")
        world.ask("DELETE", "/_fault")
        world.published(world.publish(), uploads=99 if fault.get("after") else 1)   # each try was one
        world.nothing_left()
    return check


def garbage(method, path):
    """An answer that is none: no success is made of it."""
    def check(world):
        world.fault(path, method, action="garbage")
        first = world.publish()
        if first.code != 0:
            failed(first, 75, "understood|Charmhub")
        world.published(world.publish(), uploads=2)
        world.nothing_left()
    return check


def killed(method, path, done):
    """SIGKILL while that request is under way, before or after the store has done its work."""
    def check(world):
        world.fault(path, method, action="slow", seconds=0.6)
        process = world.start("publish", world.image.path, *PUBLISH, *RELEASE)
        asked = lambda: [entry for entry in world.log() if entry["method"] == method and path in entry["path"]]
        deadline = time.monotonic() + 60
        while not asked() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        process.kill()
        process.communicate()
        demand(asked(), "the request did not come")
        if done:
            time.sleep(0.8)
        world.ask("DELETE", "/_fault")
        world.published(world.publish(), uploads=2)
        world.nothing_left()
    return check


def killed_while_it_pushes(world):
    with Proxy(world.registry.host, [{"match": {"method": "PUT", "path": "/blobs/uploads/"}, "times": -1, "action": "slow",
                                      "bytes_per_second": 1_000_000}]) as proxy:
        world.through = proxy.host
        process = world.start("publish", world.image.path, *PUBLISH, *RELEASE)
        while process.poll() is None and not any(entry["body_bytes"] > 500_000 for entry in proxy.log()["requests"]):
            time.sleep(0.02)
        process.kill()
        process.communicate()
        proxy.faults([])
        world.published(world.publish())
        world.nothing_left()


# ---- reviews ----

def rejected(world):
    world.fault("/app-image/revisions", "POST", action="reject-review",
                body=[{"code": "bad-base", "message": "the base is too old"}, {"code": "bad-taste", "message": "it is ugly"}])
    ended = world.publish()
    failed(ended, 1, "the base is too old")
    demand("it is ugly" in ended.err and "bad-base" in ended.err, f"not all reasons are told: {ended.err}")
    demand(not world.demo()["releases"], "it was released all the same")
    world.ask("DELETE", "/_fault")
    world.published(world.publish(), uploads=2)


def stuck(world):
    world.fault("/app-image/revisions", "POST", action="stick-review")
    failed(world.publish("--timeout", "2s"), 75, "review takes longer")
    failed(world.publish("--timeout", "1s"), 75, "review takes longer")
    world.ask("DELETE", "/_fault")
    world.ask("DELETE", "/_log")
    world.published(world.publish())
    demand(world.posts() == ["/v1/charm/demo/releases"], f"it sends {world.posts()}")


# ---- who and what ----

def refused(code, words, *options, token="good-token", only_gets=True):
    def check(world):
        failed(world.run("publish", world.image.path, *options, token=token), code, words)
        demand(not only_gets or world.posts() == [], f"it sends {world.posts()}")
        demand(not os.listdir(os.path.join(world.registry.data, "blobs")), "it pushes all the same")
    return check


def dry_run(world):
    before = world.ask("GET", "/_state")
    ended = world.publish("--dry-run")
    demand(ended.code == 0, f"it ended with {ended.code}: {ended.err}")
    demand(json.loads(ended.out)["dry_run"] is True and "would" in ended.err, f"it says {ended.out}{ended.err}")
    demand(world.posts() == [] and world.ask("GET", "/_state") == before, f"it sends {world.posts()}")
    demand(not os.listdir(os.path.join(world.registry.data, "blobs")), "it pushes")
    world.published(world.publish())
    world.ask("DELETE", "/_log")
    demand(world.publish("--dry-run").code == 0 and world.posts() == [], f"the second time it sends {world.posts()}")


def lists(world):
    world.published(world.publish())
    resources = json.loads(world.run("resources", "demo", "--format", "json").out)
    items = resources if isinstance(resources, list) else resources["resources"]
    demand({(item["name"], item["type"]) for item in items} == {("app-image", "oci-image"), ("config-file", "file")}, f"resources: {resources}")
    text = world.run("resources", "demo")
    demand(text.code == 0 and re.search(r"app-image +.*oci-image", text.out) and "config-file" in text.out, f"resources: {text.out}")
    revisions = json.loads(world.run("resource-revisions", "demo", "app-image", "--format", "json").out)
    items = revisions if isinstance(revisions, list) else revisions["revisions"]
    demand([(item["revision"], item["architectures"]) for item in items] == [(1, ["amd64"])], f"resource-revisions: {revisions}")
    text = world.run("resource-revisions", "demo", "app-image")
    demand(text.code == 0 and re.search(r"^ *1 .*amd64", text.out, re.MULTILINE), f"resource-revisions: {text.out}")
    failed(world.run("resources", "demon"), 1, "demon")
    failed(world.run("resource-revisions", "demo", "app-imag"), 1, "app-imag")
    failed(world.run("resources", "demo", token="expired-token"), 77, "login")


# ---- logins ----

def at_a_terminal(world, words, answers, token=None):
    """(exit code, what the terminal showed) with what a person would type; their command line is looked at meanwhile."""
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(world.folder)
        os.execve(program("rockbuild"), ["rockbuild", *words], world.environment(token) | {"TERM": "dumb"})
    shown, answers = "", list(answers)
    with contextlib.suppress(OSError):             # the terminal goes with the program
        while data := os.read(terminal, 4096):
            shown += data.decode(errors="replace")
            if answers and re.search(r"(E-mail|[Pp]assword|User name)[^\n]*: *$", shown):
                with open(f"/proc/{process}/cmdline") as file:
                    demand(SECRET not in file.read(), "the password is in the command line")
                time.sleep(0.05)
                os.write(terminal, answers.pop(0).encode() + b"\n")
                shown += "…"
    os.close(terminal)
    world.seen += shown
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown


def login(world):
    """Kept in a file for one person; good for publishing; gone after logout."""
    config = os.path.join(world.home, "config.json")
    code, shown = at_a_terminal(world, ["login", "charmhub"], [ACCOUNT, SECRET])
    demand(code == 0, f"login ended with {code}: {shown}")
    demand(stat.S_IMODE(os.stat(config).st_mode) == 0o600, f"the file has the mode {os.stat(config).st_mode:o}")
    who = world.run("whoami", token=None)
    demand(who.code == 0 and ACCOUNT in who.out, f"whoami: {who.out}{who.err}")
    who = json.loads(world.run("whoami", "--format", "json", token=None).out)
    demand(who["logged"] is True and who["username"] == "ada", f"whoami: {who}")
    world.published(world.publish(token=None))
    with open(config) as file:
        kept = json.load(file)["auths"]
    tokens = [base64.b64decode(entry["auth"]).decode().partition(":")[2] for entry in kept.values()]
    demand(tokens and not any(token in world.seen for token in tokens), "the token is told")
    demand(world.run("logout", "charmhub", token=None).code == 0, "logout fails")
    with open(config) as file:
        demand(not json.load(file).get("auths"), "the login is still kept")
    failed(world.run("whoami", token=None), 77, "nobody is logged in")
    demand(json.loads(world.run("whoami", "--format", "json", token=None).out)["logged"] is False, "whoami says that somebody is logged in")
    failed(world.publish(token=None), 77, "nobody is logged in")
    demand(world.run("logout", "charmhub", token=None).code == 0, "a second logout fails")


def wrong_login(world):
    code, shown = at_a_terminal(world, ["login", "charmhub"], [ACCOUNT, "a guess"])
    demand(code == 77 and "error[RB" in shown and "a guess" not in shown, f"login ended with {code}: {shown}")
    demand(not os.path.exists(os.path.join(world.home, "config.json")), "something is kept")
    done = world.run("login", "charmhub", "--username", ACCOUNT, token=None)
    demand(done.code != 0 and "error[RB" in done.err, f"without a password it ended with {done.code}: {done.err}")


def export(world):
    """With a one-time password, for one charm and one channel; CHARMCRAFT_AUTH takes it."""
    world.ask("PATCH", "/_state", {"charms": {"demo": {"owner": "otp@example.com"}}})
    path = os.path.join(world.folder, "login")
    code, shown = at_a_terminal(world, ["login", "charmhub", "--export", path, "--charm", "demo", "--channel", "edge", "--ttl", "3600"],
                                ["otp@example.com", SECRET, ONE_TIME])
    demand(code == 0, f"login ended with {code}: {shown}")
    demand(stat.S_IMODE(os.stat(path).st_mode) == 0o600, f"the file has the mode {os.stat(path).st_mode:o}")
    demand(not os.path.exists(os.path.join(world.home, "config.json")), "it is kept besides")
    with open(path) as file:
        token = base64.b64decode(file.read()).decode()
    grant = {key: world.ask("GET", "/_state")["tokens"][token][key] for key in ("packages", "channels")}
    demand(grant == {"packages": [{"type": "charm", "name": "demo"}], "channels": ["edge"]}, f"the grant is {grant}")
    world.published(world.publish(token=token))
    world.ask("DELETE", "/_log")
    failed(world.run("publish", world.image.path, "--charm", "foreign", "--resource", "x", token=token), 77, "other charms")
    demand(world.posts() == [], f"it sends {world.posts()}")
    failed(world.run("publish", world.image.path, *PUBLISH, "--release", "stable", "--charm-revision", "14", token=token), 77, "stable|channel")
    code, shown = at_a_terminal(world, ["login", "charmhub"], ["otp@example.com", SECRET, "000000"])
    demand(code == 77 and "error[RB" in shown, f"with a wrong one-time password it ended with {code}: {shown}")


def helper(world):
    """docker-credential-test keeps it; the file has no secret."""
    programs = os.path.join(world.folder, "bin")
    os.makedirs(os.path.join(programs, "kept"))
    with open(os.path.join(programs, "docker-credential-test"), "w") as file:
        file.write(HELPER)
    os.chmod(file.name, 0o755)
    config = os.path.join(world.home, "config.json")
    with open(config, "w") as file:
        json.dump({"credsStore": "test"}, file)
    plain = world.environment
    world.environment = lambda token=None: plain(token) | {"PATH": programs + ":" + os.environ["PATH"]}
    code, shown = at_a_terminal(world, ["login", "charmhub"], [ACCOUNT, SECRET])
    demand(code == 0 and "docker-credential-test" in shown, f"login ended with {code}: {shown}")
    with open(os.path.join(programs, "kept/entry")) as file:
        entry = json.load(file)
    with open(config) as file, open(os.path.join(programs, "cmdlines")) as lines:
        demand(entry["Secret"] not in file.read() + lines.read() + world.seen, "the login stands elsewhere too")
    world.published(world.publish(token=None))
    demand(world.run("logout", "charmhub", token=None).code == 0, "logout fails")
    demand(not os.path.exists(os.path.join(programs, "kept/entry")), "the helper still has it")
    failed(world.run("whoami", token=None), 77, "nobody is logged in")


def registry_login(world):
    """Of a registry: the password from standard input, checked before it is kept."""
    def log_in(password):
        process = subprocess.run([program("rockbuild"), "login", world.registry.host, "-u", USER, "--password-stdin"], input=password + "\n",
                                 env=world.environment(None), capture_output=True, text=True, timeout=60)
        world.seen += process.stdout + process.stderr
        return Ended(process.returncode, process.stdout, process.stderr)
    failed(log_in("wrong"), 77, "refuses")
    demand(not os.path.exists(os.path.join(world.home, "config.json")), "a wrong password is kept")
    demand(log_in(PASSWORD).code == 0, "login fails")
    demand(stat.S_IMODE(os.stat(os.path.join(world.home, "config.json")).st_mode) == 0o600, "others may read the file")
    demand(USER in world.run("whoami", world.registry.host, token=None).out, "whoami does not know it")
    demand(world.run("push", world.image.path, world.registry.host + "/x/y:1", token=None).code == 0, "push fails")
    demand(world.run("logout", world.registry.host, token=None).code == 0, "logout fails")
    failed(world.run("push", world.image.path, world.registry.host + "/x/z:1", token=None), 77, "refuses")


def all_rows():
    yield "the flow, and once more", whole_flow
    for method, path in FLOW:
        for name, fault in FAULTS:
            yield f"{method} {path}: {name}", faulty(method, path, fault)
        for done in (False, True):
            yield f"{method} {path}: killed {'after' if done else 'before'} the work", killed(method, path, done)
        yield f"{method} {path}: garbage", garbage(method, path)
        yield f"{method} {path}: 503 for ever", broken_for_ever(method, path, {"status": 503})
        if method == "POST":
            yield f"{method} {path}: all answers lost", broken_for_ever(method, path, {"action": "drop", "after": True})
    yield "killed while it pushes to the registry", killed_while_it_pushes
    yield "a rejected review shows its reasons", rejected
    yield "a stuck review: 75, then it goes on", stuck
    yield "a login that has ended", refused(77, "login", *PUBLISH, token="expired-token")
    yield "a login that may not publish", refused(77, "may not publish", *PUBLISH, *RELEASE, token="weak-token")
    yield "no such charm", refused(1, "demon", "--charm", "demon", "--resource", "app-image")
    yield "somebody else's charm", refused(1, "foreign", "--charm", "foreign", "--resource", "app-image")
    yield "no such resource", refused(1, "app-imag'(.|\n)*app-image", "--charm", "demo", "--resource", "app-imag")
    yield "a resource that is a file", refused(1, "is a file", "--charm", "demo", "--resource", "config-file")
    yield "a channel that has nothing", refused(64, "--charm-revision", *PUBLISH, "--release", "edge")
    yield "no such channel", refused(64, "channel", *PUBLISH, "--release", "a/b/c/d", "--charm-revision", "14")
    yield "--dry-run sends nothing", dry_run
    yield "resources and resource-revisions", lists
    yield "login at a terminal, whoami, logout", login
    yield "a wrong password at a terminal", wrong_login
    yield "login --export with a one-time password", export
    yield "login with a credential helper", helper
    yield "login to a registry", registry_login


def main():
    need("docker-registry")
    signal.signal(signal.SIGHUP, signal.SIG_IGN)   # the terminals that go
    rows = Rows()
    only = re.compile(sys.argv[1] if len(sys.argv) > 1 else "")
    with work_folder("publish-faults") as work, concurrent.futures.ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
        image = Image(work)

        def row(name, check):
            def go():
                with World(work, image) as world:
                    check(world)
            rows.row(name, go)
        for future in [pool.submit(row, name, check) for name, check in all_rows() if only.search(name)]:
            future.result()
    rows.end()


if __name__ == "__main__":
    main()
