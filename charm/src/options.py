"""The charm's options, checked.

Juju knows only types. What else must hold is said here, in words that help whoever set the option: they become the unit's
status. The defaults are charmcraft.yaml's.
"""

import dataclasses
import ipaddress
import re

# RFC 3986's host, with the characters that Matrix allows, and a port.
_SERVER_NAME = r"(?=.{1,230}\Z)(\[[0-9A-Fa-f:.]{2,45}\]|[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?)(:[0-9]{1,5})?"
_SERVER = (_SERVER_NAME, "a server's name, such as example.com")
_DURATION = (r"([1-9][0-9]*[smhdwy])?", "a length of time, such as 28d")

_FORMS = {
    "server_name": _SERVER,
    "public_baseurl": (r"(https?://[^\s?#/]+(/[^\s?#]*)?)?", "a URL, such as https://matrix.example.com/"),
    "log_level": (r"DEBUG|INFO|WARNING|ERROR|CRITICAL", "one of DEBUG, INFO, WARNING, ERROR, CRITICAL"),
    "max_upload_size": (r"[1-9][0-9]*[KMG]?", "a size, such as 50M"),
    "media_retention_local": _DURATION,
    "media_retention_remote": _DURATION,
    "delete_stale_devices_after": _DURATION,
    "forgotten_room_retention_period": _DURATION,
}
_NUMBERS = ("limit_remote_rooms_complexity", "rc_joins_remote_per_second", "rc_joins_remote_burst_count")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Options:
    """The options of one event. A wrong one is a ValueError."""

    server_name: str = ""
    public_baseurl: str
    report_stats: bool
    log_level: str
    max_upload_size: str
    enable_registration: bool
    enable_password_config: bool
    enable_room_list_search: bool
    allow_public_rooms_over_federation: bool
    federation_domain_whitelist: str
    trusted_key_servers: str
    ip_range_whitelist: str
    limit_remote_rooms_complexity: float
    rc_joins_remote_per_second: float
    rc_joins_remote_burst_count: int
    media_retention_local: str
    media_retention_remote: str
    delete_stale_devices_after: str
    forgotten_room_retention_period: str
    serve_server_wellknown: bool
    allow_unsafe_locale: bool

    def __post_init__(self) -> None:
        if not self.server_name:
            raise ValueError("server_name is not set: it is part of every user's name, such as example.com")
        for name, (form, meaning) in _FORMS.items():
            _check(name, getattr(self, name), form, meaning)
        for name in ("federation_domain_whitelist", "trusted_key_servers"):
            for server in words(getattr(self, name)):
                _check(name, server, *_SERVER)
        for network in words(self.ip_range_whitelist):
            try:
                ipaddress.ip_network(network)
            except ValueError as error:
                raise ValueError(f"ip_range_whitelist: {error}") from None
        for name in _NUMBERS:
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: {getattr(self, name)} is below 0")


def _check(name: str, value: str, form: str, meaning: str) -> None:
    if not re.fullmatch(form, value):
        raise ValueError(f"{name}: {value!r} is not {meaning}")


def words(text: str) -> list[str]:
    """The parts of a text separated by commas."""
    return [word for part in text.split(",") if (word := part.strip())]
