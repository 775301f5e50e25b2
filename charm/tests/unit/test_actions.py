"""Actions: register-user and reset-instance."""

import dataclasses
import pathlib
from collections.abc import Callable

import pytest
from conftest import OFFERED, USER, World, running, with_container, with_exec
from ops import testing

from database import Database
from synapse import Synapse

REGISTER = ["/usr/bin/python3", "-m", "synapse._scripts.register_new_matrix_user"]


@pytest.mark.parametrize(("admin", "flag"), [(False, "--no-admin"), (True, "--admin")])
def test_register_user(world: World, admin: bool, flag: str) -> None:
    state = world.configured()
    world.context.exec_history.clear()
    world.context.run(world.context.on.action("register-user", params={"username": "alice", "admin": admin}), state)
    results = world.context.action_results
    assert results
    assert results["user"] == "@alice:example.com"
    (execution,) = world.context.exec_history["synapse"]
    assert execution.command == [
        *REGISTER,
        "--user=alice",
        "--password-file=/dev/stdin",
        flag,
        "--config",
        "/data/homeserver.yaml",
        "http://localhost:8008",
    ]
    assert execution.stdin == results["password"]
    assert len(results["password"]) >= 20


def test_register_user_answers_with_the_name_in_use(world: World) -> None:
    state = world.configured()
    refused = world.configured(world.state(config={"server_name": "other.example"}, containers=state.containers))
    params = {"username": "alice", "admin": False}
    world.context.run(world.context.on.action("register-user", params=params), refused)
    assert world.context.action_results
    assert world.context.action_results["user"] == "@alice:example.com"


def test_reset_waits_for_a_database_that_it_cannot_reach(world: World) -> None:
    state = world.configured(world.state(relations=[OFFERED], secrets={USER}))
    before = set(world.data.iterdir())
    with pytest.raises(testing.ActionFailed, match="nothing is touched"):
        world.run(world.context.on.action("reset-instance"), dataclasses.replace(state, secrets=frozenset()))
    assert set(world.data.iterdir()) - before <= {world.data / "homeserver.next.yaml"}
    assert running(state, "synapse") == {"synapse", "synapse-cron", "stats-exporter"}


def test_register_user_tells_what_synapse_says(world: World) -> None:
    state = world.configured()
    refusal = testing.Exec(REGISTER, return_code=1, stdout="ERROR! Received 400 Bad Request\nUser ID already taken.\n")
    state = with_container(state, with_exec(state.get_container("synapse"), refusal))
    with pytest.raises(testing.ActionFailed) as failure:
        world.context.run(world.context.on.action("register-user", params={"username": "alice", "admin": False}), state)
    assert failure.value.message == "Synapse refuses: User ID already taken."


@pytest.mark.parametrize("action", ["register-user", "reset-instance"])
def test_another_unit_sends_one_to_the_main_unit(worlds: Callable[[int], World], action: str) -> None:
    world = worlds(1)
    params = {"username": "alice"} if action == "register-user" else {}
    with pytest.raises(testing.ActionFailed, match="synapse/0"):
        world.context.run(world.context.on.action(action, params=params), world.state())


def test_register_user_needs_a_running_synapse(world: World) -> None:
    with pytest.raises(testing.ActionFailed, match="Synapse does not run in this unit"):
        world.context.run(world.context.on.action("register-user", params={"username": "alice"}), world.state())


def test_reset_deletes_everything_and_starts_anew_under_another_name(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    state = world.configured()
    (world.data / "media_store").mkdir()
    (world.data / "media_store/file").write_text("x")
    (world.data / "homeserver.db").write_text("x")
    erase = Synapse.erase
    left: list[pathlib.Path] = []

    def erase_then_launch(synapse: Synapse, database: Database | None) -> None:
        erase(synapse, database)
        left.extend(world.data.iterdir())
        world.launched("sqlite3")

    monkeypatch.setattr(Synapse, "erase", erase_then_launch)
    state = world.state(config={"server_name": "other.example"}, containers=state.containers)
    state = world.context.run(world.context.on.action("reset-instance"), state)
    assert left == []
    assert world.context.action_results == {"reset": "true"}
    assert world.homeserver["server_name"] == "other.example"
    assert running(state, "synapse") == {"synapse", "synapse-cron"}
    assert state.unit_status.name == "active"


def test_reset_empties_the_database_as_its_user(world: World) -> None:
    state = world.configured(world.state(relations=[OFFERED], secrets={USER}))
    world.context.exec_history.clear()
    failure_to_erase = testing.Exec(["/usr/bin/python3", "-c"], return_code=1, stderr="no route to host\n")
    state = with_container(state, with_exec(state.get_container("synapse"), failure_to_erase))
    before = set(world.data.iterdir())
    with pytest.raises(testing.ActionFailed) as failure:
        world.run(world.context.on.action("reset-instance"), state)
    assert failure.value.message == "the database could not be emptied, the files are untouched: no route to host"
    assert set(world.data.iterdir()) == before
    erase = world.context.exec_history["synapse"][0]
    assert "psycopg2" in erase.command[2]
    assert erase.environment == {
        "PGHOST": "pg-primary",
        "PGPORT": "5432",
        "PGDATABASE": "synapse",
        "PGUSER": "relation-1",
        "PGPASSWORD": "first pw",
    }
    assert failure.value.state
    assert running(failure.value.state, "synapse") == {"synapse", "synapse-cron", "stats-exporter"}
