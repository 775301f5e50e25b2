"""The network is gone in each fetch, or fails for a moment: what passes is waited for, what lasts is told with the exit code for it,
at the place in the file that asked; what was there before still builds.

Nothing listens on the port that everything is sent to; a server of ours fails each first time.
"""

import http.server
import pathlib
import shutil
import subprocess
import threading

from world import check, write, write_project

GONE = "http://127.0.0.1:1"
UNREACHABLE = 75


class Moody(http.server.SimpleHTTPRequestHandler):
    """Answers each address with 503 first, then cuts it off in the middle, then serves it."""

    asked = {}

    def do_GET(self):
        nth = self.asked[self.path] = self.asked.get(self.path, 0) + 1
        if "/objects/" in self.path:  # git asks for many, and each by itself could fail in all of its tries
            nth = 3
        if nth == 1:
            self.send_error(503)
        elif nth == 2:
            body = pathlib.Path(self.translate_path(self.path.partition("?")[0])).read_bytes() if "info/refs" not in self.path else b"xx"
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body[: len(body) // 2])
        else:
            super().do_GET()

    def log_message(self, *_):
        pass


def served(folder):
    handler = lambda *arguments: Moody(*arguments, directory=str(folder))  # noqa: E731
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return server, f"http://127.0.0.1:{server.server_address[1]}"


def make_sources(folder):
    write(folder / "app/run", "run\n" * 1000)
    subprocess.run(["tar", "-C", str(folder), "-cf", str(folder / "app.tar"), "app"], check=True)
    repository = folder / "work"
    write(repository / "page", "page\n")
    for words in (["init", "-q", "-b", "main"], ["add", "."], ["-c", "user.name=a", "-c", "user.email=a@b", "commit", "-q", "-m", "first"]):
        subprocess.run(["git", "-C", str(repository), *words], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(repository), str(folder / "site.git")], check=True)
    subprocess.run(["git", "-C", str(folder / "site.git"), "update-server-info"], check=True)


# What is asked for, what else rockbuild is told, the code of the error, and whether it has a place in the file.
FETCHES = {
    "tar": ({"plugin": "dump", "source": GONE + "/a.tar.gz"}, {}, "RB0130", True),
    "zip": ({"plugin": "dump", "source": GONE + "/a.zip"}, {}, "RB0130", True),
    "deb": ({"plugin": "dump", "source": GONE + "/a.deb"}, {}, "RB0130", True),
    "file": ({"plugin": "dump", "source": GONE + "/a", "source-type": "file"}, {}, "RB0130", True),
    "git": ({"plugin": "dump", "source": GONE + "/a.git"}, {}, "RB1074", True),
    "packages": ({"plugin": "nil", "stage-packages": ["hostname"]}, {"ROCKBUILD_DEBIAN_MIRROR": GONE + "/debian"}, "RB08", True),
    "toolchain": ({"plugin": "nil", "build-snaps": ["go"], "override-build": "go version"}, {"PIP_INDEX_URL": GONE + "/simple"}, "RB0903", False),
    "Pebble": ({"plugin": "nil"}, {"ROCKBUILD_PEBBLE": GONE + "/pebble#sha256:" + "0" * 64}, "RB0130", False),
}


def story(world):
    project = world.work / "network"
    for name, (part, more, code, has_place) in FETCHES.items():
        write_project(project, {"there": {"plugin": "nil"}, "p": part}, base="bare")
        store = world.copy_of_store("cut-off")
        kept, world.environment = world.environment, {**world.environment, **more}
        _, err = world.run(store, "pack", project, "--output", world.output, "--progress", "none", code=UNREACHABLE)
        world.environment = kept
        check(f"error[{code}" in err, f"{name}: no {code}:\n{err}")
        check(("rockcraft.yaml:" in err) == has_place, f"{name}: a place in the file: {has_place}:\n{err}")
        check(err.count("error[") == 1 and "help: " in err, f"{name}: one error, with a hint:\n{err}")
        world.verify(store)
        write_project(project, {"there": {"plugin": "nil"}}, base="bare")
        world.pack(store, project)
        shutil.rmtree(store)
        print(f"ok   gone: {name}: {err.splitlines()[0]}", flush=True)

    web = world.work / "web"
    make_sources(web)
    server, address = served(web)
    try:
        write_project(project, {"tar": {"plugin": "dump", "source": address + "/app.tar", "organize": {"run": "tar/run"}},
                                "git": {"plugin": "dump", "source": address + "/site.git", "organize": {"page": "git/page"}},
                                "file": {"plugin": "dump", "source": address + "/work/page", "source-type": "file"}}, base="bare")
        store = world.copy_of_store("moody")
        first = world.pack(store, project)
        check(all(Moody.asked.get(path, 0) >= 3 for path in ("/app.tar", "/work/page")), f"asked: {Moody.asked}")
    finally:
        server.shutdown()
        server.server_close()
    check(world.pack(store, project) == first, "without the server the same project isn't packed as before")
