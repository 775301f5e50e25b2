"""The relation `database`: the requirer's side of the interface postgresql_client.

The leader asks for a database named as the application. The provider answers with its addresses and, by the id of a Juju
secret in `secret-user` (without secrets, in plain), with a user and its password. The secret's newest revision is read each
time, so a rotated password is seen in the event secret-changed.
"""

import dataclasses
import json
from collections.abc import Mapping

import ops

RELATION = "database"


@dataclasses.dataclass(frozen=True)
class Database:
    """How to reach the PostgreSQL database."""

    host: str
    port: str
    name: str
    user: str
    password: str = dataclasses.field(repr=False)

    def environment(self, prefix: str, name: str) -> dict[str, str]:
        """As variables. The name of the one that holds the database's name differs from program to program."""
        return {
            f"{prefix}HOST": self.host,
            f"{prefix}PORT": self.port,
            f"{prefix}{name}": self.name,
            f"{prefix}USER": self.user,
            f"{prefix}PASSWORD": self.password,
        }


def request(charm: ops.CharmBase) -> None:
    """Ask for the database. Only the leader may."""
    relation = charm.model.get_relation(RELATION)
    if relation and charm.unit.is_leader():
        relation.data[charm.app].update(
            {
                "database": charm.app.name,
                "requested-secrets": json.dumps(["username", "password", "tls", "tls-ca", "uris"]),
            }
        )


def related(charm: ops.CharmBase) -> bool:
    """Whether PostgreSQL is related, also when it has not answered yet. False while the relation breaks."""
    return charm.model.get_relation(RELATION) is not None


def offered(charm: ops.CharmBase) -> Database | None:
    """The database, once the provider has answered."""
    relation = charm.model.get_relation(RELATION)
    if not relation or not relation.app:
        return None
    answer = relation.data[relation.app]
    user: Mapping[str, str] = answer
    if secret := answer.get("secret-user"):
        try:
            user = charm.model.get_secret(id=secret).get_content(refresh=True)
        except ops.ModelError:  # not ours yet, or no longer
            return None
    if not all((answer.get("endpoints"), user.get("username"), user.get("password"))):
        return None
    host, _, port = answer["endpoints"].split(",")[0].rpartition(":")
    return Database(
        host=host.strip("[]"),
        port=port,
        name=answer.get("database", charm.app.name),
        user=user["username"],
        password=user["password"],
    )
