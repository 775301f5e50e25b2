"""Events and statuses: what each event leads to, and what the unit says of it."""

import dataclasses
import itertools
from collections.abc import Callable
from typing import Any

import ops
import pytest
from conftest import CHECKS, DATABASE, OFFERED, USER, World, checks, environment, running, said, with_check, with_container
from ops import testing

import layers

READY = testing.CheckInfo("synapse-ready", level="ready", threshold=3)
NGINX_READY = testing.CheckInfo("synapse-nginx-ready", level="ready", threshold=3)
ON_SQLITE = testing.ActiveStatus("on SQLite, for a trial: integrate database")


def containers(state: testing.State) -> dict[str, testing.Container]:
    return {container.name: container for container in state.containers}


@pytest.mark.parametrize(
    "event",
    [
        "config_changed",
        "leader_elected",
        "update_status",
        "upgrade_charm",
    ],
)
def test_each_plain_event_brings_the_unit_up(world: World, event: str) -> None:
    state = world.run(getattr(world.context.on, event)(), world.state())
    assert state.unit_status == ON_SQLITE
    assert running(state, "synapse") == {"synapse", "synapse-cron"}
    assert running(state, "synapse-nginx") == {"synapse-nginx"}
    assert state.opened_ports == {testing.TCPPort(8080)}


@pytest.mark.parametrize("name", ["synapse", "synapse-nginx"])
def test_each_pebble_ready_brings_the_unit_up(world: World, name: str) -> None:
    state = world.state()
    state = world.run(world.context.on.pebble_ready(state.get_container(name)), state)
    assert state.unit_status == ON_SQLITE
    assert state.workload_version == ("1.163.2" if name == "synapse" else "")


@pytest.mark.parametrize(
    ("endpoint", "event"),
    [
        *itertools.product(
            ("synapse-peers", "database", "ingress", "metrics-endpoint"), ("created", "joined", "changed", "departed")
        ),
        ("ingress", "broken"),
        ("metrics-endpoint", "broken"),
    ],
)
def test_each_event_of_a_relation_brings_the_unit_up(world: World, endpoint: str, event: str) -> None:
    if endpoint == "synapse-peers":
        relation: testing.RelationBase = testing.PeerRelation(endpoint, peers_data={1: {}})
    else:
        relation = OFFERED if endpoint == "database" else testing.Relation(endpoint)
    state = dataclasses.replace(world.state(secrets={USER}), relations=frozenset({relation}))
    arguments: dict[str, Any] = {"remote_unit": 1} if event in ("joined", "changed", "departed") else {}
    state = world.run(getattr(world.context.on, f"relation_{event}")(relation, **arguments), state)
    assert state.unit_status.name == "active"
    assert "synapse" in running(state, "synapse")


@pytest.mark.parametrize("missing", ["synapse", "synapse-nginx"])
def test_waits_for_both_containers_and_touches_none(world: World, missing: str) -> None:
    changes: dict[str, Any] = {missing.replace("synapse-", ""): {"can_connect": False}}
    found = {world.synapse(**changes.get("synapse", {})), world.nginx(**changes.get("nginx", {}))}
    state = world.configured(world.state(containers=found))
    assert state.unit_status == testing.WaitingStatus(f"for the container {missing}")
    assert not running(state, "synapse") | running(state, "synapse-nginx")
    assert not (world.data / "homeserver.yaml").exists()


def test_no_check_of_a_resting_synapse_fails_while_nginx_is_missing(world: World) -> None:
    state = world.configured(world.state(containers={world.synapse(), world.nginx(can_connect=False)}))
    assert set(checks(state, "synapse").values()) == {"inactive"}


def test_a_synapse_that_ends_again_and_again_is_left_to_pebble(world: World) -> None:
    before = world.configured()
    statuses = {"synapse": ops.pebble.ServiceStatus.ERROR, "synapse-cron": ops.pebble.ServiceStatus.ACTIVE}
    failing = dataclasses.replace(before.get_container("synapse"), service_statuses=statuses)
    found = with_container(world.state(config={"server_name": "other.example"}, containers=before.containers), failing)
    after = world.configured(found)
    assert after.unit_status.name == "blocked"
    assert after.get_container("synapse").service_statuses == statuses
    assert set(checks(after, "synapse").values()) == {"up"}


def test_without_server_name_blocks_and_lets_no_check_fail(world: World) -> None:
    state = world.configured(world.state(config={}))
    assert state.unit_status == testing.BlockedStatus(
        "server_name is not set: it is part of every user's name, such as example.com"
    )
    assert checks(state, "synapse") == {"synapse-alive": "inactive", "synapse-ready": "inactive"}
    state = world.configured(world.state(containers=state.containers))
    assert state.unit_status == ON_SQLITE
    assert checks(state, "synapse") == {"synapse-alive": "up", "synapse-ready": "up"}


def test_refuses_another_server_name_and_touches_nothing(world: World) -> None:
    before = world.configured()
    homeserver = (world.data / "homeserver.yaml").read_bytes()
    world.context.exec_history.clear()
    after = world.run(
        world.context.on.config_changed(), world.state(config={"server_name": "other.example"}, containers=before.containers)
    )
    assert after.unit_status == testing.BlockedStatus(
        "server_name is example.com for ever: set it back, or delete everything by reset-instance"
    )
    assert (world.data / "homeserver.yaml").read_bytes() == homeserver
    assert not world.context.exec_history
    assert {n: c.plan.to_dict() for n, c in containers(before).items()} == {
        n: c.plan.to_dict() for n, c in containers(after).items()
    }
    back = world.configured(world.state(containers=after.containers))
    assert back.unit_status == ON_SQLITE


def test_a_failing_launcher_blocks(world: World) -> None:
    world.launch = 1
    state = world.configured(world.state(containers={world.synapse(), world.nginx()}))
    assert state.unit_status == testing.BlockedStatus("the rock's /start.py failed: no such template")


def test_a_configuration_that_synapse_refuses_blocks_and_leaves_the_one_there(world: World) -> None:
    before = world.configured()
    homeserver = (world.data / "homeserver.yaml").read_bytes()
    world.validation = 1
    config: dict[str, str | int | float | bool] = {"server_name": "example.com", "max_upload_size": "7M"}
    refusing = dataclasses.replace(before.get_container("synapse"), execs=world.synapse().execs)
    after = world.configured(with_container(world.state(config=config, containers=before.containers), refusing))
    assert after.unit_status == testing.BlockedStatus("Synapse refuses its configuration: must be a list")
    assert (world.data / "homeserver.yaml").read_bytes() == homeserver
    assert not (world.data / "homeserver.next.yaml").exists()
    assert running(after, "synapse") == {"synapse", "synapse-cron"}


def test_a_service_that_does_not_start_blocks(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def replan(container: ops.Container) -> None:
        change = ops.pebble.Change(
            *(ops.pebble.ChangeID("1"), "replan", "", "Error", [], True, "cannot start\n- exited quickly with code 1"),
            *(None, None),  # type: ignore[arg-type]
        )
        raise ops.pebble.ChangeError(change.err or container.name, change)

    monkeypatch.setattr(ops.Container, "replan", replan)
    state = world.configured()
    assert state.unit_status == testing.BlockedStatus("synapse: - exited quickly with code 1; see the unit's log")


def test_a_synapse_that_is_down_and_one_that_recovers(world: World) -> None:
    up = world.configured()
    synapse = up.get_container("synapse")
    down = dataclasses.replace(READY, status=ops.pebble.CheckStatus.DOWN, failures=3)
    failing = with_check(synapse, down)
    state = world.run(world.context.on.pebble_check_failed(failing, down), with_container(up, failing))
    assert state.unit_status == testing.WaitingStatus("synapse does not answer")
    state = world.run(world.context.on.pebble_check_recovered(synapse, READY), up)
    assert state.unit_status == ON_SQLITE


def test_an_nginx_that_is_down(world: World) -> None:
    up = world.configured()
    down = dataclasses.replace(NGINX_READY, status=ops.pebble.CheckStatus.DOWN, failures=3)
    failing = with_check(up.get_container("synapse-nginx"), down)
    state = world.run(world.context.on.pebble_check_failed(failing, down), with_container(up, failing))
    assert state.unit_status == testing.WaitingStatus("synapse-nginx does not answer")


def test_a_service_that_ended(monkeypatch: pytest.MonkeyPatch, world: World) -> None:
    monkeypatch.setattr(ops.pebble.ServiceInfo, "is_running", lambda _: False)
    state = world.configured()
    assert state.unit_status == testing.WaitingStatus("synapse-nginx ended and will be started again: its log says why")


def test_waits_for_the_database(world: World) -> None:
    state = world.configured(world.state(relations=[DATABASE]))
    assert state.unit_status == testing.WaitingStatus("for PostgreSQL to tell its address and a user")
    assert not running(state, "synapse")
    assert set(checks(state, "synapse").values()) == {"inactive"}


def test_a_broken_database_stops_synapse(world: World) -> None:
    state = world.configured(world.state(relations=[OFFERED], secrets={USER}))
    assert state.unit_status == testing.ActiveStatus()
    assert running(state, "synapse") == {"synapse", "synapse-cron", "stats-exporter"}
    (relation,) = (r for r in state.relations if r.endpoint == "database")
    state = world.run(world.context.on.relation_broken(relation), state)
    assert state.unit_status == testing.BlockedStatus("the data are in PostgreSQL: integrate database again")
    assert not running(state, "synapse")
    assert set(checks(state, "synapse").values()) == {"inactive"}


def test_other_units_have_nginx_only(worlds: Callable[[int], World]) -> None:
    world = worlds(1)
    alone = world.configured()
    assert alone.unit_status == testing.WaitingStatus("for synapse/0 to tell its address")
    peers = testing.PeerRelation("synapse-peers", peers_data={0: {"address": "10.1.0.7"}})
    found = dataclasses.replace(world.state(), relations=frozenset({peers}))
    state = world.run(world.context.on.relation_changed(peers, remote_unit=0), found)
    assert state.unit_status == testing.ActiveStatus("nginx in front of synapse/0")
    assert not running(state, "synapse")
    assert set(checks(state, "synapse").values()) == {"inactive"}
    assert running(state, "synapse-nginx") == {"synapse-nginx"}
    assert (world.etc / "main_servers.conf").read_text() == "server 10.1.0.7:8008 max_fails=2 fail_timeout=10s;\n"
    assert "address" not in said(state.get_relation(peers.id).local_unit_data)


def test_a_new_address_of_the_main_unit_restarts_nginx_there(worlds: Callable[[int], World]) -> None:
    world = worlds(1)
    digests = set()
    for address in ("10.1.0.7", "10.1.0.8", "fd00::8"):
        peers = testing.PeerRelation("synapse-peers", peers_data={0: {"address": address}})
        state = world.configured(dataclasses.replace(world.state(), relations=frozenset({peers})))
        digests.add(environment(state, "synapse-nginx", "synapse-nginx")["NGINX_CONFIG_DIGEST"])
    assert len(digests) == 3
    assert "server [fd00::8]:8008 " in (world.etc / "worker_servers.conf").read_text()


def test_the_model_s_proxies_reach_synapse(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JUJU_CHARM_HTTP_PROXY", "http://proxy:3128")
    monkeypatch.setenv("JUJU_CHARM_NO_PROXY", "10.0.0.0/8")
    found = environment(world.configured(), "synapse", "synapse")
    assert {key: value for key, value in found.items() if "proxy" in key.lower()} == {
        "http_proxy": "http://proxy:3128",
        "HTTP_PROXY": "http://proxy:3128",
        "no_proxy": "10.0.0.0/8",
        "NO_PROXY": "10.0.0.0/8",
    }


def test_checks_of_the_image_are_known_by_name(world: World) -> None:
    assert {check.name for check in CHECKS} <= set(world.configured().get_container("synapse").plan.checks)


def test_a_digest_tells_where_a_file_ends() -> None:
    assert layers.digest("a", "b") != layers.digest("ab", "")
