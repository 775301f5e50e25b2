#!/usr/bin/env python3
"""The long form of registry_kills.py: `registry serve` under 200 kills, with the time that it took.

  ROCKBUILD    the program (default: rockbuild in PATH)
  BENCH_KILLS  200
"""
import os
import shutil
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
KILLS = os.environ.get("BENCH_KILLS", "200")

rockbuild = shutil.which(os.environ.get("ROCKBUILD", "rockbuild")) or sys.exit("ROCKBUILD names no program")
begin = time.monotonic()
done = subprocess.run([sys.executable, os.path.join(HERE, "../differential/registry_kills.py"), KILLS],
                      env=dict(os.environ, ROCKBUILD=os.path.abspath(rockbuild)))
print(f"{KILLS} kills in {time.monotonic() - begin:.0f} s")
sys.exit(done.returncode)
