"""homeserver.yaml: each option's trace in it."""

from typing import Any

import pytest
import yaml
from conftest import base
from test_options import options

import homeserver


def render(database: str = "sqlite3", *, public_baseurl: str = "", metrics: bool = False, **changes: Any) -> dict[str, Any]:
    text = homeserver.render(
        yaml.safe_dump(base(database)), options(**changes), public_baseurl=public_baseurl, metrics=metrics
    )
    assert text.startswith("# Written by the charm")
    return dict(yaml.safe_load(text))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, {"max_upload_size": "50M", "enable_registration": False, "password_config": {"enabled": True}}),
        ({"max_upload_size": "7M"}, {"max_upload_size": "7M"}),
        ({"enable_registration": True}, {"enable_registration": True, "registration_requires_token": True}),
        ({"enable_registration": False}, {"registration_requires_token": None}),
        ({"enable_password_config": False}, {"password_config": {"enabled": False}}),
        ({"enable_room_list_search": False}, {"enable_room_list_search": False}),
        ({"allow_public_rooms_over_federation": True}, {"allow_public_rooms_over_federation": True}),
        (
            {"federation_domain_whitelist": "a.example,b.example"},
            {"federation_domain_whitelist": ["a.example", "b.example"]},
        ),
        ({"federation_domain_whitelist": ""}, {"federation_domain_whitelist": None}),
        ({"trusted_key_servers": "a.example"}, {"trusted_key_servers": [{"server_name": "a.example"}]}),
        ({"trusted_key_servers": ""}, {"trusted_key_servers": []}),
        ({"ip_range_whitelist": "10.1.0.0/16"}, {"ip_range_whitelist": ["10.1.0.0/16"]}),
        ({"limit_remote_rooms_complexity": 1.5}, {"limit_remote_rooms": {"enabled": True, "complexity": 1.5}}),
        ({"limit_remote_rooms_complexity": 0.0}, {"limit_remote_rooms": None}),
        (
            {"rc_joins_remote_per_second": 0.5, "rc_joins_remote_burst_count": 3},
            {"rc_joins": {"local": {"per_second": 1}, "remote": {"per_second": 0.5, "burst_count": 3}}},
        ),
        ({"media_retention_remote": ""}, {"media_retention": None}),
        (
            {"media_retention_local": "1y", "media_retention_remote": "7d"},
            {"media_retention": {"local_media_lifetime": "1y", "remote_media_lifetime": "7d"}},
        ),
        ({"delete_stale_devices_after": "1y"}, {"delete_stale_devices_after": "1y"}),
        ({"forgotten_room_retention_period": "28d"}, {"forgotten_room_retention_period": "28d"}),
        ({"serve_server_wellknown": False}, {"serve_server_wellknown": False}),
        ({"public_baseurl": "https://m.example/"}, {"public_baseurl": "https://m.example/"}),
        ({"public_baseurl": ""}, {"public_baseurl": None}),
        ({"metrics": False}, {"enable_metrics": False, "listeners": base("")["listeners"]}),
    ],
)
def test_says(change: dict[str, Any], expected: dict[str, Any]) -> None:
    rendered = render(**change)
    assert {key: rendered.get(key) for key in expected} == expected


def test_keeps_what_the_launcher_rendered() -> None:
    assert render()["signing_key_path"] == "/data/example.com.signing.key"


def test_has_one_listener_for_metrics_if_something_scrapes() -> None:
    rendered = render(metrics=True)
    assert rendered["enable_metrics"] is True
    assert [listener for listener in rendered["listeners"] if listener["type"] == "metrics"] == [
        {"port": 9000, "type": "metrics", "bind_addresses": ["::"]}
    ]


@pytest.mark.parametrize("unsafe", [True, False])
def test_says_of_postgresql_only_whether_its_locale_matters(unsafe: bool) -> None:
    assert render("psycopg2", allow_unsafe_locale=unsafe)["database"]["allow_unsafe_locale"] is unsafe
    assert "allow_unsafe_locale" not in render("sqlite3", allow_unsafe_locale=unsafe)["database"]


def test_is_the_same_text_for_the_same_inputs() -> None:
    texts = {
        homeserver.render(yaml.safe_dump(base("sqlite3")), options(), public_baseurl="", metrics=True) for _ in range(2)
    }
    assert len(texts) == 1
