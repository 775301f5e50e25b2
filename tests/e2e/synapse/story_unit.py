"""The pod as Juju makes it: three containers, the charm's own code in the first, a stand-in for Juju's agent around it."""

import json
import pathlib

import exporter
import manifests
from harness import equal, eventually
from matrix import CLIENT, SERVER, VERSIONS, Person
from pod import Pebble
from servers import PodWithPostgreSQL, PostgreSQL
from story import Story


class Stage(PodWithPostgreSQL):
    def __init__(self, world):
        self.alice = None
        super().__init__(world, "unit", manifests.unit())

    def juju(self, *words, **options):
        return self.execute("charm", "juju-agent", *words, timeout=120, **options)

    def unit(self):
        """(status, its message)."""
        status = json.loads(self.juju("status"))["status"]
        return status["status"], status["message"]

    def wait_until(self, status):
        eventually(lambda: self.unit()[0] == status, 60, f"the unit is {status}", lambda: f"{self.unit()}\n{self.log()}")

    def services(self):
        """{name: (state, since when)} of both workloads."""
        result = {}
        for container in ("synapse", "synapse-nginx"):
            pebble = Pebble(str(self.root(container) / "charm/container/pebble.socket"))
            for service in pebble.ask("GET", "/v1/services")[1]["result"]:
                result[service["name"]] = (service["current"], service.get("current-since"))
        return result


story = Story("unit", Stage)


@story.check("all three containers are ready, and nothing runs in the workloads until the charm says so")
def ready(stage):
    stage.start()
    stage.wait_until_ready(3)
    equal(sorted(stage.listed()[1]), ["charm", "synapse", "synapse-nginx"])
    stage.wait_until("blocked")
    assert "server_name" in stage.unit()[1], stage.unit()
    equal({state for state, _ in stage.services().values()}, {"inactive"})
    equal((stage.synapse(), stage.status("/health")), (None, 0))


@story.check("config-changed with a server_name: both workloads run, the unit is active")
def configured(stage):
    stage.juju("fire", "config-changed", "--config", f"server_name={SERVER}")
    stage.wait_for(VERSIONS, 200)
    stage.wait_until("active")
    equal((stage.synapse()[1], stage.status("/health")), (991, 204))
    equal(stage.status("/metrics", port=exporter.PORT), 0)


@story.check("with PostgreSQL related, Synapse uses it and the exporter tells its numbers")
def related(stage):
    secret = stage.juju("secret", f"username={PostgreSQL.USER}", f"password={PostgreSQL.PASSWORD}").strip()
    stage.juju(
        "relate",
        "database",
        "postgresql",
        f"endpoints=127.0.0.1:{PostgreSQL.PORT}",
        f"database={PostgreSQL.DATABASE}",
        f"secret-user={secret}",
    )
    stage.wait_for(VERSIONS, 200)
    stage.wait_until("active")
    equal(int(stage.database.query("SELECT count(*) FROM rooms")), 0)
    eventually(lambda: stage.status("/metrics", port=exporter.PORT) == 200, 15, "the exporter listens", stage.log)
    eventually(lambda: exporter.tells(stage, 0, 0), 15, "0 rooms, 0 users", lambda: str(exporter.read(stage)) + stage.log())


@story.check("the action register-user makes one who can log in")
def register(stage):
    results = json.loads(stage.juju("run-action", "register-user", "username=alice"))["results"]
    equal(results["user"], f"@alice:{SERVER}")
    stage.alice = Person(stage, "alice", results["password"])
    equal(stage.database.query("SELECT name FROM users"), f"@alice:{SERVER}")


@story.check("a new value of an option is seen through nginx: in Synapse's answer, and in what nginx takes")
def new_value(stage):
    equal(stage.alice.largest_upload(), 50 << 20)
    stage.juju("fire", "config-changed", "--config", "max_upload_size=1M")
    stage.wait_for(VERSIONS, 200)
    stage.wait_until("active")
    equal(stage.alice.largest_upload(), 1 << 20)
    equal(stage.alice.ask("POST", "/_matrix/media/v3/upload", bytes(1 << 21)).status, 413)
    stage.alice.upload(bytes(1 << 19))


@story.check("config-changed without a change restarts nothing")
def unchanged(stage):
    before = stage.services()
    equal(
        {name: state for name, (state, _) in before.items()},
        dict.fromkeys(("synapse", "synapse-cron", "stats-exporter", "synapse-nginx"), "active"),
    )
    stage.juju("fire", "config-changed")
    equal(stage.services(), before)


@story.check("another server_name is refused, and harms nothing")
def refused(stage):
    before = stage.services()
    stage.juju("fire", "config-changed", "--config", "server_name=other.example")
    equal(stage.unit()[0], "blocked")
    assert SERVER in stage.unit()[1], stage.unit()
    equal((stage.services(), stage.status(f"{CLIENT}/login")), (before, 200))
    stage.juju("fire", "config-changed", "--config", f"server_name={SERVER}")
    stage.wait_until("active")
    equal(stage.services(), before)


@story.check("the images' own Pebble folders are untouched")
def untouched(stage):
    for container in ("synapse", "synapse-nginx"):
        folder = stage.root(container) / "var/lib/pebble/default"
        equal(
            [path.relative_to(folder) for path in folder.rglob("*")],
            [pathlib.Path("layers"), pathlib.Path(f"layers/001-rockcraft-{container}.yaml")],
        )


@story.check("SIGTERM ends the pod within 5 s with code 0")
def ended(stage):
    code, seconds = stage.terminate(5)
    equal(code, 0, stage.log())
    return f"{seconds:.1f} s"
