#!/usr/bin/env python3
"""Juju's hook tools, as one program under many names: what a charm calls while it handles an event.

They answer from the stand-in's state and refuse what Juju refuses: a databag that is not the charm's to write or read, an
option or relation that is not there. Unlike Juju's, what they write holds at once, also if the event fails later.
"""

import argparse
import json
import os
import pathlib
import sys

import juju_state


class Refused(Exception):
    pass


def relation_of(state, reference):
    reference = reference or os.environ.get("JUJU_RELATION_ID")
    if not reference:
        raise Refused("no relation id specified")
    for relation in state["relations"]:
        if str(relation["id"]) == reference.split(":")[-1]:
            return relation
    raise Refused("relation not found")


def secret_of(state, arguments):
    for identity, secret in state["secrets"].items():
        if arguments.id and identity.split(":")[-1] == arguments.id.split(":")[-1].split("/")[-1]:
            return identity, secret
        if not arguments.id and arguments.label and secret["label"] == arguments.label:
            return identity, secret
    raise Refused(f'secret "{arguments.id or arguments.label}" not found')


def need_leader(state, what):
    if not state["leader"]:
        raise Refused(f"{what}: not the leader")


def application(state):
    return state["unit"].split("/")[0]


def config_get(state, arguments):
    values = {name: option["default"] for name, option in state["options"].items() if option.get("default") is not None}
    values |= state["config"]
    return values.get(arguments.key) if arguments.key else values


def is_leader(state, _):
    return state["leader"]


def relation_ids(state, arguments):
    return [f"{r['endpoint']}:{r['id']}" for r in state["relations"] if r["endpoint"] == arguments.endpoint]


def relation_list(state, arguments):
    relation = relation_of(state, arguments.relation)
    return relation["app"] if arguments.app else sorted(relation["units"])


def relation_get(state, arguments):
    relation = relation_of(state, arguments.relation)
    who = arguments.unit or os.environ.get("JUJU_REMOTE_UNIT") or relation["app"]
    whose = who.split("/")[0] if arguments.app else who
    if whose == application(state):
        need_leader(state, "cannot read the application's own databag")
    databags = {relation["app"]: relation["app-data"], **relation["units"]}
    databags |= {application(state): relation["local-app-data"], state["unit"]: relation["local-unit-data"]}
    if whose not in databags:
        raise Refused(f'cannot read settings of "{whose}" in relation "{relation["endpoint"]}:{relation["id"]}"')
    return databags[whose] if arguments.key in (None, "-") else databags[whose].get(arguments.key)


def relation_set(state, arguments):
    relation = relation_of(state, arguments.relation)
    if arguments.app:
        need_leader(state, "cannot write the application's databag")
    databag = relation["local-app-data" if arguments.app else "local-unit-data"]
    for key, value in dict(arguments.pairs) | from_file(arguments.file).items():
        if value:
            databag[key] = value
        else:
            databag.pop(key, None)


def relation_model_get(state, arguments):
    relation_of(state, arguments.relation)
    return {"uuid": state["model-uuid"]}


def secret_get(state, arguments):
    _, secret = secret_of(state, arguments)
    if arguments.label:
        secret["label"] = arguments.label
    if arguments.refresh:
        secret["tracked"] = len(secret["revisions"])
    return secret["revisions"][-1 if arguments.peek else secret["tracked"] - 1]


def secret_info_get(state, arguments):
    secret_of(state, arguments)
    raise Refused("permission denied: the secret is not ours")


def secret_ids(_state, _):
    return []


def status_set(state, arguments):
    app = arguments.application.lower() == "true"
    if app:
        need_leader(state, "cannot set the application's status")
    state["app-status" if app else "status"] = {"status": arguments.status, "message": arguments.message or ""}


def status_get(state, arguments):
    if arguments.application.lower() == "true":
        need_leader(state, "cannot read the application's status")
        unit = state["status"] | {"status-data": {}}
        return {"application-status": state["app-status"] | {"status-data": {}, "units": {state["unit"]: unit}}}
    return state["status"] | {"status-data": {}}


def application_version_set(state, arguments):
    state["version"] = arguments.version


def network_get(state, arguments):
    if arguments.endpoint not in state["endpoints"]:
        raise Refused(f'no network config found for binding "{arguments.endpoint}"')
    address = {"hostname": "", "value": state["address"], "cidr": ""}
    return {
        "bind-addresses": [{"mac-address": "", "interface-name": "eth0", "addresses": [address]}],
        "egress-subnets": [f"{state['address']}/32"],
        "ingress-addresses": [state["address"]],
    }


def open_port(state, arguments):
    state["ports"] = sorted({*state["ports"], arguments.port})


def close_port(state, arguments):
    state["ports"] = [port for port in state["ports"] if port != arguments.port]


def opened_ports(state, _):
    return state["ports"]


def action_get(state, arguments):
    parameters = state["action"]["parameters"]
    return parameters.get(arguments.key) if arguments.key else parameters


def action_set(state, arguments):
    state["action"]["results"] |= dict(arguments.pairs)


def action_fail(state, arguments):
    state["action"]["failure"] = arguments.message or "action failed without reason given, check action for errors"


def action_log(state, arguments):
    state["action"]["log"].append(arguments.message)


def juju_log(state, arguments):
    print(f"{state['unit']} {arguments.level}: {arguments.message}", file=sys.stderr)


def state_get(state, arguments):
    return state["state"].get(arguments.key) if arguments.key else state["state"]


def state_set(state, arguments):
    state["state"] |= dict(arguments.pairs) | from_file(arguments.file)


def state_delete(state, arguments):
    state["state"].pop(arguments.key, None)


def goal_state(state, _):
    goal = {"status": "active", "since": "2024-01-01T00:00:00Z"}
    relations = {}
    for relation in state["relations"]:
        names = [relation["app"], *relation["units"]]
        relations.setdefault(relation["endpoint"], {}).update(dict.fromkeys(names, goal))
    return {"units": {state["unit"]: goal}, "relations": relations}


def credential_get(_state, _):
    raise Refused("permission denied: the application is not trusted")


def storage_list(_state, _):
    return []


def resource_get(_state, arguments):
    raise Refused(f'could not download resource: "{arguments.name}" is an image')


def pair(word):
    key, equals, value = word.partition("=")
    if not key or not equals:
        raise argparse.ArgumentTypeError(f"expected K=V, not '{word}'")
    return key, value


def from_file(name):
    if not name:
        return {}
    return json.loads(sys.stdin.read() if name == "-" else pathlib.Path(name).read_text())


OPTIONS = {
    "application": ("--application", {"default": "false", "nargs": "?", "const": "true"}),
    "app": ("--app", {"action": "store_true"}),
    "relation": ("-r", {"dest": "relation"}),
    "file": ("--file", {}),
    "label": ("--label", {}),
    "level": ("--log-level", {"dest": "level", "default": "INFO"}),
    "refresh": ("--refresh", {"action": "store_true"}),
    "peek": ("--peek", {"action": "store_true"}),
    "include-data": ("--include-data", {"action": "store_true"}),
    "endpoint": ("endpoint", {}),
    "id": ("id", {"nargs": "?"}),
    "key": ("key", {"nargs": "?"}),
    "message": ("message", {"nargs": "?"}),
    "name": ("name", {}),
    "pairs": ("pairs", {"nargs": "*", "type": pair}),
    "port": ("port", {}),
    "status": ("status", {"choices": ["active", "blocked", "maintenance", "waiting"]}),
    "unit": ("unit", {"nargs": "?"}),
    "version": ("version", {}),
}
TOOLS = {
    "action-fail": (action_fail, ["message"]),
    "action-get": (action_get, ["key"]),
    "action-log": (action_log, ["message"]),
    "action-set": (action_set, ["pairs"]),
    "application-version-set": (application_version_set, ["version"]),
    "close-port": (close_port, ["port"]),
    "config-get": (config_get, ["key"]),
    "credential-get": (credential_get, []),
    "goal-state": (goal_state, []),
    "is-leader": (is_leader, []),
    "juju-log": (juju_log, ["level", "message"]),
    "network-get": (network_get, ["relation", "endpoint"]),
    "open-port": (open_port, ["port"]),
    "opened-ports": (opened_ports, []),
    "relation-get": (relation_get, ["relation", "app", "key", "unit"]),
    "relation-ids": (relation_ids, ["endpoint"]),
    "relation-list": (relation_list, ["relation", "app"]),
    "relation-model-get": (relation_model_get, ["relation"]),
    "relation-set": (relation_set, ["relation", "app", "file", "pairs"]),
    "resource-get": (resource_get, ["name"]),
    "secret-get": (secret_get, ["id", "label", "refresh", "peek"]),
    "secret-ids": (secret_ids, []),
    "secret-info-get": (secret_info_get, ["id", "label"]),
    "state-delete": (state_delete, ["key"]),
    "state-get": (state_get, ["key"]),
    "state-set": (state_set, ["file", "pairs"]),
    "status-get": (status_get, ["application", "include-data"]),
    "status-set": (status_set, ["application", "status", "message"]),
    "storage-list": (storage_list, ["key"]),
}


def main():
    name = pathlib.Path(sys.argv[0]).name
    tool, options = TOOLS[name]
    parser = argparse.ArgumentParser(prog=name, allow_abbrev=False)
    parser.add_argument("--format", choices=["json"], default="json")
    for option in options:
        flag, settings = OPTIONS[option]
        parser.add_argument(flag, **settings)
    try:
        with juju_state.change() as state:
            answer = tool(state, parser.parse_args())
    except Refused as refusal:
        sys.exit(f"ERROR {refusal}")
    if tool.__name__.endswith(("_get", "_ids", "_list", "_state", "_ports")) or tool is is_leader:
        print(json.dumps(answer))


if __name__ == "__main__":
    main()
