"""The relation `ingress`: the requirer's side of version 2 of that interface.

The leader says what is to be published, each unit where it is, and the provider answers with a URL. Every value is JSON.
"""

import json
import socket

import ops

RELATION = "ingress"


def request(charm: ops.CharmBase, port: int) -> None:
    """Ask to have nginx's port published."""
    relation = charm.model.get_relation(RELATION)
    if not relation:
        return
    network = charm.model.get_binding(relation)
    if network:
        relation.data[charm.unit].update(
            {"host": json.dumps(socket.getfqdn()), "ip": json.dumps(str(network.network.bind_address))}
        )
    if charm.unit.is_leader():
        wish = {
            "model": charm.model.name,
            "name": charm.app.name,
            "port": port,
            "scheme": "http",
            "strip-prefix": True,
            "redirect-https": False,
        }
        relation.data[charm.app].update({key: json.dumps(value) for key, value in wish.items()})


def url(charm: ops.CharmBase) -> str:
    """The URL that the provider gave us, or an empty text."""
    relation = charm.model.get_relation(RELATION)
    if not relation or not relation.app:
        return ""
    return str(json.loads(relation.data[relation.app].get("ingress", "{}")).get("url", ""))
