"""All that the stand-in for Juju knows: one JSON file in one folder, and the lock that events take turns by.

The folder is $JUJU_AGENT_HOME, else /var/lib/juju-agent. Whoever changes the file holds the lock, or is a hook tool of an
event whose dispatcher holds it; so nobody else needs one.

    unit, model, model-uuid, address, leader    who we are; unit is like synapse/0
    options, config    the options as charmcraft.yaml declares them; the values that were set
    actions, endpoints    as charmcraft.yaml declares them
    relations          id, endpoint, peer, app, app-data, units {name: databag}, local-app-data, local-unit-data
    secrets            id: revisions (databags, the newest last), tracked (a revision's number, from 1), label
    action             parameters, results and failure of the action that runs or ran last
    status, app-status, version, ports, state    what the charm said
    started            whether the events of a deployment are through
    events             [event, exit code of the charm] so far
"""

import contextlib
import fcntl
import json
import os
import pathlib

HOME = pathlib.Path(os.environ.get("JUJU_AGENT_HOME", "/var/lib/juju-agent"))
_FILE = HOME / "state.json"


def read():
    return json.loads(_FILE.read_text())


def exists():
    return _FILE.exists()


def write(state):
    beside = _FILE.with_suffix(".next")
    beside.write_text(json.dumps(state, indent=1) + "\n")
    beside.replace(_FILE)


@contextlib.contextmanager
def change():
    """The state, written back if nothing went wrong."""
    state = read()
    yield state
    write(state)


@contextlib.contextmanager
def turn():
    """One at a time."""
    HOME.mkdir(parents=True, exist_ok=True)
    with (HOME / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
