"""The container `synapse`: Synapse itself, its weekly clean-up and the exporter of statistics.

The rock's launcher renders the base of the configuration into a file of its own; the options come on top; Synapse's own
parser looks at the result; only then, and only if it differs, it takes the place of the file that Synapse reads. So a
refused option leaves a running server as it is.
"""

import dataclasses
import logging
from pathlib import Path
from typing import Any

import ops
import yaml

import homeserver
import layers
from database import Database
from hindrance import blocked
from options import Options

logger = logging.getLogger(__name__)

_DATA = "/data"
_CONFIGURATION = f"{_DATA}/homeserver.yaml"
_NEXT = f"{_DATA}/homeserver.next.yaml"
_PYTHON = "/usr/bin/python3"
_USER = "synapse"
_SERVICE = "synapse"
_EXPORTER = "stats-exporter"
_CRON = "synapse-cron"
_ALIVE = "synapse-alive"
_READY = "synapse-ready"


@dataclasses.dataclass(frozen=True)
class Wish:
    """What Synapse shall be: all that its configuration depends on."""

    options: Options
    public_baseurl: str
    database: Database | None  # None: SQLite
    metrics: bool
    proxies: dict[str, str]


class Synapse:
    """The container, once its Pebble answers."""

    def __init__(self, container: ops.Container):
        self._container = container

    def current(self) -> dict[str, Any] | None:
        """The configuration on disk, or None before the first."""
        if not self._container.exists(_CONFIGURATION):
            return None
        return dict(yaml.safe_load(self._read(_CONFIGURATION)))

    def configure(self, wish: Wish) -> None:
        """Let Synapse run as wished, restarting what has to change and nothing else."""
        base = self._render_base(wish)
        text = homeserver.render(base, wish.options, public_baseurl=wish.public_baseurl, metrics=wish.metrics)
        if not self._container.exists(_CONFIGURATION) or self._read(_CONFIGURATION) != text:
            self._write(_NEXT, text)
            self._validate(_NEXT)
            self._write(_CONFIGURATION, text)
        self._container.remove_path(_NEXT)
        log_configuration = self._read(yaml.safe_load(text)["log_config"])
        layers.apply(self._container, _layers(wish, layers.digest(text, log_configuration)))

    def rest(self) -> None:
        """Stop everything, and the checks: a failing one would have Kubernetes restart the container for ever."""
        services = self._container.get_services()
        if started := [name for name, service in services.items() if service.current != ops.pebble.ServiceStatus.INACTIVE]:
            self._container.stop(*started)
        if checks := [name for name in self._container.get_checks() if name in (_ALIVE, _READY)]:
            self._container.stop_checks(*checks)

    def trouble(self) -> str:
        """What is wrong with Synapse, or an empty text."""
        return layers.trouble(self._container, _SERVICE, _READY)

    def idle(self) -> bool:
        """Whether Synapse is not even meant to run."""
        return all(
            service.current == ops.pebble.ServiceStatus.INACTIVE
            for service in self._container.get_services(_SERVICE).values()
        )

    def version(self) -> str:
        """The version of Synapse in the image."""
        program = "import importlib.metadata; print(importlib.metadata.version('matrix-synapse'))"
        return self._run([_PYTHON, "-c", program]).strip()

    def register(self, username: str, password: str, *, admin: bool) -> None:
        """Make a user, by the secret in the configuration. The password travels by stdin, which no process list shows."""
        self._run(
            [
                *(_PYTHON, "-m", "synapse._scripts.register_new_matrix_user"),
                f"--user={username}",
                "--password-file=/dev/stdin",
                "--admin" if admin else "--no-admin",
                *("--config", _CONFIGURATION),
                "http://localhost:8008",
            ],
            stdin=password,
        )

    def erase(self, database: Database | None) -> None:
        """Delete everything that Synapse ever stored. It must not run."""
        if database:
            program = (Path(__file__).parent / "erase_database.py").read_text()
            self._run([_PYTHON, "-c", program], environment=database.environment("PG", "DATABASE"))
        for entry in self._container.list_files(_DATA):
            self._container.remove_path(entry.path, recursive=True)

    def _render_base(self, wish: Wish) -> str:
        environment = _environment(wish) | {
            "SYNAPSE_CONFIG_PATH": _NEXT,
            "SYNAPSE_LOG_LEVEL": wish.options.log_level,
        }
        if wish.database:
            environment |= wish.database.environment("POSTGRES_", "DB")
        try:
            self._run(["/start.py", "migrate_config"], environment=environment)
        except ops.pebble.ExecError as error:
            raise blocked(f"the rock's /start.py failed: {reason(error)}") from None
        return self._read(_NEXT)

    def _validate(self, path: str) -> None:
        try:
            self._run([_PYTHON, "-m", "synapse.config", "-c", path])
        except ops.pebble.ExecError as error:
            self._container.remove_path(path)
            raise blocked(f"Synapse refuses its configuration: {reason(error)}") from None

    def _run(self, command: list[str], *, environment: dict[str, str] | None = None, stdin: str | None = None) -> str:
        process = self._container.exec(command, environment=environment, stdin=stdin, working_dir="/", timeout=120)
        output, _ = process.wait_output()
        return output

    def _read(self, path: str) -> str:
        return self._container.pull(path).read()

    def _write(self, path: str, text: str) -> None:
        self._container.push(path, text, user=_USER, group=_USER, permissions=0o640)


def reason(error: ops.pebble.ExecError[str]) -> str:
    """What a program said last: the place for the reason."""
    said = (error.stderr or error.stdout or "").strip()
    logger.error("%s: exit code %d: %s", error.command[0], error.exit_code, said)
    return said.splitlines()[-1] if said else f"exit code {error.exit_code}"


def _environment(wish: Wish) -> dict[str, str]:
    return {
        "SYNAPSE_CONFIG_DIR": _DATA,
        "SYNAPSE_CONFIG_PATH": _CONFIGURATION,
        "SYNAPSE_DATA_DIR": _DATA,
        "SYNAPSE_NO_TLS": "True",
        "SYNAPSE_REPORT_STATS": "yes" if wish.options.report_stats else "no",
        "SYNAPSE_SERVER_NAME": wish.options.server_name,
        **wish.proxies,
    }


def _layers(wish: Wish, files: str) -> dict[str, ops.pebble.LayerDict]:
    return {
        "synapse": {
            "services": {
                _SERVICE: {
                    "override": "replace",
                    "summary": "Synapse",
                    "command": "/start.py",
                    "startup": "enabled",
                    "environment": _environment(wish) | {"SYNAPSE_CONFIG_DIGEST": files},
                }
            },
            "checks": {
                # Kubernetes restarts the container when this fails, so it waits long enough for the changes to the
                # database that a new version of Synapse makes before it listens. A Synapse that ends is Pebble's to restart.
                _ALIVE: {"override": "replace", "level": "alive", "threshold": 60, "tcp": {"port": 8008}},
                _READY: {"override": "replace", "level": "ready", "http": {"url": "http://localhost:8008/health"}},
            },
        },
        "synapse-cron": {
            "services": {
                _CRON: {
                    "override": "replace",
                    "summary": "The weekly clean-up",
                    "command": "/usr/local/bin/run_cron.py",
                    "startup": "enabled",
                    "environment": _environment(wish),
                }
            }
        },
        "stats-exporter": {
            "services": {
                _EXPORTER: {
                    "override": "replace",
                    "summary": "Numbers of rooms and users for Prometheus, from PostgreSQL",
                    "command": "synapse-stats-exporter",
                    "startup": "enabled" if wish.database else "disabled",
                    "environment": wish.database.environment("PROM_SYNAPSE_", "DATABASE") if wish.database else {},
                }
            }
        },
    }
