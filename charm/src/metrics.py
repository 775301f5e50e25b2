"""The relation `metrics-endpoint`: the provider's side of the interface prometheus_scrape.

The leader names the ports to scrape, with `*` for the address. Prometheus puts there the address of each unit that tells
one, and only the unit with Synapse does, for nothing else has metrics.
"""

import json

import ops

from homeserver import METRICS_PORT

RELATION = "metrics-endpoint"
EXPORTER_PORT = 9877


def wanted(charm: ops.CharmBase) -> bool:
    """Whether something scrapes us."""
    return bool(charm.model.relations[RELATION])


def publish(charm: ops.CharmBase, *, main: bool, exporter: bool) -> None:
    """Tell where the metrics are; those of the exporter too if there is one."""
    jobs = [{"metrics_path": "/_synapse/metrics", "static_configs": [{"targets": [f"*:{METRICS_PORT}"]}]}]
    if exporter:
        jobs.append({"metrics_path": "/metrics", "static_configs": [{"targets": [f"*:{EXPORTER_PORT}"]}]})
    for relation in charm.model.relations[RELATION]:
        network = charm.model.get_binding(relation)
        if main and network:
            relation.data[charm.unit].update(
                {
                    "prometheus_scrape_unit_address": str(network.network.bind_address),
                    "prometheus_scrape_unit_name": charm.unit.name,
                }
            )
        if charm.unit.is_leader():
            relation.data[charm.app].update(
                {
                    "scrape_jobs": json.dumps(jobs),
                    "scrape_metadata": json.dumps(
                        {
                            "model": charm.model.name,
                            "model_uuid": charm.model.uuid,
                            "application": charm.app.name,
                            "charm_name": charm.meta.name,
                            "unit": charm.unit.name,
                        }
                    ),
                }
            )
