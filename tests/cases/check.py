#!/usr/bin/env python3
"""What `rockbuild check` says about each project file of the folder check/, and of the tables beside them.

check/NAME.yaml has one mistake, or a few; check/NAME.expected says what must be said of it, a line each, in the order
of the file (blank lines and lines that begin with '# ' are for readers):

    RB0314 3:7-3:12 'Hello'                       an error: code, begin and end of its place, a part of the message
    RB0313 8:5 'parts' must be a map              without an end: a list or a map in block style, whose end says little
    RB0313 8 'parts' must be a map                without a column: a value that isn't there
    W RB0317 4:10-4:14 '1.1'                      a warning
    RB0310 9:1-9:7 no key 'servce' ~ services     and the first suggestion that it must come with
    RB0301 9:1-9:5 'name' ^ 1:1                   and where one of its notes begins

An empty .expected: the file is good. Nothing else may be said but warnings that depend on the day or on how far this
program's builder has come (`passing`), and beside an error those that a service is never started or the entrypoint
isn't the usual one (`beside_errors`); both count only where their code is expected.

check/misspelt.tsv (context, wrong, right) and check/synonyms.tsv (context, word, part of the hint) become a file a row:
the wrong word put into a file that has nothing else wrong (check_contexts.py says where).

    ROCKBUILD=… check.py [--only NAME]… [--show]      --show prints all that is said, in the form of .expected
"""
import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from check_contexts import good_project, with_word

here = Path(__file__).resolve().parent / "check"
passing = {"RB0311", "RB1110"}
beside_errors = {"RB0319", "RB0633"}
least_negative = 250
patience = 20  # seconds for one file

LINE = re.compile(
    r"(?P<warning>W )?(?P<code>RB\d{4}) (?P<line>\d+)(?::(?P<column>\d+)(?:-(?P<end_line>\d+):(?P<end_column>\d+))?)?"
    r" (?P<fragment>.+?)(?: ~ (?P<suggestion>.+?))?(?: \^ (?P<note>\d+:\d+))?$"
)


@dataclass
class Wanted:
    """One line of an .expected file, or what a row of a table asks for."""

    text: str
    severity: str | None  # None: either
    code: str
    place: dict
    fragment: str
    suggestion: str | None = None
    note: str | None = None
    hint: str | None = None

    def lacks(self, said):
        """What of this is not so in one diagnostic of the program; empty if it is the one."""
        wrong = [name for name, value in self.place.items() if said[name] != value]
        wrong += [name for name in ("severity", "code") if said[name] != (getattr(self, name) or said[name])]
        if self.fragment not in said["message"]:
            wrong.append("message")
        if self.suggestion is not None and said["suggestions"][:1] != [self.suggestion]:
            wrong.append(f"suggestions {said['suggestions']}")
        if self.note is not None and self.note not in [f"{n['line']}:{n['column']}" for n in said["notes"]]:
            wrong.append("note")
        if self.hint is not None and self.hint not in " ".join([said.get("hint") or "", *said["suggestions"]]):
            wrong.append(f"hint {said.get('hint')!r}")
        return wrong


@dataclass
class Case:
    name: str
    path: Path
    wanted: list
    problems: list = field(default_factory=list)

    @property
    def negative(self):
        return any(item.severity == "error" for item in self.wanted)


def wanted_line(name, text):
    match = LINE.fullmatch(text)
    if not match:
        sys.exit(f"{name}.expected: this is no expected diagnostic: {text}")
    places = ("line", "column", "end_line", "end_column")
    return Wanted(
        text=text,
        severity="warning" if match["warning"] else "error",
        code=match["code"],
        place={key: int(match[key]) for key in places if match[key]},
        fragment=match["fragment"],
        suggestion=match["suggestion"],
        note=match["note"],
    )


def written_cases():
    for path in sorted(here.glob("*.yaml")):
        expected = path.with_suffix(".expected")
        if not expected.exists():
            sys.exit(f"{path.name} has no {expected.name} beside it")
        lines = expected.read_text("utf-8").splitlines()
        lines = [line for line in lines if line.strip() and not line.startswith("# ")]
        yield Case(path.stem, path, [wanted_line(path.stem, line) for line in lines])
    for path in here.glob("*.expected"):
        if not path.with_suffix(".yaml").exists():
            sys.exit(f"{path.name} has no file beside it")


def table(name, columns):
    for number, row in enumerate((here / name).read_text("utf-8").splitlines(), 1):
        if not row or row.startswith("# "):
            continue
        cells = row.split("\t")
        if len(cells) != columns:
            sys.exit(f"{name}:{number}: {columns} columns are wanted, not {len(cells)}")
        yield cells


def generated_case(folder, name, context, word, right, **more):
    text, place, found = with_word(context, word, right)
    path = folder / (re.sub(r"[^\w.-]", "_", name) + ".yaml")
    path.write_text(text, "utf-8")
    line, column = place
    place = {"line": line, "column": column, "end_line": line, "end_column": column + len(word)}
    shown = f"{found.code} {line}:{column}-{line}:{column + len(word)} '{word}'"
    shown += "".join(f", {key} {value}" for key, value in more.items())
    return Case(name, path, [Wanted(shown, found.severity, found.code, place, f"'{word}'", **more)])


def generated_cases(folder):
    for context, wrong, right in table("misspelt.tsv", 3):
        yield generated_case(folder, f"misspelt {context} {wrong}", context, wrong, right, suggestion=right)
    for context, word, hint in table("synonyms.tsv", 3):
        yield generated_case(folder, f"synonym {context} {word}", context, word, None, hint=hint)
    path = folder / "good.yaml"
    path.write_text(good_project(), "utf-8")
    yield Case("the generated files without their mistakes", path, [])


def shown(said):
    """A diagnostic as an .expected file would have it."""
    text = "W " if said["severity"] == "warning" else ""
    text += f"{said['code']} {said['line']}:{said['column']}-{said['end_line']}:{said['end_column']} {said['message']}"
    if said["suggestions"]:
        text += f" ~ {said['suggestions'][0]}"
    for note in said["notes"][:1]:
        text += f" ^ {note['line']}:{note['column']}"
    return text


def run(program, case, show):
    command = [program, "check", "--format", "json", str(case.path)]
    try:
        result = subprocess.run(command, capture_output=True, timeout=patience, check=False)
        report = json.loads(result.stdout)
    except subprocess.TimeoutExpired:
        case.problems.append(f"nothing was said in {patience} seconds")
        return case
    except ValueError:
        told = result.stderr.decode(errors="replace")[:500]
        case.problems.append(f"ended with {result.returncode} and no JSON: {told}")
        return case
    everything = report["diagnostics"]
    if show:
        print(f"== {case.name}", *(shown(item) for item in everything), sep="\n")
    unheard = passing | (beside_errors if any(item.severity != "warning" for item in case.wanted) else set())
    unheard -= {item.code for item in case.wanted}
    said = [item for item in everything if item["severity"] != "warning" or item["code"] not in unheard]
    left = list(said)
    missing = []
    for item in case.wanted:
        found = next((one for one in left if not item.lacks(one)), None)
        left.remove(found) if found else missing.append(item)
    for item in missing:
        # The one that was most likely meant, so that a wrong column is not told as two failures.
        near = min(left, key=lambda one: len(item.lacks(one)), default=None)
        if near and len(item.lacks(near)) <= 2:
            left.remove(near)
            case.problems.append(f"- {item.text}\n    + {shown(near)}   ({', '.join(item.lacks(near))})")
        else:
            case.problems.append(f"- {item.text}")
    case.problems += [f"+ {shown(item)}" for item in left]
    places = [(item["line"], item["column"]) for item in said]
    if places != sorted(places):
        case.problems.append("not in the order of the file")
    good = all(item.severity == "warning" for item in case.wanted)
    if any(item.severity is None for item in case.wanted):
        good = report["valid"]
    if not case.problems and (report["valid"] is not good or (result.returncode == 0) is not good):
        case.problems.append(f"\"valid\" is {report['valid']}, the exit code {result.returncode}")
    return case


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", action="append", default=[], metavar="NAME", help="a case, or how its name begins")
    parser.add_argument("--show", action="store_true", help="print all that is said")
    arguments = parser.parse_args()
    program = os.environ.get("ROCKBUILD") or sys.exit("set ROCKBUILD to the program")
    with tempfile.TemporaryDirectory(prefix="rockbuild-check-") as folder:
        cases = [*written_cases(), *generated_cases(Path(folder))]
        negative = sum(case.negative for case in cases if case.path.parent == here)
        if negative < least_negative:
            sys.exit(f"only {negative} files with a mistake: {least_negative} are wanted")
        if arguments.only:
            cases = [case for case in cases if any(case.name.startswith(name) for name in arguments.only)]
        with ThreadPoolExecutor(2) as pool:
            done = list(pool.map(lambda case: run(program, case, arguments.show), cases))
    failed = [case for case in done if case.problems]
    for case in failed:
        where = f"  ({case.path.relative_to(here.parent)})" if case.path.parent == here else ""
        print(f"{case.name}{where}", *case.problems, sep="\n  ")
    print(f"{len(done)} files, {negative} of them written with a mistake; {len(failed)} not as expected")
    return 1 if failed or not done else 0


if __name__ == "__main__":
    sys.exit(main())
