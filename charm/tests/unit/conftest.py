"""The world around the charm: two containers as the rocks make them, and what relations say.

Nothing runs in these containers. So before an event the launcher's work is done for it: the base configuration lies where
the charm asks for it, of the kind that fits the database.
"""

import dataclasses
import pathlib
from collections.abc import Callable, Iterable
from typing import Any

import ops
import pytest
import yaml
from ops import testing

from charm import SynapseOperatorCharm

CHARM = pathlib.Path(__file__).resolve().parents[2]
SECRET = "secret:d0erd0s6b7ss7eqcb0g0"
DATABASE = testing.Relation("database", remote_app_name="postgresql", remote_app_data={})
OFFERED = dataclasses.replace(
    DATABASE, remote_app_data={"endpoints": "pg-primary:5432,pg-2:5432", "secret-user": SECRET, "database": "synapse"}
)
USER = testing.Secret({"username": "relation-1", "password": "first pw"}, id=SECRET, owner=None)

STATIC_SYNAPSE = ops.pebble.Layer(
    {
        "services": {
            "synapse": {"override": "replace", "command": "/start.py", "startup": "enabled"},
            "stats-exporter": {"override": "replace", "command": "synapse-stats-exporter", "startup": "disabled"},
            "synapse-cron": {"override": "replace", "command": "/usr/local/bin/run_cron.py", "startup": "enabled"},
        },
        "checks": {
            "synapse-alive": {"override": "replace", "level": "alive", "threshold": 3, "tcp": {"port": 8008}},
            "synapse-ready": {
                "override": "replace",
                "level": "ready",
                "threshold": 3,
                "http": {"url": "http://localhost:8008/health"},
            },
        },
    }
)
CHECKS = frozenset(
    {
        testing.CheckInfo("synapse-alive", level="alive", threshold=3),
        testing.CheckInfo("synapse-ready", level="ready", threshold=3),
    }
)
NGINX_FILES = ("main_location.conf", "main_servers.conf", "worker_servers.conf")


def base(database: str) -> dict[str, Any]:
    """What the rock's launcher renders, as far as it matters here."""
    return {
        "server_name": "example.com",
        "listeners": [{"port": 8008, "type": "http", "bind_addresses": ["::"], "x_forwarded": True}],
        "database": {"name": database, "args": {}},
        "log_config": "/data/log.config",
        "signing_key_path": "/data/example.com.signing.key",
        "rc_joins": {"local": {"per_second": 1}},
    }


class World:
    """A unit's surroundings, which last from event to event."""

    def __init__(self, place: pathlib.Path, unit: int) -> None:
        self.data = place / "data"
        self.etc = place / "nginx"
        self.data.mkdir(parents=True)
        self.etc.mkdir()
        for name in NGINX_FILES:
            (self.etc / name).write_text("# the image's\n")
        self.context = testing.Context(SynapseOperatorCharm, charm_root=CHARM, unit_id=unit)
        self.validation = 0
        self.launch = 0

    def synapse(self, **changes: Any) -> testing.Container:
        python = "/usr/bin/python3"
        execs = {
            testing.Exec(["/start.py", "migrate_config"], return_code=self.launch, stderr="Traceback\nno such template\n"),
            testing.Exec([python, "-m", "synapse.config"], return_code=self.validation, stderr="\nbad\nmust be a list\n"),
            testing.Exec([python, "-c"], stdout="1.163.2\n"),
            testing.Exec([python, "-m", "synapse._scripts.register_new_matrix_user"], stdout="Success!\n"),
        }
        return dataclasses.replace(
            testing.Container(
                "synapse",
                can_connect=True,
                layers={"001-rockcraft-synapse": STATIC_SYNAPSE},
                check_infos=CHECKS,
                execs=execs,
                mounts={"data": testing.Mount(location="/data", source=self.data)},
            ),
            **changes,
        )

    def nginx(self, **changes: Any) -> testing.Container:
        mounts = {"etc": testing.Mount(location="/etc/nginx", source=self.etc)}
        return dataclasses.replace(testing.Container("synapse-nginx", can_connect=True, mounts=mounts), **changes)

    def state(self, *, relations: Iterable[testing.RelationBase] = (), **changes: Any) -> testing.State:
        changes.setdefault("config", {"server_name": "example.com"})
        changes.setdefault("containers", {self.synapse(), self.nginx()})
        changes.setdefault("leader", True)
        return testing.State(relations={testing.PeerRelation("synapse-peers"), *relations}, **changes)

    def launched(self, database: str) -> None:
        """Do the launcher's work."""
        (self.data / "homeserver.next.yaml").write_text(yaml.safe_dump(base(database)))
        if not (self.data / "log.config").exists():
            (self.data / "log.config").write_text("level: INFO\n")

    def run(self, event: Any, state: testing.State) -> testing.State:
        """Handle an event, after the launcher's work."""
        postgres = any(relation.endpoint == "database" for relation in state.relations)
        self.launched("psycopg2" if postgres else "sqlite3")
        return self.context.run(event, state)

    def configured(self, state: testing.State | None = None) -> testing.State:
        """The state after a config-changed that found all it needs."""
        return self.run(self.context.on.config_changed(), state or self.state())

    @property
    def homeserver(self) -> dict[str, Any]:
        return dict(yaml.safe_load((self.data / "homeserver.yaml").read_text()))


def running(state: testing.State, container: str) -> set[str]:
    statuses = state.get_container(container).service_statuses
    return {name for name, status in statuses.items() if status is ops.pebble.ServiceStatus.ACTIVE}


def checks(state: testing.State, container: str) -> dict[str, str]:
    return {info.name: info.status.value for info in state.get_container(container).check_infos}


def environment(state: testing.State, container: str, service: str) -> dict[str, str]:
    return dict(state.get_container(container).plan.services[service].environment)


def with_container(state: testing.State, container: testing.Container) -> testing.State:
    """The state with one container put in another's place."""
    others = {found for found in state.containers if found.name != container.name}
    return dataclasses.replace(state, containers=frozenset({container, *others}))


def with_exec(container: testing.Container, execution: testing.Exec) -> testing.Container:
    """The container with another outcome of one program."""
    others = {found for found in container.execs if found.command_prefix != execution.command_prefix}
    return dataclasses.replace(container, execs=frozenset({execution, *others}))


def with_check(container: testing.Container, check: testing.CheckInfo) -> testing.Container:
    """The container with one check in another state."""
    others = {found for found in container.check_infos if found.name != check.name}
    return dataclasses.replace(container, check_infos=frozenset({check, *others}))


def said(databag: Any) -> dict[str, str]:
    """What lies in a databag."""
    return dict(databag)


@pytest.fixture(name="worlds")
def _worlds(tmp_path: pathlib.Path) -> Callable[[int], World]:
    return lambda unit: World(tmp_path / str(unit), unit)


@pytest.fixture
def world(worlds: Callable[[int], World]) -> World:
    return worlds(0)
