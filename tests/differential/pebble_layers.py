#!/usr/bin/env python3
"""Folders of layers, made at random from a seed, beside what the real Pebble says of each (`pebble enter plan`).

A folder has layers of good and bad names, folders within, links; the layers have objects whose fields are good or bad, written
in every style that YAML has: plain, quoted, literal, folded, in brackets, with tags, anchors, merges, comments; keys twice,
keys of nobody, nothing where something should be; some are damaged as texts. Layers merge and replace each other.

Both must refuse the same folders; what Pebble complains of must be among our errors, with the same object; what both take must
be the same plan. DIFFERENT holds what may differ; KNOWN.md tells why.

  pebble_layers.py [COUNT [SEED]]        (1200 folders of seed 1)

  ROCKBUILD_TEST_PEBBLE   the real program (scripts/peers builds one)
  LAYERS_VERDICT          ours: tests/tools/layers_verdict
  KEEP                    a folder where those that differ are left

Ends with 77 where there is no Pebble.
"""
import json
import math
import os
import random
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[2]

# ---- values, and how they are written ---------------------------------------------------------------------------------


class Raw(str):
    """A scalar that stands in the file as it is: plain, with a tag, …"""


class Pairs(list):
    """A map as its pairs, so that a key may come twice."""


def quoted(text):
    return json.dumps(text, ensure_ascii=True).replace("\\u007f", "\\x7f")


PLAIN = re.compile(r"[A-Za-z0-9/_.][A-Za-z0-9/_. @%+=-]*[A-Za-z0-9/_]|[A-Za-z0-9/]")


class Writer:
    def __init__(self, rng, wild):
        self.rng = rng
        self.wild = wild
        self.anchors = []

    def one_in(self, n):
        return self.rng.randrange(n) == 0

    def scalar(self, value, flow):
        """On one line."""
        if value is None:
            return self.rng.choice(["~", "null", "", "Null", "NULL"] if not flow else ["~", "null", "null", "~", ""])
        if isinstance(value, Raw):
            return str(value)
        if isinstance(value, bool):
            return "true" if value else "false"
        if isinstance(value, (int, float)):
            return str(value)
        style = self.rng.choice("pppsdd")
        if style == "p" and PLAIN.fullmatch(value) and not value.endswith(" "):
            return value
        if style == "s" and value.isprintable():
            return "'" + value.replace("'", "''") + "'"
        text = quoted(value)
        return "!!str " + text if self.wild and self.one_in(12) else text

    def comment(self):
        return self.rng.choice([" # a comment", "   #x", " #", ""]) if self.one_in(15) else ""

    def mark(self, text_of):
        """Perhaps with an anchor, perhaps an alias in its place."""
        if self.wild and self.anchors and self.one_in(25):
            return "*" + self.rng.choice(self.anchors)
        text = text_of()
        if self.wild and self.one_in(25):
            name = self.rng.choice("abcd") + str(self.rng.randrange(3))
            self.anchors.append(name)
            return f"&{name} {text}"
        return text

    def flow(self, value):
        if isinstance(value, Pairs):
            return self.mark(lambda: "{" + ", ".join(f"{self.key(k, True)}: {self.flow(v)}" for k, v in value) + "}")
        if isinstance(value, list):
            return self.mark(lambda: "[" + ", ".join(self.flow(v) for v in value) + "]")
        return self.mark(lambda: self.scalar(value, True))

    def key(self, key, flow=False):
        if isinstance(key, Raw):
            return str(key)
        return self.scalar(key, flow)

    def block_text(self, text, indent):
        """A literal or folded scalar: lines after the indicator."""
        style = self.rng.choice("||>")
        if style == ">" and ("\n" in text or text.startswith(" ")):
            style = "|"
        chomp = "" if text.endswith("\n") and not text.endswith("\n\n") else "-" if not text.endswith("\n") else "+"
        hint = str(self.rng.randrange(1, 4)) if text.startswith((" ", "\n")) or self.one_in(10) else ""
        inner = indent + (int(hint) if hint else self.rng.randrange(1, 4))
        lines = text.split("\n")
        if text.endswith("\n"):
            lines = lines[:-1]
        return [style + hint + chomp + self.comment()] + [(" " * inner + line) if line else "" for line in lines]

    def block(self, value, indent):
        """Lines below a key of a map that is indented so far; or one piece that follows on its line."""
        if isinstance(value, (Pairs, list)) and value and not self.one_in(4):
            step = self.rng.randrange(1, 5)
            lines = []
            if isinstance(value, Pairs):
                for key, item in value:
                    lines += self.pair(key, item, indent + step)
            else:
                at = indent + (step if self.one_in(2) else 0)
                for item in value:
                    lines.append(" " * at + "- " + self.flow(item) + self.comment())
            tag = self.rng.choice([" !!map", " !foo"]) if self.wild and isinstance(value, Pairs) and self.one_in(40) else ""
            if self.wild and self.one_in(12):
                name = self.rng.choice("abcd") + str(self.rng.randrange(3))
                self.anchors.append(name)
                tag += " &" + name
            return tag, lines
        if isinstance(value, str) and not isinstance(value, Raw) and value and self.one_in(8) and re.fullmatch(r"[ -~\n]*", value):
            first, *rest = self.block_text(value, indent)
            return " " + first, rest
        return " " + self.flow(value), []

    def pair(self, key, value, indent):
        after, lines = self.block(value, indent)
        head = " " * indent + self.key(key)
        if self.wild and self.one_in(60):
            head = " " * indent + "? " + self.key(key) + "\n" + " " * indent
        out = [head + ":" + after + (self.comment() if not lines else "")]
        if self.one_in(30):
            out.insert(0, " " * self.rng.randrange(0, indent + 2) + "# above")
        if self.one_in(60):
            out.insert(0, "")
        return out + lines

    def document(self, sections):
        if not sections:
            return self.rng.choice(["", "~\n", "# nothing\n", "---\n", "{}\n", "null\n", "\n\n"])
        if self.one_in(12):
            text = self.flow(sections) + "\n"
        else:
            text = ""
            for key, value in sections:
                if not self.wild or self.one_in(3):
                    self.anchors = []
                text += "\n".join(self.pair(key, value, 0)) + "\n"
        if self.one_in(20):
            text = self.rng.choice(["---\n", "%YAML 1.1\n---\n", "\ufeff", "# head\n", "--- # x\n"]) + text
        if self.one_in(30):
            text += self.rng.choice(["---\nservices: {x: 1}\n", "...\n", "...\n---\n{}\n", "---\n[[[\n", "# foot\n"])
        if self.one_in(40):
            text = text.replace("\n", "\r\n")
        return text


# ---- what layers may say ----------------------------------------------------------------------------------------------

SERVICES = ["web", "db", "a", "worker"]
CHECKS = ["up", "alive", "web"]
COMMANDS = [
    "/bin/web", "web --port 80", "web [ --port 80 ]", "web [ a", "web [ ]", "web [", "sh -c 'a b'", 'sh -c "a \\"b\\" $c"',
    "a 'b", 'a "b', "a \\", "a \\ b", "a # b", "# a", "a '# b'", "a#b", "[ a ]", "a ]", "a [ b ] c", "a [ [ b ] ]", "  ", "\t",
    "a [ b ] # c", "a # 'x\n b", "a '[' b", 'a "]"', "a [b]", "", "''", '""', "a 'b'\"c\"d", "é ü", "a\\'b", "a [ b # ]", "a\n[ b ]",
    "a 'it'\\''s'", '"a\\', "a \"\\\\\"", "[", "]", "' ' x", "a\\\n b",
]
GOOD_COMMANDS = [text for text in COMMANDS[:7] + ["a # b", "# a", "a '# b'", "a#b", "a '[' b", "  ", "a 'b'\"c\"d", "é ü"]]
TEXTS = ["x", "", "two words", "1", "1.50", "true", "null", "~", "yes", "0x10", "a: b", "a #b", "- a", "'", '"', "\\", " lead", "trail ",
         "two\nlines", "two\nlines\n", "\nx", " x\ny", "tab\tx", "é", "\u2028", "[a]", "{a}", "!x", "&a", "*a", "%a", "@a", "`a", "?a", "a?b",
         "|", ">", "-", "?", ":", "a:", "=", "<<", "2026-01-01", "1_000", ".5", "x\n\n\ny\n\n", "http://localhost:8080/?q=1", "\x07", "\x7f", "\u0085"]
DURATIONS = ["5s", "300ms", "1h2m3s", "1.5h", "2us", "2µs", "2μs", "10ns", ".5s", "1.s", "+5s", "-5s", "0", "0s", "-0", "5", "5.0", "x", "", "s",
             "1e3s", "9223372036854775807ns", "9223372036854775808ns", "-9223372036854775808ns", "2562047h47m16.854775807s",
             "2562047h47m16.854775808s", "0.0000000000000000001s", "1.99999999999999999999s", "5 s", "1h1h", "1d", "0.1.2s", "1s2", "0x1s", "00", "1_0s"]
INTS = [Raw(t) for t in ["0", "1", "7", "1000", "-1", "0x10", "0o17", "017", "08", "0b11", "1_000", "1.0", "1.5", "1e3", "1e30", "-1e30", ".5",
                         "9223372036854775807", "9223372036854775808", "-9223372036854775808", "18446744073709551616", "'5'", '"5"', "x", "true",
                         "+5", "1.", ".inf", "-.inf", ".nan", "!!int 5", '!!int "5"', "!!float 5", "!!str 5", "!!int x", "! 5", "!foo 5", "2026-01-01",
                         "1:30", "0x", "_1", "1__0", "[1]", "{a: 1}", "''", "99999", "65536"]]
FLOATS = [Raw(t) for t in ["1", "2", "2.5", "1.0", "0.5", "0", "-1", "1e3", ".5", "5.", "inf", "-inf", ".inf", "nan", ".nan", "0x2", "0x1p4", "1_0.5",
                           "1__0", "_1", "1_", "1_e3", "'3'", '"1.5"', "x", "true", "1e400", "1e-400", "+2", "infinity", "[1]", "!!float 2", "!!str 2", "1.0.0"]]
ODD = [None, Pairs(), [], ["a"], Pairs([("a", "b")]), Raw("!foo x"), Raw("!!int x"), Raw("!!null x"), Raw("!!null 5s"), Raw("! x"), Raw("!!bool yes"),
       Raw("true"), Raw("1"), Raw("2026-01-01"), Raw("*nowhere"), Raw("!!float 1"), Raw("!!timestamp 2026-01-01"), Raw("|"), Raw("!!str"), Raw("&x y")]
KNOWN_USERS = ["root", "bin", "nobody", "nosuch", "", "0"]


R = ("override", "replace")
C = ("command", "x")
#   one thing that is wrong, in a layer that is right otherwise: the section, the object's name, its fields
FLAWS = [("services", name, [R, C]) for name in ("pebble", "-a", "")] + [("services", "flawed", fields) for fields in (
    None, [C], [R], [("override", "merge")], [R, C, ("backoff-factor", Raw("0.9"))], [R, C, ("backoff-factor", Raw("-inf"))],
    [R, ("command", "a 'b")], [R, ("command", "a [ b ] c")], [R, C, ("on-success", "x")], [R, C, ("requires", ["nobody"])],
    [R, C, ("workload", "nobody")], [R, C, ("workload", "w0"), ("user", "root")], [R, C, ("workload", "w0"), ("group-id", Raw("0"))],
    [R, C, ("workload", "w0")], [R, C, ("before", ["web"]), ("after", ["web"])], [R, C, ("user", "nosuch")], [R, C, ("kill-delay", "1")])] + [
    ("checks", "", [R, ("tcp", Pairs([("port", Raw("1"))]))])] + [("checks", "flawed", fields) for fields in (
    None, [R], [("tcp", Pairs([("port", Raw("1"))]))], [R, ("level", "x"), ("tcp", Pairs([("port", Raw("1"))]))],
    [R, ("startup", "x"), ("tcp", Pairs([("port", Raw("1"))]))], [R, ("period", "0s"), ("tcp", Pairs([("port", Raw("1"))]))],
    [R, ("timeout", "0"), ("tcp", Pairs([("port", Raw("1"))]))], [R, ("http", Pairs())], [R, ("tcp", Pairs([("port", Raw("0"))]))],
    [R, ("period", "-1h"), ("tcp", Pairs([("port", Raw("1"))]))], [R, ("exec", Pairs([("command", "a \\")]))], [R, ("exec", Pairs())],
    [R, ("exec", Pairs([C, ("service-context", "nobody")]))], [R, ("exec", Pairs([C, ("user", "nosuch")]))],
    [R, ("exec", Pairs([C, ("user", "root"), ("group", "nosuch")]))], [R, ("exec", Pairs([C, ("user-id", Raw("54321"))]))],
    [R, ("exec", Pairs([C, ("user", "bin"), ("user-id", Raw("0"))]))], [R, ("exec", Pairs([C, ("group", "root")]))],
    [R, ("exec", Pairs([C, ("user-id", Raw("54321")), ("group", "root")]))],
    [R, ("exec", Pairs([C, ("user", "root"), ("group", "root"), ("group-id", Raw("7"))]))])] + [("log-targets", "flawed", fields) for fields in (
    None, [R], [R, ("type", "loki")], [R, ("type", "x"), ("location", "x")], [R, ("type", "loki"), ("location", "x"), ("services", ["-nobody"])],
    [R, ("type", "loki"), ("location", "x"), ("labels", Pairs([("pebble_a", "b")]))], [("type", "loki"), ("location", "x")])] + [
    ("workloads", "", [R])] + [("workloads", "flawed", fields) for fields in (
    None, [], [("override", "x")], [R, ("user", "nosuch")], [R, ("group", "root")], [R, ("user-id", Raw("54321"))],
    [R, ("user", "root"), ("group", "nosuch")], [R, ("user", "bin"), ("user-id", Raw("0"))])] + [
    ("pairing", None, [("mode", "x")]), ("pairing", None, [("mode", Raw("1"))]), ("sections", None, []), ("services", None, Raw("")), ("summary", None, Raw(""))]


class Maker:
    def __init__(self, rng):
        self.flaw = rng.choice(FLAWS) if rng.random() < 0.3 else None
        self.rng = rng
        self.bad = rng.choice([0, 0, 0, 3, 10, 25])  # in how many of a hundred fields something is wrong
        if self.flaw:
            self.bad = 0
        self.wild = rng.random() < 0.4

    def add_flaw(self, sections):
        where, name, fields = self.flaw
        value = Pairs(fields) if isinstance(fields, list) else fields
        if isinstance(value, list):
            self.rng.shuffle(value)
            if ("workload", "w0") in value:
                if "workloads" not in [key for key, _ in sections]:
                    sections.append(("workloads", Pairs()))
                dict(sections)["workloads"].append(("w0", Pairs([R])))
        found = [i for i, (key, _) in enumerate(sections) if key == where]
        if name is None:
            for i in found:
                del sections[i]
            sections.append((where, value))
        elif found:
            sections[found[0]][1].append((name, value))
        else:
            sections.append((where, Pairs([(name, value)])))

    def pick(self, good, bad):
        return self.rng.choice(bad) if self.rng.randrange(100) < self.bad else self.rng.choice(good)

    def odd(self, value):
        """Now and then a value of another type."""
        return self.rng.choice(ODD) if self.rng.randrange(400) < self.bad else value

    def text(self):
        return self.rng.choice(TEXTS)

    def names(self, good):
        return [self.rng.choice(good) for _ in range(self.rng.choice([0, 1, 1, 2, 3]))] + ([None] if self.rng.randrange(40) == 0 else [])

    def entries(self):
        keys = self.rng.sample(["A", "B", "PATH", "true", "1", "0x1", "a b", "", "é", "null", "pebble_x", "a?b", "<<"], self.rng.randrange(4))
        if self.rng.randrange(20) == 0:
            keys.append(Raw(self.rng.choice(["~", "null", "true", "1", "!!int 1", "!!int x", "[a]", "{a: b}", "!!null ~", "<<", "'<<'"])))
        return Pairs((k, self.odd(self.text() if self.rng.randrange(3) else Raw(self.rng.choice(["1", "1.50", "true", "null", "yes", "0x10"])))) for k in keys)

    def account(self, fields, likely=8):
        if self.rng.randrange(likely) == 0 or (self.bad == 0 and self.rng.randrange(likely) < 2):
            fields.append(("user", self.pick(["root"], KNOWN_USERS)))
        elif self.bad == 0:
            return
        if self.rng.randrange(likely) == 0:
            fields.append(("user-id", self.pick([Raw("0")], INTS + [Raw("1"), Raw("2"), Raw("54321")])))
        if fields and self.rng.randrange(likely) == 0:
            fields.append(("group", self.pick(["root"], ["root", "bin", "nosuch", ""])))
        if fields and self.rng.randrange(likely) == 0:
            fields.append(("group-id", self.pick([Raw("0")], INTS + [Raw("1"), Raw("54321")])))

    def policy(self):
        return ("override", self.pick(["replace", "replace", "merge"], ["", "Replace", "x", None, "merge "]))

    def finish(self, fields, kind):
        rng = self.rng
        if rng.randrange(100) < self.bad:
            fields.append((rng.choice(["comand", "Command", "user_id", "x", "", "startup ", "type"]), "x"))
        if fields and rng.randrange(200) < self.bad:
            fields.append(rng.choice(fields))
        if self.wild and rng.randrange(20) == 0:
            extra = Pairs([("summary", "m")] if kind == "service" else [])
            merges = [extra, [extra, extra], None, "x", [Pairs([("x", "y")])], Pairs([("override", "merge")]), Raw("*a0"), [Raw("*b1"), extra]]
            fields.append((Raw("<<"), rng.choice(merges[:2] if rng.randrange(4) else merges)))
        rng.shuffle(fields)
        return Pairs((key, self.odd(value)) for key, value in fields)

    def service(self):
        rng, fields = self.rng, []
        if rng.randrange(100) >= self.bad // 3:
            fields.append(self.policy())
        if rng.randrange(12) or self.bad < 5:
            fields.append(("command", self.pick(GOOD_COMMANDS, COMMANDS)))
        add = lambda name, value, n: fields.append((name, value())) if rng.randrange(n) == 0 else None
        add("summary", self.text, 5)
        add("description", self.text, 8)
        add("startup", lambda: self.pick(["enabled", "disabled"], ["", "yes", "Enabled", Raw("true")]), 2)
        for key in ("after", "before"):
            add(key, lambda: self.names(SERVICES + ["nobody"]), 6 if self.bad else 16)
        add("requires", lambda: self.names(SERVICES[:2] if self.bad < 10 else SERVICES + ["nobody"]), 8)
        add("environment", self.entries, 4)
        self.account(fields, 12)
        add("workload", lambda: self.pick(["w", ""] if self.bad else [""], ["w", "nobody"]), 12)
        add("working-dir", self.text, 8)
        add("on-success", lambda: self.pick(["restart", "shutdown", "failure-shutdown", "ignore"], ["", "success-shutdown", "x"]), 6)
        add("on-failure", lambda: self.pick(["restart", "shutdown", "success-shutdown", "ignore"], ["", "failure-shutdown", "x"]), 6)
        add("on-check-failure", lambda: Pairs((c, self.pick(["restart", "shutdown", "success-shutdown", "ignore"], ["", "x", None])) for c in rng.sample(CHECKS + ["gone"], rng.randrange(3))), 8)
        for key in ("backoff-delay", "backoff-limit", "kill-delay"):
            add(key, lambda: self.pick(["5s", "1m30s", "0", "300ms"], DURATIONS), 7)
        add("backoff-factor", lambda: self.pick(FLOATS[:4], FLOATS), 8)
        return self.finish(fields, "service")

    def check(self):
        rng, fields = self.rng, []
        if rng.randrange(100) >= self.bad // 3:
            fields.append(self.policy())
        add = lambda name, value, n: fields.append((name, value())) if rng.randrange(n) == 0 else None
        add("level", lambda: self.pick(["alive", "ready", ""], ["x", "Alive"]), 4)
        add("startup", lambda: self.pick(["enabled", "disabled", ""], ["x", Raw("true")]), 5)
        add("period", lambda: self.pick(["5s", "1m30s", "1h"], DURATIONS), 4)
        add("timeout", lambda: self.pick(["5s", "300ms", "-1s"], DURATIONS), 5)
        add("threshold", lambda: self.pick([Raw("1"), Raw("5"), Raw("0"), Raw("-1")], INTS), 4)
        kinds = rng.sample(["http", "tcp", "exec"], rng.choice([1] * 12 + ([0, 2, 2] if self.bad else [])))
        if "http" in kinds:
            http = [("url", self.pick(["http://localhost:8080/", "https://x", "localhost"], TEXTS + ["", None]))] if rng.randrange(12) or not self.bad else []
            if rng.randrange(4) == 0:
                http.append(("headers", self.entries()))
            fields.append(("http", self.finish(http, "http")))
        if "tcp" in kinds:
            tcp = [("port", self.pick([Raw("80"), Raw("8080"), Raw("99999"), Raw("-1")], INTS))] if rng.randrange(12) or not self.bad else []
            if rng.randrange(4) == 0:
                tcp.append(("host", self.text()))
            fields.append(("tcp", self.finish(tcp, "tcp")))
        if "exec" in kinds:
            run = [("command", self.pick(["/bin/check", "[ -f /x ]", "a ]", "true"], COMMANDS))] if rng.randrange(12) or not self.bad else []
            if rng.randrange(6) == 0:
                run.append(("service-context", self.pick(SERVICES[:2] + [""], ["nobody"])))
            if rng.randrange(4) == 0:
                run.append(("environment", self.entries()))
            self.account(run, 9)
            if rng.randrange(8) == 0:
                run.append(("working-dir", self.text()))
            fields.append(("exec", self.finish(run, "exec")))
        return self.finish(fields, "check")

    def log_target(self):
        rng, fields = self.rng, []
        if rng.randrange(100) >= self.bad // 3:
            fields.append(self.policy())
        if rng.randrange(20) or not self.bad:
            fields.append(("type", self.pick(["loki", "opentelemetry", "syslog"], ["", "x", "Loki"])))
        if rng.randrange(20) or not self.bad:
            fields.append(("location", self.pick(["http://x:3100/", "tcp://x:1"], TEXTS)))
        if rng.randrange(4):
            fields.append(("services", self.names(["all", "-all", "web", "-db"] + (["nobody", "-", "--all", "", "ALL"] if self.bad else []))))
        if rng.randrange(3) == 0:
            fields.append(("labels", self.entries()))
        return self.finish(fields, "log target")

    def workload(self):
        fields = [self.policy()] if self.rng.randrange(100) >= self.bad // 3 else []
        if self.rng.randrange(3) == 0:
            fields.append(("environment", self.entries()))
        self.account(fields, 4)
        return self.finish(fields, "workload")

    def objects(self, names, one):
        chosen = self.rng.sample(names, self.rng.randrange(1, min(4, len(names) + 1)))
        pairs = Pairs((name, self.odd(one())) for name in chosen)
        if pairs and self.rng.randrange(300) < self.bad:
            pairs.append(pairs[0])
        return pairs

    def sections(self, first):
        rng, sections = self.rng, []
        odd_names = self.rng.randrange(200) < self.bad
        services = SERVICES + (["pebble", "-a", "", "all", "none", "default", "a b", Raw("1"), Raw("true"), Raw("~"), "web"] if odd_names else [])
        if first or rng.randrange(4):
            sections.append(("services", self.objects(services if odd_names else (SERVICES if not first else SERVICES), self.service)))
        if first and self.bad < 10:  # so that names lead somewhere
            have = {k for k, _ in sections[0][1]}
            for name in SERVICES[:2]:
                if name not in have:
                    sections[0][1].append((name, Pairs([("override", "replace"), ("command", "x")])))
        if rng.randrange(2):
            sections.append(("checks", self.objects(CHECKS + ([""] if odd_names else []), self.check)))
        if rng.randrange(4) == 0:
            sections.append(("log-targets", self.objects(["t", "u"] + ([""] if odd_names else []), self.log_target)))
        if rng.randrange(5) == 0:
            sections.append(("workloads", self.objects(["w", "v"] + ([""] if odd_names else []), self.workload)))
        if rng.randrange(8) == 0:
            sections.append(("pairing", self.rng.choice([Pairs([("mode", self.pick(["disabled", "single", "multiple", ""], ["x", Raw("1"), ["single"], None]))]), Pairs(), None, "x", []] if rng.randrange(3) == 0 else [Pairs([("mode", "single")])])))
        if rng.randrange(4) == 0:
            sections.append(("summary", self.odd(self.text())))
        if rng.randrange(8) == 0:
            sections.append(("description", self.odd(self.text())))
        if rng.randrange(300) < self.bad:
            sections.append((rng.choice(["service", "check", "", "log_targets", "x", "checks", "summary", "workloads", Raw("~"), Raw("1"), Raw("<<")]), rng.choice([None, "x", Pairs()])))
        if sections and rng.randrange(600) < self.bad:
            sections.append(rng.choice(sections))
        if rng.randrange(150) < self.bad:
            i = rng.randrange(len(sections)) if sections else 0
            if sections:
                sections[i] = (sections[i][0], rng.choice([Raw(""), *ODD]))
        rng.shuffle(sections)
        if first and self.flaw:
            self.add_flaw(sections)
        return Pairs(sections)

    def damaged(self, text):
        """One or two characters or lines of the text changed."""
        rng = self.rng
        for _ in range(rng.choice([1, 1, 2])):
            lines = text.split("\n")
            at = rng.randrange(len(lines))
            what = rng.randrange(6)
            if what == 0:
                del lines[at]
            elif what == 1:
                lines.insert(at, lines[rng.randrange(len(lines))])
            elif what == 2:
                lines[at] = " " * rng.randrange(1, 3) + lines[at]
            elif what == 3:
                lines[at] = lines[at][rng.randrange(1, 3):]
            else:
                place = rng.randrange(len(lines[at]) + 1)
                mark = rng.choice(list("'\":,[]{}#&*!|>-? \t%@`x") + ["\\", "\x01", "\u00a0", ": ", " #"])
                cut = rng.randrange(2)
                lines[at] = lines[at][:place] + mark + lines[at][place + cut:]
            text = "\n".join(lines)
        return text

    def layer(self, first):
        text = Writer(self.rng, self.wild).document(self.sections(first))
        if self.rng.randrange(100) < self.bad // 3:
            text = self.damaged(text)
        return text.encode("utf-8", "surrogatepass")


GOOD_LABELS = ["abc", "rockcraft-web", "a1b", "a-b-c", "x2-y", "pebblex", "web-layer"]
BAD_NAMES = ["001-ab.yaml", "001-a-b.yaml", "001-a_b_c.yaml", "001-Abc.yaml", "001-a--bc.yaml", "001-abc-.yaml", "1-abc.yaml", "0001-abc.yaml",
             "001_abc.yaml", "abc.yaml", ".yaml", ".d", "001-abc.yaml.d", "001-1bc.yaml", "001-.yaml", "001-é-abc.yaml", "001-abc .yaml", "sub.d",
             "001-abc.d.yaml"]
IGNORED = ["001-abc.yml", "README", "001-abc.yaml~", "001-abc.yaml.bak", ".hidden", "001-abc", "002-x.YAML", "x.txt", "003-abc.json"]


def folder(rng):
    """What lies in a layers folder: {path: bytes, None for a folder, or a str for a link}."""
    maker = Maker(rng)
    entries = {}
    naming = rng.random() < 0.25
    numbers = sorted(rng.sample(range(0, 999), 6))
    labels = rng.sample(GOOD_LABELS, 6)
    for i in range(rng.choice([1, 1, 1, 2, 2, 3])):
        name = f"{numbers[i]:03}-{labels[i]}"
        small = naming and rng.randrange(2)
        text = lambda first=(i == 0): (b"services: {web: {override: merge, command: x, after: [a]}}\n" if small else maker.layer(first))
        if rng.randrange(6) == 0:
            folder_name = name + rng.choice([".d", ".d", ".d", ".yaml"])
            entries[folder_name] = None
            for j in range(rng.randrange(3)):
                entries[f"{folder_name}/{rng.randrange(3) if naming else j:03}-{rng.choice(GOOD_LABELS) if naming else GOOD_LABELS[j]}.yaml"] = text()
            if naming and rng.randrange(3) == 0:
                entries[f"{folder_name}/{rng.choice(['001-abc.d', 'sub', 'sub.d', '002-abc.yaml', 'x.yml', '001-ab.yaml', '001-pebble-a.yaml'])}"] = rng.choice([None, b""])
        else:
            entries[name + rng.choice([".yaml"] * 8 + [".d"])] = text()
    if naming:
        for _ in range(rng.randrange(3)):
            entries[rng.choice(IGNORED)] = rng.choice([b"[", None, "nowhere"])
        what = rng.randrange(10)
        if what < 3:
            entries[rng.choice(BAD_NAMES)] = rng.choice([b"", b"", None])
        elif what == 3:
            entries[f"{numbers[0]:03}-{labels[5]}{rng.choice(['.yaml', '.d'])}"] = rng.choice([b"", None])
        elif what == 4:
            entries[f"{numbers[5]:03}-{labels[0]}{rng.choice(['.yaml', '.d'])}"] = rng.choice([b"", None])
        elif what == 5:
            entries[f"{numbers[5]:03}-{labels[5]}{rng.choice(['.yaml', '.d'])}"] = rng.choice(["nowhere", "../elsewhere.yaml", "../elsewhere", f"{numbers[5]:03}-{labels[5]}.yaml"])
        elif what == 6:
            entries[f"{numbers[5]:03}-pebble-abc{rng.choice(['.yaml', '.d'])}"] = rng.choice([b"", None])
    return entries


# The classes of error that chance meets seldom: these come first, whatever the seed.
SELDOM = [
    {"001-abc.d": None, "001-abc.d/001-def.d": None},
    {"001-abc.yaml": b"workloads: {w: {environment: {A: b}}}\n"},
]


def write(base, entries):
    (base / "layers").mkdir(parents=True)
    (base / "elsewhere").mkdir()
    (base / "elsewhere" / "001-abc.yaml").write_text("services: {far: {override: replace, command: far}}\n")
    (base / "elsewhere.yaml").write_text("services: {far: {override: replace, command: far}}\n")
    for name, what in entries.items():
        path = base / "layers" / name
        if path.exists() or path.is_symlink() or not path.parent.is_dir():
            continue
        if what is None:
            path.mkdir()
        elif isinstance(what, str):
            path.symlink_to(what)
        else:
            path.write_bytes(what)


# ---- what Pebble says, in our codes -----------------------------------------------------------------------------------

YAML = {"RB0300", "RB0301", "RB0302"}
FORM = {"RB0310", "RB0313", "RB0301", "RB0302", "RB0300"}
SECTIONS = {"service": "services", "check": "checks", "log target": "log-targets", "workload": "workloads"}
#   what its text has                                     our codes              the object, from the text's groups
CLASSES = [
    (r'invalid layer (?:filename|sub-directory name): "(.*?)" \(must', {"RB0602"}, "layers.{0}"),
    (r'invalid layer filename: "(.*?)" not unique', {"RB0603"}, "layers.{0}"),
    (r"cannot have a layers sub-directory at this level", {"RB0604"}, None),
    (r"(?:stat|open|read) .*/layers/(?:.*/)?([^/]*): ", {"RB0606"}, "layers.{0}"),
    (r"cannot use reserved label prefix", {"RB0602"}, None),
    (r"unknown section", {"RB0310"}, None),
    (r'invalid duration "|duration must be a YAML string', {"RB0610"}, None),
    (r'invalid floating-point number|value must be a YAML number', {"RB0313"}, None),
    (r"cannot parse layer .*: EOF|cannot parse the .*: EOF", {"RB0313"}, None),
    (r"yaml: unmarshal errors:", FORM, None),
    (r"yaml: unknown anchor|yaml: map merge requires|value contains itself|cannot decode !!|yaml: ", YAML | {"RB0313", "RB0610"}, None),
    (r"cannot use empty string as service name|reserved service name|starting with \"-\" not allowed", {"RB0613"}, None),
    (r"cannot use empty string as check name", {"RB0613"}, "checks."),
    (r'(service|check|log target) object cannot be null for (?:service|check|log target) "(.*)"', {"RB0313"}, "{0}.{1}"),
    (r'plan service "(.*?)" command invalid', {"RB0611"}, "services.{0}"),
    (r'plan service "(.*?)" (?:on-success|on-failure|on-check-failure) action', {"RB0314"}, "services.{0}"),
    (r'plan service "(.*?)" backoff-factor', {"RB0314"}, "services.{0}"),
    (r'plan check "(.*?)" (?:level|startup)', {"RB0314"}, "checks.{0}"),
    (r'plan check "(.*?)" (?:period|timeout) must not be zero', {"RB0610"}, "checks.{0}"),
    (r'plan check "(.*?)" command invalid', {"RB0611"}, "checks.{0}"),
    (r'plan check "(.*?)" has invalid user/group: must specify user', {"RB0614"}, "checks.{0}"),
    (r'plan check "(.*?)" has invalid user/group', {"RB0609"}, "checks.{0}"),
    (r'log target "(.*?)": label ".*" uses reserved prefix', {"RB0613"}, "log-targets.{0}"),
    (r'log target "(.*?)" has unsupported type', {"RB0314"}, "log-targets.{0}"),
    (r'must define "override" for (service|check|log target) "(.*)"', {"RB0312"}, "{0}.{1}"),
    (r'has invalid "override" value for (service|check|log target) "(.*)"', {"RB0314"}, "{0}.{1}"),
    (r'(workload) "(.*?)": must define an "override" policy', {"RB0312"}, "{0}.{1}"),
    (r'(workload) "(.*?)": has an invalid "override" policy', {"RB0314"}, "{0}.{1}"),
    (r'plan must define "command" for (service) "(.*)"', {"RB0615"}, "{0}.{1}"),
    (r'plan must specify one of .* for (check) "(.*)"', {"RB0615"}, "{0}.{1}"),
    (r'plan must set ".*" for .* (check) "(.*)"', {"RB0615"}, "{0}.{1}"),
    (r'plan check "(.*?)" service context specifies', {"RB0612"}, "checks.{0}"),
    (r'plan must define "(?:type|location)".* for (log target) "(.*)"', {"RB0615"}, "{0}.{1}"),
    (r'(log target) "(.*?)" specifies unknown service', {"RB0612"}, "{0}.{1}"),
    (r"services in before/after loop", {"RB0612"}, None),
    (r'service ".*" does not exist', {"RB0612"}, None),
    (r'workload ".*": not defined for (service) "(.*)"', {"RB0612"}, "{0}.{1}"),
    (r'plan service "(.*?)" cannot have (?:user|group) information and a workload', {"RB0616"}, "services.{0}"),
    (r'(workload) "(.*?)": cannot have an empty name', {"RB0613"}, "{0}.{1}"),
    (r'(workload) "(.*?)": cannot have a null value', {"RB0313"}, "{0}.{1}"),
    (r'(workload) "(.*?)": must specify user', {"RB0614"}, "{0}.{1}"),
    (r'(workload) "(.*?)": (?:user|group)', {"RB0609"}, "{0}.{1}"),
    (r"invalid pairing mode", {"RB0314"}, "pairing"),
]


def class_of(text):
    """(codes, object or None) of a text of Pebble's; None for one that the table lacks."""
    for pattern, codes, where in CLASSES:
        match = re.search(pattern, text, re.S)
        if match:
            groups = [SECTIONS.get(group, group) for group in match.groups()]
            return codes, where.format(*groups) if where else None
    return None


# ---- comparing --------------------------------------------------------------------------------------------------------


def strings(value):
    """A plan with every scalar as a text, without what is empty."""
    if isinstance(value, dict):
        return {str(k): strings(v) for k, v in value.items() if v not in ("", [], {}, None) or isinstance(v, bool)}
    if isinstance(value, list):
        return [strings(item) for item in value]
    # Pebble writes sections and plans with an emitter that loses or adds empty lines (KNOWN.md).
    return "" if value is None else re.sub("\n+", "\n", str(value).strip("\n"))


def same_factor(ours, theirs):
    for name, service in (ours.get("services") or {}).items():
        other = (theirs.get("services") or {}).get(name, {})
        if "backoff-factor" in service and "backoff-factor" in other:
            a, b = (float(text.replace(".nan", "nan").replace(".inf", "inf")) for text in (service["backoff-factor"], other["backoff-factor"]))
            if a == b or (math.isnan(a) and math.isnan(b)):
                service["backoff-factor"] = other["backoff-factor"]


def ask_pebble(program, base):
    done = subprocess.run([program, "enter", "plan"], env={"PEBBLE": str(base), "PATH": "/usr/bin:/bin", "HOME": str(base)},
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    return done.returncode, done.stdout.decode("utf-8", "replace"), done.stderr.decode("utf-8", "replace")


def difference(ours, code, plan, error, unreadable):
    """What is not the same; None if nothing."""
    if "failed" in ours:
        return f"ours failed: {ours['failed']}"
    errors = [item for item in ours["said"] if item["severity"] == "error"]
    refused = [item for item in errors if item["code"] != "RB0605"]
    crashes = len(errors) > len(refused)
    if code == 2:  # a panic: it was loaded
        return None if crashes and not refused else f"Pebble crashed: {error[:200]}"
    if code == 1 and not refused:
        return f"Pebble refuses: {error}"
    if code == 0 and refused:
        return f"Pebble takes it; ours: {refused[0]}"
    if code == 0:
        try:
            theirs = strings(yaml.load(plan, Loader=yaml.BaseLoader) or {})
        except yaml.YAMLError:
            unreadable.append(plan)
            return None
        mine = strings(ours["plan"])
        same_factor(mine, theirs)
        return None if mine == theirs else f"plans differ:\n  ours   {json.dumps(mine, sort_keys=True)}\n  theirs {json.dumps(theirs, sort_keys=True)}"
    found = class_of(error)
    if found is None:
        return f"an error of no class: {error}"
    codes, where = found
    if not any(item["code"] in codes and (where is None or item["object"] == where) for item in refused):
        return f"Pebble's error is not among ours: {error}\n  wanted {codes} of {where}; ours: {[(i['code'], i['object'], i['message']) for i in refused]}"
    return None


def pebble_program():
    given = os.environ.get("ROCKBUILD_TEST_PEBBLE") or str(ROOT / "build/peers/pebble")
    if not os.access(given, os.X_OK):
        print("NOT TRIED: ROCKBUILD_TEST_PEBBLE names no Pebble, and build/peers has none (scripts/peers)", file=sys.stderr)
        sys.exit(77)
    return given


ENOUGH = 1200  # folders, among which each class of error has been


def main():
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 1200
    seed = int(sys.argv[2]) if len(sys.argv) > 2 else 1
    pebble, verdict = pebble_program(), os.environ["LAYERS_VERDICT"]
    base = Path(tempfile.mkdtemp(prefix="pebble-layers-"))
    print(f"{count} folders of seed {seed}")
    tally = {"taken": 0, "refused": 0, "crashed": 0}
    classes, unreadable, different = {}, [], []
    try:
        bases = []
        for i in range(count):
            bases.append(base / str(i))
            write(bases[-1], SELDOM[i] if i < len(SELDOM) else folder(random.Random(f"{seed}:{i}")))
        ours = subprocess.run([verdict], input="".join(f"{b}\n" for b in bases), stdout=subprocess.PIPE, text=True, check=True).stdout.strip("\n").split("\n")
        with ThreadPoolExecutor(os.cpu_count() * 2) as pool:
            theirs = list(pool.map(lambda b: ask_pebble(pebble, b), bases))
        for i, (mine, (code, plan, error)) in enumerate(zip(ours, theirs, strict=True)):
            tally[{0: "taken", 1: "refused", 2: "crashed"}[code]] += 1
            error = error.replace("cannot run daemon: cannot load plan: ", "").strip()
            wrong = difference(json.loads(mine), code, plan, error, unreadable)
            if code == 1 and class_of(error):
                pattern = next(p for p, _, _ in CLASSES if re.search(p, error, re.S))
                classes[pattern] = classes.get(pattern, 0) + 1
            if wrong:
                different.append(i)
                print(f"---- {seed}:{i}: {wrong}", file=sys.stderr)
                for path in sorted((bases[i] / "layers").rglob("*")):
                    print(f"  {path.relative_to(bases[i])}: {path.read_bytes() if path.is_file() else 'a folder' if path.is_dir() else 'a link'}", file=sys.stderr)
                if os.environ.get("KEEP"):
                    shutil.copytree(bases[i], Path(os.environ["KEEP"]) / f"{seed}-{i}", symlinks=True, dirs_exist_ok=True)
    finally:
        shutil.rmtree(base)
    print(f"{tally}, {len(classes)} of {len(CLASSES)} classes of error, {len(unreadable)} plans that Pebble prints unreadably, {len(different)} different")
    if os.environ.get("SHOW_CLASSES"):
        for pattern, _, _ in CLASSES:
            print(f"{classes.get(pattern, 0):6} {pattern}")
    never = [pattern for pattern, _, _ in CLASSES if pattern not in classes]
    if never and count >= ENOUGH:
        print(f"no folder had an error of these classes: {never}", file=sys.stderr)
        return 1
    return 1 if different else 0


if __name__ == "__main__":
    sys.exit(main())
