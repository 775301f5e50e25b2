"""The stand-alone pod with PostgreSQL: people talk, the exporter counts, and what breaks comes back."""

import hashlib
import os
import pathlib
import signal
import time

import exporter
import manifests
from harness import equal, eventually
from matrix import CLIENT, VERSIONS, Person, register
from servers import PodWithPostgreSQL, PostgreSQL, Prometheus
from story import Story

INTERVAL = 2  # seconds between the exporter's readings
MEDIA = 20_000_000


class Stage(PodWithPostgreSQL):
    def __init__(self, world):
        self.prometheus = self.alice = self.bob = self.room = None
        super().__init__(world, "postgresql", manifests.stand_alone(PostgreSQL.PASSWORD, POLLING_INTERVAL_SECONDS=INTERVAL))

    def close(self):
        super().close()
        if self.prometheus:
            self.prometheus.close()


story = Story("PostgreSQL", Stage)


@story.check("rockbuild run --pod starts both containers: 2/2 are ready")
def ready(stage):
    begin = time.monotonic()
    stage.start()
    stage.wait_for(VERSIONS, 200)
    seconds = time.monotonic() - begin
    stage.wait_until_ready(2)
    pod, members = stage.listed()
    equal((pod["state"], pod["network"], sorted(members)), ("running", f"ns:{stage.name}", ["nginx", "synapse"]))
    return f"first 200 after {seconds:.1f} s"


@story.check("through nginx: its health, and the versions that Synapse speaks")
def through_nginx(stage):
    equal(stage.status("/health"), 204)
    assert "v1.12" in stage.ask(VERSIONS).json()["versions"], stage.ask(VERSIONS).body
    equal(stage.status("/"), 200)


@story.check("Synapse is uid 991's, and what it keeps too")
def owner(stage):
    equal(stage.synapse()[1], 991)
    owners = {entry.name: entry.stat().st_uid for entry in (stage.work / "data").iterdir()}
    assert set(owners.values()) == {991} and {"homeserver.yaml", "log.config"} <= owners.keys(), owners
    equal(sum(name.endswith(".key") for name in owners), 3)
    assert "homeserver.db" not in owners, "it made a SQLite database"


@story.check("two users are registered and log in")
def log_in(stage):
    register(stage, "alice", "--admin")
    register(stage, "bob", "--no-admin")
    stage.alice, stage.bob = Person(stage, "alice"), Person(stage, "bob")


@story.check("alice makes a room and invites bob, who joins")
def join(stage):
    stage.room = stage.alice.create_room(stage.bob)
    stage.bob.waits_for(stage.room)
    equal(stage.bob.join(stage.room), stage.room)


@story.check("bob's sync shows what alice says")
def message(stage):
    stage.alice.say(stage.room, "hello bob", "txn1")
    stage.bob.waits_for((stage.room, stage.alice.id, "hello bob"))


@story.check("20 MB of media go up, and come down the same")
def media(stage):
    data = os.urandom(MEDIA)
    got = stage.bob.download(stage.alice.upload(data))
    equal((len(got), hashlib.sha256(got).digest()), (MEDIA, hashlib.sha256(data).digest()))


@story.check("the exporter, once started, tells 1 room and 2 users")
def first_numbers(stage):
    equal(stage.status("/metrics", port=exporter.PORT), 0)
    stage.execute("synapse", "pebble", "start", "stats-exporter")
    eventually(lambda: stage.status("/metrics", port=exporter.PORT) == 200, 15, "the exporter listens", stage.log)
    eventually(
        lambda: exporter.tells(stage, 1, 2), INTERVAL + 3, "1 room, 2 users", lambda: str(exporter.read(stage)) + stage.log()
    )


@story.check("another room, and an interval later it tells 2 and 2")
def second_numbers(stage):
    stage.alice.create_room()
    eventually(lambda: exporter.tells(stage, 2, 2), INTERVAL + 1, "2 rooms, 2 users", lambda: str(exporter.read(stage)))


@story.check("it keeps no connection, and says no password")
def discreet(stage):
    query = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'synapse-stats-exporter'"
    seen = []
    for _ in range(10):
        seen.append(stage.database.query(query))
        time.sleep(INTERVAL / 10)
    assert seen.count("0") > 5, f"connections of the exporter: {seen}"
    assert PostgreSQL.PASSWORD not in stage.log_path.read_text(errors="replace"), "the password is in the log"


@story.check("Prometheus, with deploy/prometheus.yml, sees both numbers")
def scraped(stage):
    stage.prometheus = Prometheus(stage, manifests.prometheus())

    def seen():
        return [stage.prometheus.value(f"synapse_total_{what}") for what in ("rooms", "users")]

    eventually(lambda: seen() == [2, 2], 30, "Prometheus has 2 and 2", lambda: f"{seen()}\n{stage.prometheus.log()}")


@story.check("a changed configuration is seen through nginx after a restart")
def configuration(stage):
    equal(stage.alice.largest_upload(), 50 << 20)
    stage.execute("synapse", "sed", "-i", "s/^max_upload_size: .*/max_upload_size: 7M/", "/data/homeserver.yaml")
    stage.execute("synapse", "python3", "-m", "synapse.config", "-c", "/data/homeserver.yaml")
    stage.execute("synapse", "pebble", "restart", "synapse")
    stage.wait_for(VERSIONS, 200)
    equal(stage.alice.largest_upload(), 7 << 20)


@story.check("kill -9 of Synapse: nginx answers 502 at once, and 200 again within 10 s")
def killed(stage):
    pid, _ = stage.synapse()
    os.kill(pid, signal.SIGKILL)
    eventually(lambda: not pathlib.Path(f"/proc/{pid}").exists(), 5, "the killed process is gone")
    begin, seen = time.monotonic(), []
    while (status := stage.status(f"{CLIENT}/login")) != 200:
        seen.append(status)
        assert time.monotonic() - begin < 10, f"not back within 10 s; nginx said {seen}\n{stage.log()}"
        time.sleep(0.05)
    seconds = time.monotonic() - begin
    equal(set(seen), {502})
    assert stage.synapse()[0] != pid, "it was not killed"
    return f"back after {seconds:.1f} s, {len(seen)} times 502"


@story.check("the database restarted four times: stale while it is away, right again within an interval")
def database_restarted(stage):
    waited = []
    for _ in range(4):
        stage.database.stop()
        eventually(lambda: exporter.is_stale(stage), 2 * INTERVAL + 3, "it says stale", lambda: str(exporter.read(stage)))
        stage.database.start()
        begin = time.monotonic()
        eventually(
            lambda: exporter.tells(stage, 2, 2),
            INTERVAL + 1,
            "it is right again",
            lambda: f"{exporter.read(stage)}\n{stage.log()}",
        )
        waited.append(f"{time.monotonic() - begin:.1f}")
    return f"after {', '.join(waited)} s"


@story.check("after all this they still talk")
def still(stage):
    stage.bob.say(stage.room, "hello alice", "txn2", patience=20)  # Synapse notices a connection that was cut when it uses it
    stage.alice.waits_for((stage.room, stage.bob.id, "hello alice"))


@story.check("SIGTERM ends the pod within 5 s with code 0")
def ended(stage):
    code, seconds = stage.terminate(5)
    equal(code, 0, stage.log())
    equal(stage.listed(), (None, {}))
    return f"{seconds:.1f} s"
