"""What the benches share: whole commands measured, the best of their rounds, and the table of them; files and projects to
measure with.

A command runs as a grandchild that falls to us when the shell ends: started from here it would be charged with this program's
own memory, which Linux keeps in ru_maxrss over exec.
"""
import ctypes
import os
import shutil
import subprocess
import sys
import tempfile
import time

PR_SET_CHILD_SUBREAPER = 36


class Figures:
    """Seconds on the clock, CPU seconds of the command and of all it waited for, the largest of them in KiB, and bytes given to the
    file system to write."""

    def __init__(self, wall=0.0, cpu=0.0, memory=0, written=0):
        self.wall, self.cpu, self.memory, self.written = wall, cpu, memory, written

    def __add__(self, other):
        return Figures(self.wall + other.wall, self.cpu + other.cpu, max(self.memory, other.memory), self.written + other.written)


def measured(*command, **options):
    """The figures of a command, which must end well: without its words this bench means nothing."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    with tempfile.TemporaryFile() as errors:
        begin = time.monotonic()
        shell = subprocess.run(["sh", "-c", '"$@" >/dev/null & echo $!', "sh", *command], stdout=subprocess.PIPE, stderr=errors,
                               text=True, **options)
        pid = int(shell.stdout)
        os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
        wall = time.monotonic() - begin
        with open(f"/proc/{pid}/io", encoding="utf-8") as file:  # it is a zombie still, with its counters
            written = next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))
        _, status, usage = os.wait4(pid, 0)
        if status != 0:
            errors.seek(0)
            sys.exit(f"{' '.join(command)} ended with {os.waitstatus_to_exitcode(status)}:\n{errors.read().decode(errors='replace')}")
    return Figures(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss, written)


def best_of(rounds):
    return min(rounds, key=lambda figures: figures.wall)


def rockbuild():
    return os.path.abspath(shutil.which(os.environ.get("ROCKBUILD", "rockbuild")) or sys.exit("ROCKBUILD names no program"))


def round_count(usual):
    return int(os.environ.get("BENCH_ROUNDS", str(usual)))


def work_folder(name):
    return tempfile.TemporaryDirectory(dir=os.environ.get("TMPDIR") or "/dev/shm", prefix=name + "-")


def write(path, text):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)


def table(rows, against=None):
    """Rows of (name, Figures, what is to be said of it). `against`: the name of the row that the others are divided by."""
    base = next((figures for name, figures, _ in rows if name == against), None)
    print(f"  {'':48}{'wall s':>9}{'CPU s':>9}{'MiB':>7}" + (f"{'wall ×':>9}{'CPU ×':>9}" if base else ""))
    for name, figures, words in rows:
        ratios = f"{figures.wall / base.wall:9.2f}{figures.cpu / max(base.cpu, 1e-3):9.2f}" if base else ""
        print(f"  {name:48}{figures.wall:9.3f}{figures.cpu:9.3f}{figures.memory / 1024:7.0f}{ratios}  {words}".rstrip(), flush=True)
