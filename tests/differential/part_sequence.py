#!/usr/bin/env python3
"""The order of parts and the sequence of their steps beside what craft-parts plans, for every real file of the corpus.

Where a part needs several others early, craft-parts walks them in the order of a set of objects, which changes from run to run
(spec/parts-lifecycle.md §4.2): between two steps that stand for themselves, what is required for the second may come in any
order in which each part's steps follow each other, and whatever a build needs is staged before it. All else is equal.

  PART_SEQUENCE      tests/tools/part_sequence
  ROCKBUILD_CORPUS   the corpus (default: ../shared/corpus beside the project)

Ends with 77 where the corpus isn't there.
"""
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
CORPUS = os.environ.get("ROCKBUILD_CORPUS") or os.path.join(HERE, "../../../shared/corpus")


def groups(plan):
    """Each step that stands for itself, with what ran because it is required for it."""
    pending = []
    for action in plan:
        step, part, kind, *reason = action.split(":")
        if kind == "SKIP":
            continue
        pending.append(f"{step}:{part}")
        if not reason:
            yield pending
            pending = []
    if pending:
        yield pending


def difference(ours, plan, after):
    """None, or where our sequence leaves theirs."""
    place, done = 0, set()
    for group in groups(plan):
        mine = ours[place:place + len(group)]
        place += len(group)
        if sorted(mine) != sorted(group) or mine[-1] != group[-1]:
            return f"for {group[-1]} ours {mine}, theirs {group}"
        for action in mine:
            step, part = action.split(":")
            needed = [f"{'PRIME' if step == 'PRIME' else 'STAGE'}:{other}" for other in after[part]] if step in ("BUILD", "STAGE", "PRIME") else []
            needed += {"STAGE": [f"BUILD:{part}"], "PRIME": [f"STAGE:{part}"], "BUILD": [f"PULL:{part}", f"OVERLAY:{part}"]}.get(step, [])
            if not done.issuperset(needed):
                return f"{action} comes before one of {needed}"
            done.add(action)
    return None if place == len(ours) else f"ours goes on with {ours[place:]}"


def main():
    folder = os.path.join(CORPUS, "upstream")
    if not os.path.isdir(folder):
        print(f"NOT TRIED: no corpus of real files at {CORPUS} (ROCKBUILD_CORPUS names another place)", file=sys.stderr)
        sys.exit(77)
    names, projects = sorted(name for name in os.listdir(folder) if name.endswith(".json")), []
    for name in names:
        with open(os.path.join(folder, name), encoding="utf-8") as stream:
            projects.append(json.load(stream))
    afters = [{name: part.get("after") or [] for name, part in project["project"]["parts"].items()} for project in projects]
    done = subprocess.run([os.environ["PART_SEQUENCE"]], input="".join(json.dumps(after) + "\n" for after in afters), capture_output=True, text=True, check=True)
    failures, early = [], 0
    for name, project, after, line in zip(names, projects, afters, done.stdout.splitlines(), strict=True):
        ours = json.loads(line)
        early += any(len(group) > 1 for group in groups(project["plan_prime"]))
        if ours.get("order") != project["part_order"]:
            failures.append(f"{name}: order: ours {ours.get('order')}, theirs {project['part_order']}")
        elif words := difference(ours["actions"], project["plan_prime"], after):
            failures.append(f"{name}: {words}")
    for words in failures[:60]:
        print(words)
    print(f"{len(names)} files, {early} with early steps; {len(failures)} differ")
    sys.exit(1 if failures or not early else 0)


if __name__ == "__main__":
    main()
