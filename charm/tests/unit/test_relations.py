"""Relations: what we tell the other side, and what we make of its answers."""

import dataclasses
import json
from collections.abc import Callable

import pytest
from conftest import DATABASE, OFFERED, SECRET, USER, World, environment, running, said
from ops import testing

NETWORKS = {
    testing.Network(
        name, bind_addresses=[testing.BindAddress([testing.Address("10.1.0.7")])], ingress_addresses=["10.152.0.1"]
    )
    for name in ("synapse-peers", "ingress", "metrics-endpoint")
}


def relation(state: testing.State, endpoint: str) -> testing.Relation:
    (found,) = (r for r in state.relations if r.endpoint == endpoint)
    assert isinstance(found, testing.Relation)
    return found


def test_the_leader_asks_for_a_database(world: World) -> None:
    state = world.run(world.context.on.relation_created(DATABASE), world.state(relations=[DATABASE]))
    assert said(relation(state, "database").local_app_data) == {
        "database": "synapse",
        "requested-secrets": '["username", "password", "tls", "tls-ca", "uris"]',
    }


def test_another_unit_asks_for_nothing(world: World) -> None:
    related = [DATABASE, testing.Relation("ingress"), testing.Relation("metrics-endpoint")]
    state = world.configured(world.state(relations=related, leader=False))
    assert [said(relation(state, r.endpoint).local_app_data) for r in related] == [{}, {}, {}]


def test_the_database_s_secret_reaches_launcher_and_exporter(world: World) -> None:
    state = world.configured(world.state(relations=[OFFERED], secrets={USER}))
    launch = world.context.exec_history["synapse"][0].environment
    assert {key: value for key, value in launch.items() if key.startswith("POSTGRES")} == {
        "POSTGRES_DB": "synapse",
        "POSTGRES_HOST": "pg-primary",
        "POSTGRES_PORT": "5432",
        "POSTGRES_USER": "relation-1",
        "POSTGRES_PASSWORD": "first pw",
    }
    assert environment(state, "synapse", "stats-exporter") == {
        "PROM_SYNAPSE_DATABASE": "synapse",
        "PROM_SYNAPSE_HOST": "pg-primary",
        "PROM_SYNAPSE_PORT": "5432",
        "PROM_SYNAPSE_USER": "relation-1",
        "PROM_SYNAPSE_PASSWORD": "first pw",
    }
    assert state.unit_status == testing.ActiveStatus()


def test_a_provider_without_secrets(world: World) -> None:
    plain = {"endpoints": "[fd00::1]:5433", "username": "u", "password": "p"}
    world.configured(world.state(relations=[dataclasses.replace(DATABASE, remote_app_data=plain)]))
    launch = world.context.exec_history["synapse"][0].environment
    assert {key: value for key, value in launch.items() if key.startswith("POSTGRES")} == {
        "POSTGRES_DB": "synapse",
        "POSTGRES_HOST": "fd00::1",
        "POSTGRES_PORT": "5433",
        "POSTGRES_USER": "u",
        "POSTGRES_PASSWORD": "p",
    }


@pytest.mark.parametrize("missing", ["endpoints", "username", "password"])
def test_half_an_answer_is_none(world: World, missing: str) -> None:
    answer = {"endpoints": "pg:5432", "username": "u", "password": "p"}
    del answer[missing]
    state = world.configured(world.state(relations=[dataclasses.replace(DATABASE, remote_app_data=answer)]))
    assert state.unit_status == testing.WaitingStatus("for PostgreSQL to tell its address and a user")


def test_a_secret_that_is_not_granted_yet(world: World) -> None:
    state = world.configured(world.state(relations=[OFFERED]))
    assert state.unit_status == testing.WaitingStatus("for PostgreSQL to tell its address and a user")


def test_a_rotated_password_restarts_the_exporter(world: World) -> None:
    world.configured(world.state(relations=[OFFERED], secrets={USER}))
    rotated = testing.Secret(
        {"username": "relation-1", "password": "first pw"},
        latest_content={"username": "relation-1", "password": "second pw"},
        id=SECRET,
        owner=None,
    )
    state = world.run(world.context.on.secret_changed(rotated), world.state(relations=[OFFERED], secrets={rotated}))
    assert environment(state, "synapse", "stats-exporter")["PROM_SYNAPSE_PASSWORD"] == "second pw"
    assert running(state, "synapse") == {"synapse", "synapse-cron", "stats-exporter"}


def test_ingress_is_asked_for_nginx_and_gives_the_url(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("socket.getfqdn", lambda: "synapse-0.synapse-endpoints")
    answered = testing.Relation("ingress", remote_app_data={"ingress": json.dumps({"url": "http://gate/m-synapse/"})})
    state = world.configured(world.state(relations=[answered], networks=NETWORKS, model=testing.Model("m")))
    found = relation(state, "ingress")
    assert {key: json.loads(value) for key, value in said(found.local_app_data).items()} == {
        "model": "m",
        "name": "synapse",
        "port": 8080,
        "scheme": "http",
        "strip-prefix": True,
        "redirect-https": False,
    }
    assert said(found.local_unit_data)["host"] == '"synapse-0.synapse-endpoints"'
    assert said(found.local_unit_data)["ip"] == '"10.1.0.7"'
    assert world.homeserver["public_baseurl"] == "http://gate/m-synapse/"


def test_the_option_goes_before_the_ingress(world: World) -> None:
    answered = testing.Relation("ingress", remote_app_data={"ingress": json.dumps({"url": "http://gate/"})})
    config: dict[str, str | int | float | bool] = {"server_name": "example.com", "public_baseurl": "https://m.example/"}
    world.configured(world.state(relations=[answered], config=config))
    assert world.homeserver["public_baseurl"] == "https://m.example/"


def test_a_broken_ingress_takes_its_url_along(world: World) -> None:
    answered = testing.Relation("ingress", remote_app_data={"ingress": json.dumps({"url": "http://gate/"})})
    state = world.configured(world.state(relations=[answered]))
    world.run(world.context.on.relation_broken(relation(state, "ingress")), state)
    assert "public_baseurl" not in world.homeserver


@pytest.mark.parametrize(("related", "ports"), [([], ["*:9000"]), ([OFFERED], ["*:9000", "*:9877"])])
def test_prometheus_is_told_of_what_there_is(world: World, related: list[testing.Relation], ports: list[str]) -> None:
    state = world.state(relations=[testing.Relation("metrics-endpoint"), *related], secrets={USER}, networks=NETWORKS)
    state = world.configured(dataclasses.replace(state, model=testing.Model("m", uuid="8e5d")))
    found = relation(state, "metrics-endpoint")
    jobs = json.loads(said(found.local_app_data)["scrape_jobs"])
    assert [job["static_configs"][0]["targets"][0] for job in jobs] == ports
    assert [job["metrics_path"] for job in jobs] == ["/_synapse/metrics", "/metrics"][: len(ports)]
    assert json.loads(said(found.local_app_data)["scrape_metadata"]) == {
        "model": "m",
        "model_uuid": "8e5d",
        "application": "synapse",
        "charm_name": "synapse",
        "unit": "synapse/0",
    }
    assert said(found.local_unit_data)["prometheus_scrape_unit_address"] == "10.1.0.7"
    assert said(found.local_unit_data)["prometheus_scrape_unit_name"] == "synapse/0"
    assert world.homeserver["enable_metrics"] is True


def test_a_unit_without_synapse_tells_prometheus_no_address(worlds: Callable[[int], World]) -> None:
    world = worlds(2)
    state = world.configured(world.state(relations=[testing.Relation("metrics-endpoint")]))
    assert "prometheus_scrape_unit_address" not in said(relation(state, "metrics-endpoint").local_unit_data)


def test_the_main_unit_tells_its_peers_the_address(world: World) -> None:
    state = world.configured(world.state(networks=NETWORKS))
    (peers,) = (r for r in state.relations if r.endpoint == "synapse-peers")
    assert said(peers.local_unit_data)["address"] == "10.1.0.7"
