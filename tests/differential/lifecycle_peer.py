"""craft-parts on one project: to prime in folders of its own, with the settings that Rockcraft gives it (spec/parts-lifecycle.md §1).

Imported by parts_lifecycle.py, in the virtual environment that has craft-parts and in a mount namespace of its own. Packages are
the dummy backend's: no project here asks for any. Overlays are the kernel's in place of fuse-overlayfs, which asks for /dev/fuse:
a program of that name takes its arguments, and what a layer holds afterwards is the same (whiteouts are devices, opaque folders
an attribute).
"""
import json
import multiprocessing
import os
import shutil
import sys
import traceback
from pathlib import Path

import craft_parts
from craft_parts import errors, packages
from craft_parts.overlays import errors as overlay_errors
from craft_parts.packages.base import DummyRepository
from craft_parts.sources import errors as source_errors

from lifecycle_trees import tree_of_folder

FUSE_OVERLAYFS = """#!/bin/sh
exec mount -t overlay overlay "$1" "$2"
"""

# What went wrong, in words that both sides share.
CLASSES = [
    (errors.PartFilesConflict, "collision"),
    (errors.OverlayStageConflict, "collision"),
    (errors.FileOrganizeError, "organize"),
    (errors.CopyTreeError, "organize"),
    (errors.CopyFileNotFound, "missing"),
    (errors.ScriptletRunError, "script"),
    (errors.InvalidControlAPICall, "script"),
    (errors.UserExecutionError, "script"),
    (overlay_errors.OverlayChrootExecutionError, "script"),
    (source_errors.SourceError, "source"),
    (errors.PartsError, "file"),
    # What craft-parts doesn't catch of Python's own.
    (FileNotFoundError, "missing"),
    (NotADirectoryError, "missing"),
    (FileExistsError, "meets"),
    (IsADirectoryError, "meets"),
]


def class_of(error):
    return next((word for kind, word in CLASSES if isinstance(error, kind)), "crash")


def prepare(folder):
    """Once, before the first project."""
    programs = Path(folder, "programs")
    programs.mkdir()
    Path(programs, "fuse-overlayfs").write_text(FUSE_OVERLAYFS)
    Path(programs, "fuse-overlayfs").chmod(0o755)
    # craftctl lies beside the interpreter of the virtual environment.
    os.environ["PATH"] = f"{programs}:{os.path.dirname(sys.executable)}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
    craft_parts.Features(enable_overlay=True)
    packages._get_repository_for_platform = lambda: DummyRepository


def prime(parts, folder, work, base, name, adopts=None, partitions=None):
    """All steps up to prime, each told before it begins (an iterator). `base`: the root of the rock's base."""
    os.makedirs(work, exist_ok=True)
    os.chdir(folder)
    manager = craft_parts.LifecycleManager(
        {"parts": parts}, application_name="rockbuild_differential", project_name=name, cache_dir=os.path.join(work, "cache"),
        work_dir=work, base="bare", ignore_local_sources=[".craft", "*.rock"], ignore_outdated=[".craft", "*.rock"],
        base_layer_dir=Path(base), base_layer_hash=bytes(32), project_vars_part_name=adopts,
        project_vars={"version": "1", "summary": "s", "description": "d"}, usrmerged_by_default=False, partitions=partitions)
    manager.project_info.global_environment["CRAFT_PROJECT_VERSION"] = "1"  # as Rockcraft does
    actions = manager.plan(craft_parts.Step.PRIME)
    with manager.action_executor() as context:
        for action in actions:
            yield f"{action.part_name}:{action.step.name.lower()}"
            context.execute(action)


def walk(project, folder, work, base):
    """The verdict, and the primed tree where there is one."""
    at = ""
    if project.partitions:
        craft_parts.Features.reset()
        craft_parts.Features(enable_overlay=True, enable_partitions=True)
    try:
        for step in prime(project.peer_parts(), folder, work, base, project.NAME, project.adopts,
                          ["default"] if project.partitions else None):
            at = f" at {step}"
    except Exception as error:  # all of them: what craft-parts lets through is its verdict too
        traceback.print_exc()
        return {"verdict": class_of(error) + at, "words": f"{type(error).__name__}: {error}"[:600], "tree": {}}
    places = [(os.path.join(work, "overlay/overlay"), "/root/overlay"), (work, "/root"), (folder, "/root/project")]
    return {"verdict": "ok", "words": "", "tree": tree_of_folder(os.path.join(work, "prime"), places)}


def run(project, folder, work, base):
    """walk() in a process of its own, for craft-parts keeps the working directory and more in its process."""
    answer = work + ".json"
    child = os.fork()
    if child == 0:
        code = 1
        try:
            log = os.open(work + ".log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
            os.dup2(log, 1)
            os.dup2(log, 2)
            os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
            os.umask(0o022)
            # The pool's processes may have no children of multiprocessing's, in which craft-parts changes its root.
            multiprocessing.current_process()._config["daemon"] = False
            result = walk(project, folder, work, base)
            with open(answer, "w", encoding="utf-8", errors="surrogateescape") as stream:
                json.dump(result, stream)
            code = 0
        finally:
            os._exit(code)
    os.waitpid(child, 0)
    try:
        with open(answer, encoding="utf-8", errors="surrogateescape") as stream:
            result = json.load(stream)
    except FileNotFoundError:
        with open(work + ".log", encoding="utf-8", errors="replace") as stream:
            raise RuntimeError(f"craft-parts gave no answer: {stream.read()[-2000:]}") from None
    shutil.rmtree(work, ignore_errors=True)
    return result
