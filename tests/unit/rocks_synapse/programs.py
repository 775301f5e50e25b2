"""The programs of rocks/synapse as modules, and where their files are."""

import importlib.machinery
import importlib.util
import pathlib
import socket
import sys

ROCK = pathlib.Path(__file__).resolve().parents[3] / "rocks" / "synapse"
FILES = ROCK / "files"

START = FILES / "start.py"
EXPORTER = FILES / "usr/local/bin/synapse-stats-exporter"
RUN_CRON = FILES / "usr/local/bin/run_cron.py"
WEEKLY = FILES / "etc/cron.weekly/remove-empty-media-folders"


def load(path):
    sys.dont_write_bytecode = True
    name = path.name.replace("-", "_").removesuffix(".py")
    loader = importlib.machinery.SourceFileLoader(name, str(path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]
