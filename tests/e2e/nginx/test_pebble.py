"""The rock as Pebble sees it: service, check, processes, signals."""

import concurrent.futures

from client import stub
from harness import equal, eventually, test


def row(text, name):
    """The columns of the line that begins with `name`."""
    return next((line.split() for line in text.splitlines() if line.startswith(name)), None)


@test("pebble services shows the service enabled and active")
def services(world):
    shown = world.alone().container.pebble("services")
    equal(row(shown.stdout, "synapse-nginx")[1:3], ["enabled", "active"], shown.stderr)


@test("pebble checks shows the ready check up, and down once nginx is stopped")
def checks(world):
    container = world.place("stopped").container
    equal(row(container.pebble("checks").stdout, "synapse-nginx-ready")[1:4], ["ready", "enabled", "up"])
    fresh = container.pebble("check", "--refresh", "synapse-nginx-ready")
    assert fresh.returncode == 0 and "status: up" in fresh.stdout, fresh.stdout + fresh.stderr
    equal(container.pebble("stop", "synapse-nginx").returncode, 0)
    for _ in range(3):
        container.pebble("check", "--refresh", "synapse-nginx-ready")
    equal(row(container.pebble("checks").stdout, "synapse-nginx-ready")[3], "down")
    equal(container.pebble("start", "synapse-nginx").returncode, 0)
    container.wait_until_healthy()


@test("the user nginx is 2000:2000, without a password or a shell")
def user(world):
    root = world.rock.root
    passwd = row((root / "etc/passwd").read_text().replace(":", " "), "nginx ")
    equal(passwd[2:4] + passwd[-1:], ["2000", "2000", "/usr/sbin/nologin"])
    equal(row((root / "etc/group").read_text().replace(":", " "), "nginx ")[2], "2000")
    assert row((root / "etc/shadow").read_text(), "nginx:!"), "nginx has a password"
    equal(oct((root / "etc").stat().st_mode & 0o7777), "0o755")


@test("Pebble and nginx's master are root's, the workers nginx's")
def owners(world):
    processes = world.alone().container.processes()
    kinds = {"enter": "pebble", "master process": "master", "worker process": "worker", "cache manager": "cache"}
    owners = {}
    for _, owner, command in processes.values():
        for words, kind in kinds.items():
            if words in command:
                owners.setdefault(kind, set()).add(owner)
    equal({kind: owners.get(kind) for kind in ("pebble", "master", "worker")}, {"pebble": {0}, "master": {0}, "worker": {2000}})


@test("SIGTERM ends the container with code 0, soon, and nginx with it")
def terminate(world):
    container = world.place("ending").container
    container.signal("TERM")
    equal(container.wait(5), 0)
    eventually(lambda: container.state() in ("stopped", "absent"), 2, "the container is gone")


@test("a pushed file takes effect on HUP, and QUIT ends nginx, without costing a request that waits")
def reload_and_quit(world):
    place, path = world.place("reloaded"), "/_matrix/client/v3/sync"
    with concurrent.futures.ThreadPoolExecutor() as client:
        for number, (name, act) in enumerate({"HUP": reloaded, "QUIT": started_anew}.items()):
            target = f"{path}?{number}"
            waiting = client.submit(place.ask, target, headers=stub(wait=1.5))
            eventually(lambda: place.stub.count(target) == 1, 5, "the request waits")
            act(place, name)
            equal(waiting.result().status, 200, name)


def reloaded(place, name):
    place.container.write("/etc/nginx/limits.conf", "client_max_body_size 1k;\n")
    equal(place.container.pebble("signal", name, "synapse-nginx").returncode, 0)

    def refused():
        return place.ask("/_matrix/client/v3/account", method="POST", body=bytes(2000)).status == 413
    eventually(refused, 5, "the new limit holds")


def started_anew(place, name):
    before = masters(place)
    equal(place.container.pebble("signal", name, "synapse-nginx").returncode, 0)
    eventually(lambda: masters(place) and not masters(place) & before, 10, "Pebble starts nginx anew", place.container.log)


def masters(place):
    return {pid for pid, (_, _, command) in place.container.processes().items() if "master process" in command}


@test("nginx says nothing alarming when it starts")
def quiet_start(world):
    container = world.place("lonely", stubs=()).container
    for word in ("[warn]", "[alert]", "[emerg]", "[crit]"):
        assert word not in container.log(), container.log()


@test("the image's entrypoint is Pebble, and its layer the only one")
def entrypoint(world):
    equal(world.rock.image_config["Entrypoint"], ["/usr/bin/pebble", "enter"])
    layers = world.rock.root / "var/lib/pebble/default/layers"
    equal([path.name for path in layers.iterdir()], ["001-rockcraft-synapse-nginx.yaml"])
