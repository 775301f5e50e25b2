"""The stand-alone pod as deploy/pod.yaml has it, on SQLite: Pebble's API, a charm-like change, and small accidents."""

import time

import manifests
from harness import equal, eventually
from matrix import VERSIONS, Person, register
from pod import Pod
from story import Story

LAYER = """\
services:
  synapse:
    override: merge
    environment:
      SYNAPSE_LOG_LEVEL: WARNING
  sleeper:
    override: replace
    startup: enabled
    command: sleep 1000 [ 5 ]
checks:
  synapse-ready:
    override: merge
    period: 1s
    timeout: 500ms
"""

story = Story("SQLite", lambda world: Pod(world, "sqlite", manifests.stand_alone()))


def services(pod):
    return {service["name"]: service for service in pod.pebble("synapse").ask("GET", "/v1/services")[1]["result"]}


def add_layer(pod, **more):
    body = {"action": "add", "label": "charm", "format": "yaml", "layer": LAYER, **more}
    return pod.pebble("synapse").ask("POST", "/v1/layers", body)


def replan(pod):
    """The change's summary, once it is done."""
    status, answer = pod.pebble("synapse").ask("POST", "/v1/services", {"action": "replan"})
    equal(status, 202, answer)
    status, done = pod.pebble("synapse").ask("GET", f"/v1/changes/{answer['change']}/wait?timeout=30s")
    equal((status, done["result"]["status"]), (200, "Done"), done)
    return done["result"]["summary"]


@story.check("rockbuild run --pod starts both containers: 2/2 are ready")
def ready(pod):
    begin = time.monotonic()
    pod.start()
    pod.wait_for(VERSIONS, 200)
    seconds = time.monotonic() - begin
    pod.wait_until_ready(2)
    assert (pod.work / "data/homeserver.db").exists(), "it made no SQLite database"
    return f"first 200 after {seconds:.1f} s"


@story.check("a user is registered and logs in through nginx")
def log_in(pod):
    register(pod, "alice", "--no-admin")
    alice = Person(pod, "alice")
    room = alice.create_room()
    alice.say(room, "hello me", "txn1")
    alice.waits_for((room, alice.id, "hello me"))


@story.check("Pebble's API: services, checks, health and plan")
def api(pod):
    pebble = pod.pebble("synapse")
    equal(
        {name: (service["startup"], service["current"]) for name, service in services(pod).items()},
        {"synapse": ("enabled", "active"), "synapse-cron": ("enabled", "active"), "stats-exporter": ("disabled", "inactive")},
    )
    checks = {check["name"]: (check["level"], check["status"]) for check in pebble.ask("GET", "/v1/checks")[1]["result"]}
    equal(checks, {"synapse-alive": ("alive", "up"), "synapse-ready": ("ready", "up")})
    status, health = pebble.ask("GET", "/v1/health?level=ready")
    equal((status, health["result"]), (200, {"healthy": True}))
    plan = pebble.ask("GET", "/v1/plan?format=yaml")[1]["result"]
    assert "command: /start.py" in plan and "http://localhost:8008/health" in plan, plan
    assert pebble.ask("GET", "/v1/system-info")[1]["result"]["version"], "no version"
    equal(pod.execute("synapse", "pebble", "health"), "healthy\n")


@story.check("a charm-like layer and a replan restart what changed, and nothing else")
def changed(pod):
    synapse, cron = pod.synapse(), services(pod)["synapse-cron"]["current-since"]
    equal(add_layer(pod, combine=True)[0], 200)
    equal(replan(pod), 'Replan service "sleeper" and 2 more')
    eventually(lambda: pod.synapse() not in (None, synapse), 10, "Synapse is another process", pod.log)
    assert "sleep 1000 5" in [words for _, words in pod.processes("synapse").values()], pod.processes("synapse")
    now = services(pod)
    equal(
        (now["sleeper"]["current"], now["stats-exporter"]["current"], now["synapse-cron"]["current-since"]),
        ("active", "inactive", cron),
    )
    status, answer = add_layer(pod)
    assert status == 400 and "already exists" in answer["result"]["message"], answer
    pod.wait_for(VERSIONS, 200)
    synapse = pod.synapse()
    replan(pod)
    equal((pod.synapse(), services(pod)), (synapse, now))
    equal(
        [path.name for path in (pod.root("synapse") / "var/lib/pebble/default/layers").iterdir()], ["001-rockcraft-synapse.yaml"]
    )


@story.check("a stopped Synapse: nginx says 502, its check goes down, the pod is 1/2 ready; started it is well again")
def stopped(pod):
    pod.execute("synapse", "pebble", "stop", "synapse")
    equal(services(pod)["synapse"]["current"], "inactive")
    equal((pod.status("/health"), pod.status(VERSIONS)), (204, 502))
    eventually(lambda: pod.pebble("synapse").ask("GET", "/v1/health?level=ready")[0] == 502, 15, "Pebble says unhealthy", pod.log)
    pod.execute("synapse", "pebble", "health", "--level=ready", code=1)
    equal(pod.listed()[0]["ready"], 1)
    pod.execute("synapse", "pebble", "start", "synapse")
    pod.wait_for(VERSIONS, 200)
    eventually(lambda: pod.pebble("synapse").ask("GET", "/v1/health?level=ready")[0] == 200, 15, "Pebble says healthy", pod.log)
    pod.wait_until_ready(2)


@story.check("a command's exit code is passed on, and its orphans are reaped")
def accidents(pod):
    pod.execute("synapse", "sh", "-c", "exit 9", code=9)
    pod.execute("synapse", "sh", "-c", "sleep 0.987 &")

    def orphans():
        return [words for _, words in pod.processes("synapse").values() if "0.987" in words or not words]

    eventually(lambda: not orphans(), 10, "no orphan and no zombie is left", lambda: str(pod.processes("synapse")))


@story.check("the image prints its plan without starting anything, and refuses an option beside exec")
def without_services(pod):
    image = pod.world.reference("synapse:3.0")
    plan = pod.world.rockbuild("run", image, "--net", "none", "plan")
    assert "command: /start.py" in plan and "synapse-alive" in plan, plan
    pod.world.rockbuild("run", image, "--net", "none", "--", "-v", "exec", "true", code=1)


@story.check("a second Pebble for the same folder is refused")
def second_pebble(pod):
    pod.execute("synapse", "pebble", "run", code=1)
    equal(pod.status(VERSIONS), 200)


@story.check("SIGTERM ends the pod within 5 s with code 0; started anew it has its users, and the layer is gone")
def ended(pod):
    code, seconds = pod.terminate(5)
    equal(code, 0, pod.log())
    equal(pod.listed(), (None, {}))
    pod.start()
    pod.wait_for(VERSIONS, 200)
    Person(pod, "alice")
    assert "sleeper" not in services(pod), "the layer was kept"
    return f"{seconds:.1f} s"
