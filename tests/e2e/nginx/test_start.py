"""The other ways to start the rock: Juju's sidecar, an ordinary user, a root that cannot be written."""

from client import ask, stub
from container import ROOT_CAPABILITIES
from harness import equal, eventually, test
from test_pebble import row

NGINX = (2000, 2000)
RUN = ("/usr/bin/pebble", "run", "--create-dirs", "--verbose")
COPY = {"PEBBLE_COPY_ONCE": "/var/lib/pebble/default"}
PUBLIC = stub(headers={"Cache-Control": "max-age=60"})
DOWNLOAD = "/_matrix/media/v3/download/example.org/a"


def refuses(container):
    try:
        ask(container, "/health", timeout=2)
    except OSError:
        return True
    return False


def tmpfs(path, owner=0):
    options = ["nosuid", "nodev", "mode=755", f"uid={owner}", f"gid={owner}"]
    return {"destination": path, "type": "tmpfs", "source": "tmpfs", "options": options}


def bind(source, path, how):
    return {"destination": path, "type": "bind", "source": str(source), "options": ["bind", how]}


@test("as a Juju sidecar the layer is loaded, nothing runs until told, and then nginx does")
def sidecar(world):
    charm = world.work / "charm-container"
    charm.mkdir()
    place = world.place(
        "sidecar", wait=False,
        command=("/charm/bin/pebble", "run", "--create-dirs", "--hold", "--http", ":38813", "--verbose"),
        environment={**COPY, "JUJU_CONTAINER_NAME": "synapse-nginx", "PEBBLE": "/charm/container/pebble",
                     "PEBBLE_SOCKET": "/charm/container/pebble.socket"},
        mounts=[bind(world.rock.root / "usr/bin/pebble", "/charm/bin/pebble", "ro"), bind(charm, "/charm/container", "rw")])
    container = place.container

    def listed():
        shown = container.pebble("services")
        return shown.returncode == 0 and row(shown.stdout, "synapse-nginx")[1:3]

    eventually(lambda: listed() == ["enabled", "inactive"], 10, "the service is listed and held", container.log)
    equal([path.name for path in (charm / "pebble/layers").iterdir()], ["001-rockcraft-synapse-nginx.yaml"])
    assert refuses(container), "something listens before it was told to"
    equal(ask(container, "/v1/health", port=38813).status, 200)
    equal(ask(container, "/v1/services", port=38813).status, 401)
    started = container.pebble("start", "synapse-nginx")
    equal(started.returncode, 0, started.stderr)
    container.wait_until_healthy()
    equal(listed(), ["enabled", "active"])
    equal(sorted(path.name for path in (container.root / "var/lib/pebble/default").iterdir()), ["layers"])


@test("started as uid 2000 without any capability it serves, caches and logs")
def ordinary_user(world):
    place = world.place("plain", owner=NGINX, capabilities=())
    equal(place.ask("/").status, 200)
    equal([place.ask(DOWNLOAD, headers=PUBLIC).headers["X-Cache-Status"] for _ in range(2)], ["MISS", "HIT"])
    equal({owner for _, owner, _ in place.container.processes().values()}, {2000})
    assert '"cache":"HIT"' in place.container.log(), place.container.log()


@test("SIGTERM ends it with code 0 for uid 2000 too")
def ordinary_user_ends(world):
    container = world.place("plain-ending", owner=NGINX, capabilities=()).container
    container.signal("TERM")
    equal(container.wait(5), 0)


@test("any other uid with group 0 can run it")
def any_user(world):
    place = world.place("any", owner=(123456, 0), capabilities=())
    equal([place.ask(DOWNLOAD, headers=PUBLIC).headers["X-Cache-Status"] for _ in range(2)], ["MISS", "HIT"])
    equal({owner for _, owner, _ in place.container.processes().values()}, {123456})


@test("with a read-only root and two tmpfs it serves, caches and takes requests larger than its buffers")
def read_only(world):
    place = world.place(
        "read-only", read_only=True, capabilities=(*ROOT_CAPABILITIES, "CAP_CHOWN"), command=RUN,
        environment={**COPY, "PEBBLE": "/run/pebble"}, mounts=[tmpfs("/run"), tmpfs("/var/lib/nginx")])
    equal([place.ask(DOWNLOAD, headers=PUBLIC).headers["X-Cache-Status"] for _ in range(2)], ["MISS", "HIT"])
    answer = place.ask("/_matrix/client/v3/account", method="POST", body=bytes(300_000))
    equal((answer.status, answer.json()["length"]), (200, 300_000))
    equal(place.container.execute("/usr/bin/touch", "/etc/x").returncode, 1)


@test("read-only and as uid 2000 at once it serves as well")
def read_only_ordinary_user(world):
    place = world.place(
        "hardened", read_only=True, owner=NGINX, capabilities=(),
        command=RUN,
        environment={**COPY, "PEBBLE": "/run/pebble"}, mounts=[tmpfs("/run", 2000), tmpfs("/var/lib/nginx", 2000)])
    equal([place.ask(DOWNLOAD, headers=PUBLIC).headers["X-Cache-Status"] for _ in range(2)], ["MISS", "HIT"])
