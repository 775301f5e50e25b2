#!/usr/bin/env python3
"""Archives and a repository as sources, unpacked by us and by craft-parts: the same paths, types, modes, contents and links.

Each archive is a part that dumps its source into a folder of its own; one rock holds them all, and its layer is compared with
what craft-parts' handlers of sources pull. Names that begin with a dot aren't compared (a rock's stage leaves them out at the
top), nor owners and times. KNOWN.md tells what differs on purpose.

  ROCKBUILD             the program
  PEBBLE                a program to put in as Pebble
  ROCKBUILD_TEST_CACHE  a folder that is kept between runs (build/peers): the virtual environment of craft-parts

Ends with 77 where craft-parts can't be had from the package index.
"""
import io
import os
import random
import stat
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from pathlib import Path

from virtual_environment import go_on_in

if __name__ == "__main__":
    go_on_in("craft-parts", "craft-parts==2.35.0")
from craft_parts import ProjectDirs  # noqa: E402
from craft_parts.sources.git_source import GitSource  # noqa: E402
from craft_parts.sources.tar_source import TarSource  # noqa: E402
from craft_parts.sources.zip_source import ZipSource  # noqa: E402

SEED = 11
COUNT = 60


def members(luck):
    """Paths with what lies there; folders sometimes with members of their own, at the top sometimes one for all."""
    top = luck.choice(["", "pkg/", "pkg/", "pkg/sub/", "./", "./pkg/"])
    folders = [top + name for name in luck.sample(["a/", "b/", "ab/", "a/b/", ""], luck.randint(1, 4))]
    found, has_folders = {}, luck.random() < 0.5
    for folder in folders:
        parts = folder.rstrip("/").split("/")
        if has_folders:
            for end in range(1, len(parts) + 1):
                path = "/".join(parts[:end])
                if path:
                    found[path] = ("folder", 0o755)
        for name in luck.sample(["f", "g", "run", "x y", "é"], luck.randint(1, 3)):
            if folder + name not in found:
                found[folder + name] = ("file", luck.choice([0o644, 0o755, 0o600, 0o444]), f"{folder}{name}".encode())
    files = [path for path, what in found.items() if what[0] == "file"]
    if luck.random() < 0.4:
        found[top + "link"] = ("link", "a/f")
    if files and luck.random() < 0.4:
        found[top + "hard"] = ("hard", luck.choice(files))
    return found


def write_tar(path, found, luck):
    with tarfile.open(path, luck.choice(["w", "w:gz", "w:bz2", "w:xz"]), format=luck.choice([tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT, tarfile.GNU_FORMAT])) as archive:
        for name, what in found.items():
            info = tarfile.TarInfo(name)
            info.mtime = 10**9
            data = b""
            if what[0] == "folder":
                info.type, info.mode = tarfile.DIRTYPE, what[1]
            elif what[0] == "file":
                info.mode, data, info.size = what[1], what[2], len(what[2])
            else:
                info.type, info.linkname = (tarfile.SYMTYPE if what[0] == "link" else tarfile.LNKTYPE), what[1]
                info.mode = 0o777 if what[0] == "link" else found[what[1]][1]  # as tar writes them
            archive.addfile(info, io.BytesIO(data))


def write_zip(path, found):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, what in found.items():
            if what[0] in ("folder", "file"):
                info = zipfile.ZipInfo(name + ("/" if what[0] == "folder" else ""))
                info.external_attr = ((stat.S_IFDIR if what[0] == "folder" else stat.S_IFREG) | what[1]) << 16
                info.create_system = 3
                archive.writestr(info, what[2] if what[0] == "file" else b"")


def repository(folder):
    """A repository with line ends to convert, a program, a link, and a submodule."""
    script = """
    git init -q -b main sub && (cd sub && echo s >s && git add . && git commit -q -m s)
    git init -q -b main main && cd main && mkdir d && printf 'one\\r\\ntwo\\r\\n' >d/t && printf '*.bat eol=crlf\\n' >d/.gitattributes
    printf 'a\\nb\\n' >d/x.bat && echo run >run && chmod 755 run && ln -s d/t link && echo ignored >gone
    echo 'gone export-ignore' >.gitattributes && git add . && git commit -q -m one && git tag v1
    git -c protocol.file.allow=always submodule --quiet add ../sub lib/sub && git commit -q -m two
    """
    subprocess.run(["bash", "-ec", script], cwd=folder, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return folder / "main"


def listing(folder):
    lines, names = set(), {}
    for place, folders, files in os.walk(folder):
        here = os.path.relpath(place, folder)
        if here == ".":
            folders[:] = [name for name in folders if not name.startswith(".")]
            files = [name for name in files if not name.startswith(".")]
        folders[:] = [name for name in folders if name != ".git"]
        for name in [*folders, *files]:
            path = os.path.join(place, name)
            status, shown = os.lstat(path), os.path.normpath(os.path.join(here, name))
            if name == ".git":
                continue
            if stat.S_ISLNK(status.st_mode):
                lines.add(f"{shown} -> {os.readlink(path)}")
            elif stat.S_ISDIR(status.st_mode):
                lines.add(f"{shown}/ {stat.S_IMODE(status.st_mode):o}")
            else:
                lines.add(f"{shown} {stat.S_IMODE(status.st_mode):o} {Path(path).read_bytes()!r}")
                names.setdefault(status.st_ino, []).append(shown)
    return lines | {" = ".join(sorted(one)) for one in names.values() if len(one) > 1}


def theirs(source, folder, kind):
    folder.mkdir()
    handler = {"tar": TarSource, "zip": ZipSource, "git": GitSource}[kind]
    handler(f"file://{source}" if kind == "git" else str(source), folder, cache_dir=folder.parent / "cache",
            project_dirs=ProjectDirs(work_dir=folder.parent)).pull()
    return listing(folder)


def main():
    rockbuild, luck = os.environ["ROCKBUILD"], random.Random(SEED)
    os.umask(0o022)
    with tempfile.TemporaryDirectory(prefix="sources-") as name:
        work = Path(name)
        environment = {**os.environ, "ROCKBUILD_CACHE": str(work / "store"), "ROCKBUILD_PEBBLE": os.environ["PEBBLE"],
                       "HOME": name, "XDG_RUNTIME_DIR": name}
        config = work / ".gitconfig"
        config.write_text("[user]\n\tname = a\n\temail = a@b\n[protocol \"file\"]\n\tallow = always\n")
        os.environ.update(HOME=name, GIT_CONFIG_NOSYSTEM="1")
        project = work / "project"
        project.mkdir()
        sources = []
        for number in range(COUNT):
            found, kind = members(luck), luck.choice(["tar", "tar", "zip"])
            path = project / f"{number}.{kind}"
            write_zip(path, found) if kind == "zip" else write_tar(path, found, luck)
            sources.append((path, kind))
        sources.append((repository(work), "git"))
        architecture = subprocess.run(["dpkg", "--print-architecture"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
        text = ["name: sources", "base: bare", "build-base: debian@12", "version: '1'", "summary: s", "description: d",
                f"platforms: {{{architecture}: }}", "parts:"]
        for number, (path, kind) in enumerate(sources):
            source = f"file://{path}, source-type: git" if kind == "git" else path.name
            text.append(f"  p{number}: {{plugin: dump, source: {source}, organize: {{'*': p{number}/}}}}")
        (project / "rockcraft.yaml").write_text("\n".join(text) + "\n")
        packed = subprocess.run([rockbuild, "pack", str(project), "-o", name], env=environment, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)
        assert packed.returncode == 0, packed.stderr
        image, root = work / "image", work / "root"
        image.mkdir(), root.mkdir()
        rock = next(work.glob("*.rock"))
        subprocess.run(["tar", "-xf", rock, "-C", image], check=True)
        for blob in (image / "blobs/sha256").iterdir():
            subprocess.run(["tar", "-xpf", blob, "-C", root], stderr=subprocess.DEVNULL)
        faults = 0
        for number, (path, kind) in enumerate(sources):
            ours, other = listing(root / f"p{number}"), theirs(path, work / f"theirs{number}", kind)
            if ours != other:
                faults += 1
                print(f"{path.name}: ours alone {sorted(ours - other)}, theirs alone {sorted(other - ours)}")
        print(f"{len(sources)} sources compared, {faults} differ")
        sys.exit(1 if faults else 0)


if __name__ == "__main__":
    main()
