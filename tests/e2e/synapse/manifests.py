"""The files of deploy/, with what a test has to change in them and nothing else."""

import re

from matrix import SERVER
from world import PROJECT


def _changed(text, old, new):
    """Every occurrence; that there is none means that the file says something else than this test believes."""
    changed = re.sub(old, lambda match: match.expand(new), text)
    assert changed != text, f"nothing like {old!r} in\n{text}"
    return changed


def _read(name):
    return (PROJECT / "deploy" / name).read_text()


def stand_alone(password=None, **environment):
    """pod.yaml; with a password, PostgreSQL is used as its comment says: by the variables that stand there."""
    text = _changed(_read("pod.yaml"), r"value: localhost\n", f"value: {SERVER}\n")
    if password:
        text = _changed(text, r"# (- \{name: )", r"\1")
        text = _changed(text, "…", password)
    more = "".join(f'        - {{name: {name}, value: "{value}"}}\n' for name, value in environment.items())
    return _changed(text, r'(value: "no"\n)', rf"\1{more}") if more else text


def unit():
    """pod-juju.yaml."""
    return _read("pod-juju.yaml")


def prometheus():
    """prometheus.yml, with a shorter interval."""
    return _changed(_read("prometheus.yml"), r"scrape_interval: \w+", "scrape_interval: 1s")
