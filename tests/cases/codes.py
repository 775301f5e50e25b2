#!/usr/bin/env python3
"""Every error code that the program can raise has a page (rockbuild/explain/) and a case (a test that names it); and there
is no page of a code that nothing raises. Run it anywhere: it only reads the source tree."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
PAGES = ROOT / "rockbuild/explain"
SECTIONS = ("What", "Why", "Before", "After")
WIDEST = 82

# What no test can bring about, and why.
WITHOUT_CASE = {
    "RB0221": "no Tree can be made so: a guard before files are written as root",
    "RB1164": "needs a process that hangs within the kernel, which SIGKILL doesn't end",
    "RB1199": "a bug, which nobody puts in on purpose",
    "RB1211": "project/ refuses such a command first (RB0318): a guard",
}


def sources():
    for path in sorted(ROOT.rglob("*.[ch]pp")):
        top = path.relative_to(ROOT).parts[0]
        if top not in ("build", "tests", ".git"):
            yield path


def raised():
    """Codes in quotes, outside of comments and comparisons: where each stands first."""
    codes = {}
    for path in sources():
        for number, line in enumerate(path.read_text().splitlines(), 1):
            code_only = re.sub(r'(^|\s)//.*$', "", line)
            for code in re.findall(r'(?<![=!]= )"(RB\d{4})"', code_only):
                codes.setdefault(code, f"{path.relative_to(ROOT)}:{number}")
    return codes


def tested():
    codes = set()
    for path in TESTS.rglob("*"):
        if path.is_file() and path != pathlib.Path(__file__).resolve() and "__pycache__" not in path.parts:
            codes.update(re.findall(r"RB\d{4}", path.read_text(errors="replace")))
    return codes


def faults_of_page(path):
    text = path.read_text()
    lines = text.splitlines()
    if not lines or not re.fullmatch(rf"# {path.stem}: \S.*", lines[0]):
        yield f"its first line isn't '# {path.stem}: title'"
    headings = tuple(line[3:] for line in lines if line.startswith("## "))
    if headings != SECTIONS:
        yield f"its sections are {', '.join(headings) or 'none'}, not {', '.join(SECTIONS)}"
    for section in re.split(r"^## ", text, flags=re.M)[1:]:
        name, _, body = section.partition("\n")
        if not body.strip():
            yield f"'{name}' is empty"
        if name in ("Before", "After") and any(line and not line.startswith("    ") for line in body.splitlines()):
            yield f"'{name}' is more than an indented example"
    for number, line in enumerate(lines, 1):
        if len(line) > WIDEST:
            yield f"line {number} has {len(line)} characters"
    if ')page"' in text:
        yield 'it holds )page", which ends the text in the program'


def main():
    codes, cases = raised(), tested()
    pages = {path.stem: path for path in PAGES.glob("*.md")}
    faults = [f"{where}: {code} has no page {PAGES.relative_to(ROOT)}/{code}.md"
              for code, where in codes.items() if code not in pages]
    faults += [f"{where}: {code} is named by no test" for code, where in codes.items()
               if code not in cases and code not in WITHOUT_CASE]
    for code, path in sorted(pages.items()):
        place = path.relative_to(ROOT)
        if code not in codes:
            faults.append(f"{place}: nothing raises this code")
        faults += [f"{place}: {fault}" for fault in faults_of_page(path)]
    for code in WITHOUT_CASE:
        if code in cases or code not in codes:
            faults.append(f"tests/cases/codes.py: {code} needs no exception any more")
    if not codes:
        faults.append("no codes were found: is this the source tree?")
    for fault in sorted(faults):
        print(fault, file=sys.stderr)
    print(f"{len(codes)} codes, {len(pages)} pages, {len(codes.keys() & cases)} with a case, {len(faults)} faults")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
