#!/usr/bin/python3
"""Becomes cron, in the foreground, for the jobs in /etc/cron.weekly.

cron gives its jobs no environment, so this one's is written down for them first. It may hold passwords: only root reads it.
cron itself needs root, for it starts each job as the job's user.
"""

import json
import os
import pathlib
import sys
import tempfile

ENVIRONMENT = pathlib.Path("/var/local/cron/environment.json")
CRON = ["/usr/sbin/cron", "-f"]


def write_environment(path, environment):
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent)  # mode 0600
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(environment, file)
    os.replace(name, path)


def main():
    if os.geteuid() != 0:
        sys.exit("run_cron.py: cron needs root; without it empty media folders stay")
    write_environment(ENVIRONMENT, dict(os.environ))
    os.execv(CRON[0], CRON)


if __name__ == "__main__":
    main()
