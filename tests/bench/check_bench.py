#!/usr/bin/env python3
"""`rockbuild check` as a whole process: a usual file, one of 5,000 lines, and files that somebody might mean harm with.

Beside it, what upstream does with the same file at least: Python starts, PyYAML's SafeLoader reads, and craft-parts takes
every part (`craft_parts`), or a JSON Schema is applied (`jsonschema`, with the schema that `rockbuild schema` prints).
Upstream itself does more. Ratios are of medians; CPU is user and system time of one run, memory
the most at any time.

  ROCKBUILD             the program (default: rockbuild in PATH)
  BENCH_ROUNDS          20
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): the virtual environment of the peers
  TMPDIR                where the files lie (default: /dev/shm)

Without the package index the rows of the peers are left out.
"""
import json
import os
import shlex
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "../differential"))
from figures import rockbuild, work_folder
from virtual_environment import python_with

REQUIREMENTS = ("craft-parts==2.37.2", "PyYAML==6.0.3", "jsonschema==4.26.0")
ROUNDS = os.environ.get("BENCH_ROUNDS", "20")
PATIENCE = 120     # seconds for one hostile file

CRAFT_PARTS = """\
import sys, yaml, craft_parts
for part in yaml.safe_load(open(sys.argv[1]))["parts"].values():
    craft_parts.validate_part(part)
"""
SCHEMA = """\
import json, sys, yaml, jsonschema
jsonschema.Draft202012Validator(json.load(open(sys.argv[2]))).validate(yaml.safe_load(open(sys.argv[1])))
"""

HEAD = """\
name: hello
base: debian@12
version: "1.0"
summary: Says hello
description: |
  A server of files, with what it needs.
license: Apache-2.0
platforms:
  amd64:
  arm64:
environment:
  LANG: C.UTF-8
"""
SERVICES = """\
services:
  web:
    override: replace
    summary: the server
    command: /usr/sbin/nginx -g "daemon off;"
    startup: enabled
    environment:
      WORKERS: "2"
    on-failure: restart
checks:
  up:
    override: replace
    level: ready
    period: 5s
    http:
      url: http://localhost:8080/health
"""
PART = """\
  part-{0}:
    plugin: dump
    source: files/{0}
    stage-packages:
      - nginx-light
      - ca-certificates
    build-packages: [make]
    organize:
      "*": srv/{0}/
    override-build: |
      craftctl default
      install -d "$CRAFT_PART_INSTALL/srv/{0}"
      for file in a b c; do
          echo "{0} $file" >>"$CRAFT_PART_INSTALL/srv/{0}/list"
      done
    prime:
      - -usr/share/doc
      - -usr/share/man
"""


def project(parts, part=PART):
    return HEAD + SERVICES + "parts:\n" + "".join(part.format(number) for number in range(parts))


def lines(count):
    """A project of that many lines, nearly."""
    fixed = project(0).count("\n")
    return project((count - fixed) // PART.count("\n"))


def filled(key, text):
    return project(1).replace(key, text)


def hostile():
    """(what it is, the file), each for something that a reader may do once too often."""
    plain = project(1)
    bomb = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n" + "".join(f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]\n" for i in range(1, 12))
    merges = "a0: &a0 {x: y}\n" + "".join(f"a{i}: &a{i}\n  <<: [{', '.join([f'*a{i - 1}'] * 9)}]\n  k{i}: v\n" for i in range(1, 12))
    ring = "".join(f"  p{i}: {{plugin: nil, after: [p{(i + 1) % 20000}]}}\n" for i in range(20000))
    return [
        ("10 MB: a text of many lines", filled("  A server", "  words of a line\n" * 550_000 + "  A server")),
        ("10 MB: a text of one line", filled("Says hello", "x" * 10_000_000)),
        ("10 MB: 20,000 parts", project(20_000)),
        ("10 MB: 900,000 unknown keys", plain + "".join(f"k{i}: 1\n" for i in range(900_000))),
        ("10 MB: 900,000 times the same key", plain + "title: a title\n" * 660_000),
        ("10 MB: variables in a text", filled("  A server", "  $CRAFT_ARCH_BUILD_FOR ${CRAFT_X} $$\n" * 250_000 + "  A server")),
        ("10 MB: a quote that is never closed", plain + 'title: "' + "a" * 10_000_000 + "\n"),
        ("nesting of 10,000: lists", plain + "title: " + "[" * 10_000 + "]" * 10_000 + "\n"),
        ("nesting of 10,000: maps", plain + "title: " + "{a: " * 10_000 + "}" * 10_000 + "\n"),
        ("nesting of 10,000: dashes", plain + "title:\n  " + "- " * 10_000 + "x\n"),
        ("aliases that stand for 9^12 words", plain + bomb),
        ("merge keys that stand for as many", plain + merges),
        ("an alias in what it stands for", plain + "title: &a [*a]\n"),
        ("20,000 parts in a circle", HEAD + "parts:\n" + ring),
        ("a command of 100,000 brackets", filled('-g "daemon off;"', "[ " * 100_000)),
        ("bytes that are no UTF-8", plain.encode() + b"title: caf\xe9\n"),
        ("UTF-16", plain.encode("utf-16")),
        ("a NUL", filled("Says hello", "Says\0hello")),
        ("a tab as indentation", filled("    plugin", "\tplugin")),
        ("several documents", plain + "---\n" + plain),
        ("CRLF (good)", plain.replace("\n", "\r\n")),
        ("a byte order mark (good)", "\ufeff" + plain),
    ]


def write(path, text):
    with open(path, "wb") as file:
        file.write(text if isinstance(text, bytes) else text.encode())
    return path


def takes(command):
    """1 is a mistake of the file, which `check` tells; a peer that can't read it ends so too, with an exception."""
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    return done.returncode in (0, 1) and b"Traceback" not in done.stderr


def compare(name, path, programs, folder):
    """Rows of one file: every program that takes it, beside the first."""
    report = os.path.join(folder, "report.json")
    usable = [(label, command) for label, command in programs if takes(command)]
    subprocess.run(["hyperfine", "-N", "--style", "none", "--ignore-failure", "--warmup", "3", "--runs", ROUNDS, "--export-json", report,
                    *(shlex.join(command) for _, command in usable)], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    with open(report, encoding="utf-8") as file:
        results = json.load(file)["results"]
    with open(path, "rb") as file:
        text = file.read()
    print(f"{name}: {text.count(bytes([10])):,} lines, {len(text):,} bytes")
    for (label, _), result in zip(usable, results):
        ratio = result["median"] / results[0]["median"]
        print(f"  {label:<28}{result['median'] * 1000:9.1f} ms{result['user'] + result['system']:9.3f} CPU-s{ratio:9.1f} ×")
    for label in [label for label, command in programs if (label, command) not in usable]:
        print(f"  {label:<28}doesn't take the file")


def endure(rockbuild, what, path):
    """One row: how it ends, how long it takes, how much memory it has at most."""
    begin = time.monotonic()
    with open(path + ".said", "wb") as said:
        process = subprocess.Popen(["timeout", "--signal=KILL", str(PATIENCE), rockbuild, "check", path], stdout=subprocess.DEVNULL, stderr=said)
    _, status, usage = os.wait4(process.pid, 0)
    with open(path + ".said", "rb") as said:
        words = said.read(200).decode(errors="replace").splitlines()
    code = os.waitstatus_to_exitcode(status)
    end = {0: "good", 1: "told"}.get(code, f"ENDED WITH {code}")
    print(f"  {what:<38}{os.path.getsize(path) / 1e6:6.1f} MB{time.monotonic() - begin:8.2f} s{usage.ru_utime + usage.ru_stime:8.2f} CPU-s"
          f"{usage.ru_maxrss / 1024:7.0f} MiB  {end}: {words[0][:70] if words and code else ''}")


def main():
    program = rockbuild()
    python = python_with("check-bench", *REQUIREMENTS)
    with work_folder("check-bench") as folder:
        schema = os.path.join(folder, "schema.json")
        with open(schema, "wb") as file:
            subprocess.run([program, "schema"], stdout=file, stderr=subprocess.DEVNULL)
        parts = write(os.path.join(folder, "parts.py"), CRAFT_PARTS)
        validate = write(os.path.join(folder, "validate.py"), SCHEMA)
        slips = project(300, PART.replace("stage-packages", "stage-package"))
        for name, text in (("a usual file", project(2)), ("a file of 5,000 lines", lines(5000)), ("a slip in each of 300 parts", slips)):
            path = write(os.path.join(folder, "rockcraft.yaml"), text)
            programs = [("rockbuild check", [program, "check", "--format", "json", path])]
            if python and text is not slips:
                programs += [("PyYAML and craft_parts", [python, parts, path]), ("PyYAML and jsonschema", [python, validate, path, schema])]
            compare(name, path, programs, folder)
        print("hostile files:")
        # Made by another process: one that has held them would count in the memory of those that it starts.
        subprocess.run([sys.executable, os.path.abspath(__file__), "hostile", folder], check=True)
        with open(os.path.join(folder, "hostile"), encoding="utf-8") as file:
            for number, what in enumerate(file.read().splitlines()):
                endure(program, what, os.path.join(folder, f"{number}.yaml"))


def make_hostile(folder):
    names = []
    for number, (what, text) in enumerate(hostile()):
        write(os.path.join(folder, f"{number}.yaml"), text)
        names.append(what)
    write(os.path.join(folder, "hostile"), "\n".join(names))


if __name__ == "__main__":
    if sys.argv[1:2] == ["hostile"]:
        make_hostile(sys.argv[2])
    else:
        main()
