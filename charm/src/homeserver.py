"""Synapse's configuration: the base that the rock's launcher renders, with the charm's options on top.

A pure function from texts to a text, so that the same inputs always give the same file and comparing with what is on disk
tells whether anything changed. Each key is set whatever the base says, or taken away; those not named here are the base's.
"""

from typing import Any

import yaml

from options import Options, words

METRICS_PORT = 9000


def render(base: str, options: Options, *, public_baseurl: str, metrics: bool) -> str:
    """The whole homeserver.yaml. `public_baseurl` may be empty; `metrics` opens the listener for Prometheus."""
    configuration: dict[str, Any] = yaml.safe_load(base)
    settings: dict[str, Any] = {
        "server_name": options.server_name,
        "public_baseurl": public_baseurl or None,
        "max_upload_size": options.max_upload_size,
        "enable_registration": options.enable_registration,
        "registration_requires_token": options.enable_registration or None,
        "password_config": {"enabled": options.enable_password_config},
        "enable_room_list_search": options.enable_room_list_search,
        "allow_public_rooms_over_federation": options.allow_public_rooms_over_federation,
        "federation_domain_whitelist": words(options.federation_domain_whitelist) or None,
        "trusted_key_servers": [{"server_name": server} for server in words(options.trusted_key_servers)],
        "suppress_key_server_warning": True,  # the operator chose them
        "ip_range_whitelist": words(options.ip_range_whitelist) or None,
        "limit_remote_rooms": _limit_remote_rooms(options.limit_remote_rooms_complexity),
        "rc_joins": configuration.get("rc_joins", {})
        | {
            "remote": {
                "per_second": options.rc_joins_remote_per_second,
                "burst_count": options.rc_joins_remote_burst_count,
            }
        },
        "media_retention": _media_retention(options),
        "delete_stale_devices_after": options.delete_stale_devices_after or None,
        "forgotten_room_retention_period": options.forgotten_room_retention_period or None,
        "serve_server_wellknown": options.serve_server_wellknown,
        "enable_metrics": metrics,
        "listeners": _listeners(configuration["listeners"], metrics=metrics),
    }
    if configuration["database"]["name"] == "psycopg2":
        settings["database"] = configuration["database"] | {"allow_unsafe_locale": options.allow_unsafe_locale}
    configuration |= settings
    chosen = {key: value for key, value in configuration.items() if value is not None}
    return "# Written by the charm: what is changed here by hand is lost.\n" + yaml.safe_dump(chosen, sort_keys=False)


def _limit_remote_rooms(complexity: float) -> dict[str, Any] | None:
    return {"enabled": True, "complexity": complexity} if complexity else None


def _media_retention(options: Options) -> dict[str, str] | None:
    lifetimes = {
        "local_media_lifetime": options.media_retention_local,
        "remote_media_lifetime": options.media_retention_remote,
    }
    return {key: lifetime for key, lifetime in lifetimes.items() if lifetime} or None


def _listeners(base: list[dict[str, Any]], *, metrics: bool) -> list[dict[str, Any]]:
    others = [listener for listener in base if listener["type"] != "metrics"]
    ours = [{"port": METRICS_PORT, "type": "metrics", "bind_addresses": base[0]["bind_addresses"]}]
    return others + (ours if metrics else [])
