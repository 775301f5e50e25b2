"""What reaches the containers: files, layers, and that nothing is touched without need."""

import pathlib
from typing import Any

import ops
import pytest
from conftest import NGINX_FILES, OFFERED, USER, World, environment
from ops import testing


def commands(world: World, container: str = "synapse") -> list[list[str]]:
    return [list(execution.command) for execution in world.context.exec_history.get(container, [])]


def test_the_launcher_renders_beside_the_configuration_in_use(world: World) -> None:
    world.configured(world.state(config={"server_name": "example.com", "report_stats": True, "log_level": "WARNING"}))
    launch = world.context.exec_history["synapse"][0]
    assert launch.command == ["/start.py", "migrate_config"]
    assert launch.environment == {
        "SYNAPSE_CONFIG_DIR": "/data",
        "SYNAPSE_CONFIG_PATH": "/data/homeserver.next.yaml",
        "SYNAPSE_DATA_DIR": "/data",
        "SYNAPSE_LOG_LEVEL": "WARNING",
        "SYNAPSE_NO_TLS": "True",
        "SYNAPSE_REPORT_STATS": "yes",
        "SYNAPSE_SERVER_NAME": "example.com",
    }


def test_a_new_configuration_is_validated_before_it_is_used(world: World) -> None:
    world.configured()
    assert commands(world)[1] == ["/usr/bin/python3", "-m", "synapse.config", "-c", "/data/homeserver.next.yaml"]
    assert world.homeserver["server_name"] == "example.com"
    assert not (world.data / "homeserver.next.yaml").exists()


def test_the_services_of_synapse(world: World) -> None:
    state = world.configured()
    plan = state.get_container("synapse").plan.to_dict()
    assert set(state.get_container("synapse").layers) == {
        "001-rockcraft-synapse",
        "synapse",
        "synapse-cron",
        "stats-exporter",
    }
    assert {name: (s["command"], s["startup"]) for name, s in plan["services"].items()} == {
        "synapse": ("/start.py", "enabled"),
        "synapse-cron": ("/usr/local/bin/run_cron.py", "enabled"),
        "stats-exporter": ("synapse-stats-exporter", "disabled"),
    }
    assert plan["checks"]["synapse-alive"]["threshold"] == 60
    assert environment(state, "synapse", "synapse")["SYNAPSE_CONFIG_PATH"] == "/data/homeserver.yaml"
    assert "user" not in plan["services"]["synapse"]


def test_nginx_gets_the_way_to_synapse_and_the_largest_upload(world: World) -> None:
    world.configured(world.state(config={"server_name": "example.com", "max_upload_size": "7M"}))
    server = "server 127.0.0.1:8008 max_fails=2 fail_timeout=10s;\n"
    assert {name: (world.etc / name).read_text() for name in NGINX_FILES} == {
        "main_location.conf": "proxy_pass http://synapse_main;\nclient_max_body_size 7M;\n",
        "main_servers.conf": server,
        "worker_servers.conf": server,
    }


def test_the_second_time_nothing_is_pushed_validated_or_restarted(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    first = world.configured()
    world.context.exec_history.clear()
    pushed: list[str] = []
    push = ops.Container.push

    def watched(container: ops.Container, path: str | pathlib.PurePath, *arguments: Any, **more: Any) -> None:
        pushed.append(str(path))
        push(container, path, *arguments, **more)

    monkeypatch.setattr(ops.Container, "push", watched)
    second = world.configured(world.state(containers=first.containers))
    assert pushed == []
    assert commands(world) == [["/start.py", "migrate_config"]]
    for name in ("synapse", "synapse-nginx"):
        assert first.get_container(name).plan == second.get_container(name).plan


@pytest.mark.parametrize(
    ("config", "changed"),
    [
        ({}, set()),
        ({"public_baseurl": "https://m.example/"}, {"synapse"}),
        ({"max_upload_size": "7M"}, {"synapse", "synapse-nginx"}),
        ({"report_stats": True}, {"synapse", "synapse-cron"}),
    ],
)
def test_only_services_whose_files_or_environment_changed_have_another_definition(
    world: World, config: dict[str, Any], changed: set[str]
) -> None:
    def services(state: testing.State) -> dict[str, ops.pebble.Service]:
        return {n: s for c in state.containers for n, s in c.plan.services.items()}

    first = world.configured()
    second = world.configured(world.state(config={"server_name": "example.com"} | config, containers=first.containers))
    assert {name for name, service in services(first).items() if service != services(second)[name]} == changed


def test_another_log_configuration_restarts_synapse(world: World) -> None:
    first = environment(world.configured(), "synapse", "synapse")
    (world.data / "log.config").write_text("level: DEBUG\n")
    assert environment(world.configured(), "synapse", "synapse") != first


def test_no_password_is_in_the_plan_but_the_exporter_s(world: World) -> None:
    state = world.configured(world.state(relations=[OFFERED], secrets={USER}))
    services = state.get_container("synapse").plan.to_dict()["services"]
    assert [name for name, service in services.items() if "first pw" in str(service)] == ["stats-exporter"]
