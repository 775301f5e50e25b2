#!/usr/bin/env python3
"""The charm: makes the two containers what Juju's model says they shall be.

Every event is handled alike. Nothing is remembered between events: each looks at options, relations and containers, and
brings the containers there; what is so already is left alone. Unit 0, which Kubernetes removes last, is the main unit: it
has Synapse. The others have nginx only, in front of the main unit's Synapse, whose address the peer relation tells.
"""

import logging
import os
import secrets

import ops

import database
import ingress
import metrics
import nginx
from hindrance import Hindrance, blocked, waiting
from options import Options
from synapse import Synapse, Wish, reason

logger = logging.getLogger(__name__)

_PEERS = "synapse-peers"


class SynapseOperatorCharm(ops.CharmBase):
    """Synapse and nginx, operated."""

    def __init__(self, framework: ops.Framework):
        super().__init__(framework)
        self._synapse_container = self.unit.get_container("synapse")
        self._nginx_container = self.unit.get_container("synapse-nginx")
        self._synapse = Synapse(self._synapse_container)
        changes = [
            self.on.config_changed,
            self.on.leader_elected,
            self.on.secret_changed,
            self.on.synapse_nginx_pebble_ready,
            self.on.synapse_nginx_pebble_check_failed,
            self.on.synapse_nginx_pebble_check_recovered,
            self.on.synapse_pebble_check_failed,
            self.on.synapse_pebble_check_recovered,
            self.on.update_status,
            self.on.upgrade_charm,
        ]
        for relation in (_PEERS, database.RELATION, ingress.RELATION, metrics.RELATION):
            events = self.on[relation]
            changes += [
                events.relation_created,
                events.relation_joined,
                events.relation_changed,
                events.relation_departed,
                events.relation_broken,
            ]
        for change in changes:
            framework.observe(change, self._on_change)
        framework.observe(self.on.synapse_pebble_ready, self._on_synapse_pebble_ready)
        framework.observe(self.on.register_user_action, self._on_register_user)
        framework.observe(self.on.reset_instance_action, self._on_reset_instance)

    @property
    def _main(self) -> bool:
        return self.unit.name.endswith("/0")

    def _on_change(self, _: ops.EventBase) -> None:
        self._reconcile()

    def _on_synapse_pebble_ready(self, _: ops.EventBase) -> None:
        self.unit.set_workload_version(self._synapse.version())
        self._reconcile()

    def _reconcile(self) -> None:
        self._publish()
        try:
            self._configure()
        except Hindrance as hindrance:
            if self._synapse_container.can_connect() and self._synapse.idle():
                self._synapse.rest()
            self.unit.status = hindrance.status
        else:
            self.unit.status = self._status()

    def _publish(self) -> None:
        """Tell the other sides of the relations what they need, whatever this unit's own state."""
        self.unit.set_ports(nginx.PORT)
        database.request(self)
        ingress.request(self, nginx.PORT)
        metrics.publish(self, main=self._main, exporter=database.related(self))
        peers = self.model.get_relation(_PEERS)
        if self._main and peers and (network := self.model.get_binding(peers)):
            peers.data[self.unit]["address"] = str(network.network.bind_address)

    def _configure(self) -> None:
        """Bring both containers to what is wished."""
        for container in (self._synapse_container, self._nginx_container):
            if not container.can_connect():
                raise waiting(f"for the container {container.name}")
        try:
            options = self.load_config(Options)
        except ValueError as error:
            raise blocked(str(error)) from None
        if self._main:
            self._synapse.configure(self._wish(options))
        else:
            self._synapse.rest()
        nginx.configure(self._nginx_container, synapse=self._synapse_address(), max_upload_size=options.max_upload_size)

    def _wish(self, options: Options) -> Wish:
        """What Synapse shall be, or the hindrance that makes it impossible."""
        offered = database.offered(self)
        if current := self._synapse.current():
            if current["server_name"] != options.server_name:
                raise blocked(
                    f"server_name is {current['server_name']} for ever: set it back, or delete everything by reset-instance"
                )
            if current["database"]["name"] == "psycopg2" and not database.related(self):
                self._synapse.rest()
                raise blocked("the data are in PostgreSQL: integrate database again")
        if database.related(self) and not offered:
            raise waiting("for PostgreSQL to tell its address and a user")
        return Wish(
            options=options,
            public_baseurl=options.public_baseurl or ingress.url(self),
            database=offered,
            metrics=metrics.wanted(self),
            proxies=_proxies(),
        )

    def _synapse_address(self) -> str:
        """Where nginx finds Synapse."""
        if self._main:
            return "127.0.0.1"
        if peers := self.model.get_relation(_PEERS):
            for unit in peers.units:
                if unit.name.endswith("/0") and (address := peers.data[unit].get("address")):
                    return address
        raise waiting(f"for {self.app.name}/0 to tell its address")

    def _status(self) -> ops.StatusBase:
        """What there is to say once both containers are as they shall be."""
        if trouble := nginx.trouble(self._nginx_container):
            return ops.WaitingStatus(trouble)
        if not self._main:
            return ops.ActiveStatus(f"nginx in front of {self.app.name}/0")
        if trouble := self._synapse.trouble():
            return ops.WaitingStatus(trouble)
        return ops.ActiveStatus("" if database.related(self) else "on SQLite, for a trial: integrate database")

    def _on_register_user(self, event: ops.ActionEvent) -> None:
        current = None
        if self._main and self._synapse_container.can_connect() and not self._synapse.idle():
            current = self._synapse.current()
        if not current:
            event.fail(f"Synapse does not run in this unit; if {self.app.name}/0 is active, ask that one")
            return
        password = secrets.token_urlsafe(16)
        try:
            self._synapse.register(event.params["username"], password, admin=event.params["admin"])
        except ops.pebble.ExecError as error:
            event.fail(f"Synapse refuses: {reason(error)}")
            return
        event.set_results({"user": f"@{event.params['username']}:{current['server_name']}", "password": password})

    def _on_reset_instance(self, event: ops.ActionEvent) -> None:
        if not self._main or not self._synapse_container.can_connect():
            event.fail(f"Synapse is in {self.app.name}/0: ask that one, once its containers are up")
            return
        offered = database.offered(self)
        if database.related(self) and not offered:
            event.fail("PostgreSQL has not told its address and a user yet, so it cannot be emptied; nothing is touched")
            return
        self._synapse.rest()
        try:
            self._synapse.erase(offered)
        except ops.pebble.ExecError as error:
            event.fail(f"the database could not be emptied, the files are untouched: {reason(error)}")
        else:
            event.set_results({"reset": "true"})
        self._reconcile()


def _proxies() -> dict[str, str]:
    """The model's proxies, under both spellings."""
    proxies: dict[str, str] = {}
    for name in ("http_proxy", "https_proxy", "no_proxy"):
        if value := os.environ.get(f"JUJU_CHARM_{name.upper()}"):
            proxies |= {name: value, name.upper(): value}
    return proxies


if __name__ == "__main__":
    ops.main(SynapseOperatorCharm)
