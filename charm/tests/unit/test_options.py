"""Options: what is refused, and in which words."""

from typing import Any

import pytest
import yaml
from conftest import CHARM, World

from options import Options, words

OPTIONS = yaml.safe_load((CHARM / "charmcraft.yaml").read_text())["config"]["options"]
DEFAULTS = {name: option["default"] for name, option in OPTIONS.items() if "default" in option}


def options(**changes: Any) -> Options:
    return Options(**(DEFAULTS | {"server_name": "example.com"} | changes))


@pytest.mark.parametrize(
    "change",
    [
        {"server_name": "matrix.example.com:8448"},
        {"server_name": "[2001:db8::1]:8448"},
        {"server_name": "10.0.0.1"},
        {"public_baseurl": "https://matrix.example.com/"},
        {"public_baseurl": "http://10.0.0.1:8080/model-synapse"},
        {"max_upload_size": "1048576"},
        {"media_retention_local": "2y"},
        {"federation_domain_whitelist": "a.example, b.example:8448"},
        {"trusted_key_servers": ""},
        {"ip_range_whitelist": "10.1.0.0/16, fd00::/8"},
        {"limit_remote_rooms_complexity": 0.5},
    ],
)
def test_is_accepted(change: dict[str, Any]) -> None:
    options(**change)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"server_name": ""}, "server_name is not set: it is part of every user's name, such as example.com"),
        ({"server_name": "https://example.com"}, "server_name: 'https://example.com' is not a server's name"),
        ({"server_name": "-a.example"}, "server_name: '-a.example' is not"),
        ({"server_name": "a" * 231}, "is not a server's name"),
        ({"server_name": "a\nb"}, "is not a server's name"),
        ({"public_baseurl": "example.com"}, "public_baseurl: 'example.com' is not a URL"),
        ({"public_baseurl": "https://a.example/?x=1"}, "is not a URL"),
        ({"log_level": "loud"}, "log_level: 'loud' is not one of DEBUG, INFO"),
        ({"max_upload_size": "50MB"}, "max_upload_size: '50MB' is not a size"),
        ({"max_upload_size": "1M; deny all"}, "max_upload_size: '1M; deny all' is not a size"),
        ({"max_upload_size": "0"}, "is not a size"),
        ({"media_retention_local": "28"}, "media_retention_local: '28' is not a length of time"),
        ({"media_retention_remote": "2 weeks"}, "media_retention_remote: '2 weeks' is not a length of time"),
        ({"delete_stale_devices_after": "x"}, "delete_stale_devices_after: 'x' is not"),
        ({"forgotten_room_retention_period": "x"}, "forgotten_room_retention_period: 'x' is not"),
        ({"federation_domain_whitelist": "a.example,b_c"}, "federation_domain_whitelist: 'b_c' is not a server's name"),
        ({"trusted_key_servers": "/"}, "trusted_key_servers: '/' is not a server's name"),
        ({"ip_range_whitelist": "10.1.0.1/16"}, "ip_range_whitelist: 10.1.0.1/16 has host bits set"),
        ({"limit_remote_rooms_complexity": -1.0}, "limit_remote_rooms_complexity: -1.0 is below 0"),
        ({"rc_joins_remote_per_second": -1.0}, "rc_joins_remote_per_second: -1.0 is below 0"),
        ({"rc_joins_remote_burst_count": -1}, "rc_joins_remote_burst_count: -1 is below 0"),
    ],
)
def test_is_refused(change: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match="^(?s:.*)" + message.replace("(", r"\(")):
        options(**change)


def test_each_option_of_charmcraft_yaml_is_a_field_and_each_field_an_option() -> None:
    assert set(OPTIONS) == set(Options.__dataclass_fields__)


def test_words() -> None:
    assert words(" a, b ,,c ") == ["a", "b", "c"]
    assert words("") == []


def test_a_refused_option_shows_and_touches_nothing(world: World) -> None:
    before = world.configured()
    homeserver = (world.data / "homeserver.yaml").read_bytes()
    after = world.run(
        world.context.on.config_changed(),
        world.state(config={"server_name": "example.com", "max_upload_size": "big"}, containers=before.containers),
    )
    assert after.unit_status.name == "blocked"
    assert after.unit_status.message == "max_upload_size: 'big' is not a size, such as 50M"
    assert (world.data / "homeserver.yaml").read_bytes() == homeserver
    assert {c.name: c.service_statuses for c in after.containers} == {c.name: c.service_statuses for c in before.containers}
