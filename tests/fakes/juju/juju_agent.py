#!/usr/bin/env python3
"""A stand-in for Juju's unit agent: runs a real charm's code for one event at a time, as Juju would.

    juju-agent init [--charm DIR] [--unit NAME] [--address A]    before all: takes the charm in and knows nothing else yet
    juju-agent run                        for ever: the events of a deployment, then those that the containers' Pebbles cause
    juju-agent fire EVENT [--config K=V]… [--reset K]… [--container NAME] [--check NAME]
    juju-agent config K=V…                sets options: fires config-changed
    juju-agent relate ENDPOINT APP [K=V]…    joins, or changes what APP says: fires relation-created, -joined and -changed
    juju-agent unrelate ENDPOINT          fires relation-departed and -broken
    juju-agent secret K=V…                prints the id of a new secret that the unit may read
    juju-agent rotate ID K=V…             gives it a new revision: fires secret-changed
    juju-agent lead yes|no                makes the unit the leader, or not: fires leader-elected
    juju-agent run-action NAME [K=V]…     prints the results as JSON; exit code 1 if the action failed
    juju-agent status                     prints all it knows as JSON

Commands end with the exit code of the charm and take turns with `run`, which also sees to it that they wait for the events
of the deployment. `run` fires NAME-pebble-ready for each container of $JUJU_CONTAINER_NAMES whose Pebble appears or starts
again, NAME-pebble-check-failed and -recovered for its checks, and fires an event again that the charm failed in.

The charm is a folder with charmcraft.yaml, taken in as charmcraft packs it (metadata.yaml, config.yaml, actions.yaml); what
it imports lies in its folder venv, or beside this interpreter. ops finds the workloads at
/charm/containers/NAME/pebble.socket.
"""

import argparse
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import time
import uuid

import hook_tools
import juju_state
import yaml

HERE = pathlib.Path(__file__).resolve().parent
CHARM = juju_state.HOME / "charm"
TOOLS = juju_state.HOME / "tools"
CONTAINERS = pathlib.Path("/charm/containers")
NUMBERS = {"int": int, "float": float, "boolean": lambda text: {"true": True, "false": False}[text.lower()]}
NOT_METADATA = {"actions", "base", "config", "parts", "platforms", "type"}


def init(charm, unit, address):
    declared = yaml.safe_load((charm / "charmcraft.yaml").read_text())
    for folder in (CHARM, TOOLS):
        shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(charm, CHARM, ignore=shutil.ignore_patterns("tests", "__pycache__"))
    metadata = {key: value for key, value in declared.items() if key not in NOT_METADATA}
    config, actions = declared.get("config", {}), declared.get("actions", {})
    for name, content in (("metadata", metadata), ("config", config), ("actions", actions)):
        (CHARM / f"{name}.yaml").write_text(yaml.safe_dump(content))
    TOOLS.mkdir(parents=True)
    for name in hook_tools.TOOLS:
        (TOOLS / name).symlink_to(HERE / "hook_tools.py")
    state = {
        "unit": unit or f"{declared['name']}/0",
        "model": "stand-in",
        "model-uuid": str(uuid.uuid4()),
        "address": address,
        "leader": True,
        "options": config.get("options", {}),
        "config": {},
        "actions": actions,
        "endpoints": [name for side in ("peers", "provides", "requires") for name in declared.get(side, {})],
        "relations": [],
        "secrets": {},
        "action": {},
        "status": {"status": "unknown", "message": ""},
        "app-status": {"status": "unknown", "message": ""},
        "version": "",
        "ports": [],
        "state": {},
        "started": False,
        "events": [],
    }
    for endpoint in declared.get("peers", {}):
        join(state, endpoint, state["unit"].split("/")[0], peer=True)
    juju_state.write(state)


def join(state, endpoint, app, *, peer=False):
    relation = {
        "id": 1 + max((known["id"] for known in state["relations"]), default=-1),
        "endpoint": endpoint,
        "peer": peer,
        "app": app,
        "app-data": {},
        "units": {} if peer else {f"{app}/0": {}},
        "local-app-data": {},
        "local-unit-data": {},
    }
    state["relations"].append(relation)
    return relation


def dispatch(path, **variables):
    """Run the charm for one event; its exit code. The caller has the turn."""
    state = juju_state.read()
    environment = os.environ | {
        "PATH": f"{TOOLS}:{os.environ['PATH']}",
        "PYTHONPATH": os.pathsep.join(str(CHARM / folder) for folder in ("src", "lib", "venv")),
        "PYTHONDONTWRITEBYTECODE": "1",
        "JUJU_AGENT_HOME": str(juju_state.HOME),
        "JUJU_CHARM_DIR": str(CHARM),
        "CHARM_DIR": str(CHARM),
        "JUJU_DISPATCH_PATH": path,
        "JUJU_HOOK_NAME": path.removeprefix("hooks/") if path.startswith("hooks/") else "",
        "JUJU_UNIT_NAME": state["unit"],
        "JUJU_MODEL_NAME": state["model"],
        "JUJU_MODEL_UUID": state["model-uuid"],
        "JUJU_VERSION": "3.6.8",
        **variables,
    }
    code = subprocess.run([sys.executable, "src/charm.py"], cwd=CHARM, env=environment, check=False).returncode
    with juju_state.change() as state:
        state["events"].append([path, code])
    return code


def fire(event, container=None, check=None):
    variables = {"JUJU_WORKLOAD_NAME": container, "JUJU_PEBBLE_CHECK_NAME": check}
    return dispatch(f"hooks/{event}", **{name: value for name, value in variables.items() if value})


def fire_relation(relation, event, *, unit=False):
    variables = {
        "JUJU_RELATION": relation["endpoint"],
        "JUJU_RELATION_ID": f"{relation['endpoint']}:{relation['id']}",
        "JUJU_REMOTE_APP": relation["app"],
    }
    if unit:
        variables["JUJU_REMOTE_UNIT"] = f"{relation['app']}/0"
    return dispatch(f"hooks/{relation['endpoint']}-relation-{event}", **variables)


def configure(values, reset=()):
    with juju_state.change() as state:
        for name, value in dict(values).items():
            if name not in state["options"]:
                sys.exit(f"juju-agent: the charm has no option {name}")
            state["config"][name] = NUMBERS.get(state["options"][name]["type"], str)(value)
        for name in reset:
            state["config"].pop(name, None)


def relate(endpoint, app, values):
    with juju_state.change() as state:
        if endpoint not in state["endpoints"]:
            sys.exit(f"juju-agent: the charm has no endpoint {endpoint}")
        known = [relation for relation in state["relations"] if relation["endpoint"] == endpoint]
        relation = known[0] if known else join(state, endpoint, app)
        relation["app-data"] |= dict(values)
    codes = [] if known else [fire_relation(relation, "created"), fire_relation(relation, "joined", unit=True)]
    return max([*codes, fire_relation(relation, "changed")])


def unrelate(endpoint):
    with juju_state.change() as state:
        (relation,) = (relation for relation in state["relations"] if relation["endpoint"] == endpoint)
        relation["units"] = {}
    codes = [fire_relation(relation, "departed", unit=True), fire_relation(relation, "broken")]
    with juju_state.change() as state:
        state["relations"] = [known for known in state["relations"] if known["id"] != relation["id"]]
    return max(codes)


def add_secret(values):
    identity = f"secret:{uuid.uuid4().hex[:20]}"
    with juju_state.change() as state:
        state["secrets"][identity] = {"revisions": [dict(values)], "tracked": 1, "label": None}
    print(identity)
    return 0


def rotate(identity, values):
    with juju_state.change() as state:
        secret = state["secrets"][identity]
        secret["revisions"].append(dict(values))
    return dispatch("hooks/secret-changed", JUJU_SECRET_ID=identity, JUJU_SECRET_LABEL=secret["label"] or "")


def lead(answer):
    with juju_state.change() as state:
        state["leader"] = answer == "yes"
    return fire("leader-elected") if answer == "yes" else 0


def run_action(name, values):
    with juju_state.change() as state:
        if name not in state["actions"]:
            sys.exit(f"juju-agent: the charm has no action {name}")
        declared = state["actions"][name].get("params", {})
        parameters = {key: parameter["default"] for key, parameter in declared.items() if "default" in parameter}
        for key, value in dict(values).items():
            if key not in declared:
                sys.exit(f"juju-agent: {name} has no parameter {key}")
            parameters[key] = NUMBERS.get(declared[key]["type"], str)(value)
        if missing := [key for key in state["actions"][name].get("required", []) if key not in parameters]:
            sys.exit(f"juju-agent: {name} needs {', '.join(missing)}")
        state["action"] = {"parameters": parameters, "results": {}, "failure": None, "log": []}
    code = dispatch(f"actions/{name}", JUJU_ACTION_NAME=name, JUJU_ACTION_UUID=str(uuid.uuid4()))
    action = juju_state.read()["action"]
    print(json.dumps({key: action[key] for key in ("results", "failure", "log")}))
    return 1 if code or action["failure"] else 0


class Pebble(http.client.HTTPConnection):
    """A container's Pebble, by its socket."""

    def __init__(self, container):
        super().__init__("pebble", timeout=5)
        self._path = str(CONTAINERS / container / "pebble.socket")

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def ask(self, path):
        """The result, or None while nobody answers."""
        try:
            self.request("GET", path)
            return json.loads(self.getresponse().read())["result"]
        except (OSError, http.client.HTTPException):
            return None
        finally:
            self.close()


def insist(event, **about):
    """Fire an event until the charm does not fail in it."""
    while True:
        with juju_state.turn():
            if fire(event, **about) == 0:
                return
        print(f"juju-agent: the charm failed in {event}; again in 2 s", file=sys.stderr)
        time.sleep(2)


def run():
    for event in ("install", "leader-elected", "config-changed", "start"):
        insist(event)
    with juju_state.change() as state:
        state["started"] = True
    boots, down = {}, set()
    while True:
        for container in os.environ["JUJU_CONTAINER_NAMES"].split(","):
            information = Pebble(container).ask("/v1/system-info")
            if not information:
                continue
            if boots.get(container) != information["boot-id"]:
                insist(f"{container}-pebble-ready", container=container)
                boots[container] = information["boot-id"]
            for check in Pebble(container).ask("/v1/checks") or ():
                known = (container, check["name"])
                if check["status"] == "down" and known not in down:
                    down.add(known)
                    insist(f"{container}-pebble-check-failed", container=container, check=check["name"])
                elif check["status"] == "up" and known in down:
                    down.remove(known)
                    insist(f"{container}-pebble-check-recovered", container=container, check=check["name"])
        time.sleep(0.2)


def parse():
    parser = argparse.ArgumentParser(prog="juju-agent", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def command(name, *arguments):
        one = commands.add_parser(name)
        for words, settings in arguments:
            one.add_argument(words, **settings)

    values = ("values", {"nargs": "*", "type": hook_tools.pair, "metavar": "K=V"})
    charm = [
        ("--charm", {"type": pathlib.Path, "default": HERE / "charm"}),
        ("--unit", {}),
        ("--address", {"default": "127.0.0.1"}),
    ]
    command("init", *charm)
    command("run", *charm)
    command(
        "fire",
        ("event", {}),
        ("--config", {"action": "append", "type": hook_tools.pair, "default": [], "metavar": "K=V"}),
        ("--reset", {"action": "append", "default": [], "metavar": "K"}),
        ("--container", {}),
        ("--check", {}),
    )
    command("config", values)
    command("relate", ("endpoint", {}), ("app", {}), values)
    command("unrelate", ("endpoint", {}))
    command("secret", values)
    command("rotate", ("id", {}), values)
    command("lead", ("answer", {"choices": ["yes", "no"]}))
    command("run-action", ("name", {}), values)
    command("status")
    return parser.parse_args()


def act(arguments):
    """What a command does when its turn has come."""
    match arguments.command:
        case "fire":
            configure(arguments.config, arguments.reset)
            return fire(arguments.event, arguments.container, arguments.check)
        case "config":
            configure(arguments.values)
            return fire("config-changed")
        case "relate":
            return relate(arguments.endpoint, arguments.app, arguments.values)
        case "unrelate":
            return unrelate(arguments.endpoint)
        case "secret":
            return add_secret(arguments.values)
        case "rotate":
            return rotate(arguments.id, arguments.values)
        case "lead":
            return lead(arguments.answer)
        case "run-action":
            return run_action(arguments.name, arguments.values)


def wait_for_start():
    """Let a command wait until the daemon, if there is one, has fired the events of the deployment."""
    for _ in range(600):
        if juju_state.exists() and (juju_state.read()["started"] or not (juju_state.HOME / "daemon").exists()):
            return
        time.sleep(0.1)
    sys.exit("juju-agent: no deployment within a minute: is `juju-agent init` or `juju-agent run` done?")


def main():
    arguments = parse()
    if arguments.command in ("init", "run"):
        with juju_state.turn():
            if arguments.command == "run":
                signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
                (juju_state.HOME / "daemon").touch()
            if arguments.command == "init" or not juju_state.exists():
                init(arguments.charm, arguments.unit, arguments.address)
        return run() if arguments.command == "run" else 0
    wait_for_start()
    if arguments.command == "status":
        print(json.dumps(juju_state.read(), indent=1))
        return 0
    with juju_state.turn():
        return act(arguments)


if __name__ == "__main__":
    sys.exit(main())
