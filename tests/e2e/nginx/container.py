"""One container of the rock: runc over an overlay of the unpacked root, in a network namespace of its own."""

import copy
import json
import os
import pathlib
import subprocess
import threading

from client import ask
from harness import eventually
from namespace import NetworkNamespace

# What nginx needs as root: to become nginx in the workers. Nothing else is given.
ROOT_CAPABILITIES = ("CAP_SETGID", "CAP_SETUID")
HOSTS = "127.0.0.1 localhost\n::1 localhost\n"


class Container:
    def __init__(self, rock, work, name, *, arguments=("--verbose",), command=None, owner=(0, 0),
                 capabilities=ROOT_CAPABILITIES, read_only=False, environment=None, mounts=(), files=None):
        self.id = name
        self.work = pathlib.Path(work, name)
        self.work.mkdir(parents=True)
        self.log_path = self.work / "log"
        self._closed = threading.Lock()
        self.namespace = NetworkNamespace(name)
        self.process = None
        try:
            self.root = self._mount_root(rock.root)
            for path, text in (files or {}).items():
                self.write(path, text)
            config = self._config(rock.bundle_config, mounts)
            config["root"]["readonly"] = read_only
            process = config["process"]
            process["args"] = list(command or (*rock.image_config["Entrypoint"], *arguments))
            process["user"] = {"uid": owner[0], "gid": owner[1]}
            home = "/root" if owner[0] == 0 else "/nonexistent"  # as passwd has it
            process["env"] = [pair for pair in process["env"] if not pair.startswith("HOME=")]
            process["env"] += [f"{name}={value}" for name, value in {"HOME": home, **(environment or {})}.items()]
            process["capabilities"] = {kind: list(capabilities) for kind in ("bounding", "effective", "permitted")}
            (self.work / "config.json").write_text(json.dumps(config))
            self._start()
        except BaseException:
            self.close()
            raise

    def _mount_root(self, lower):
        scratch, root = self.work / "scratch", self.work / "root"
        scratch.mkdir()
        root.mkdir()
        # An overlay's upper side cannot lie on another overlay, which a temporary folder may be on.
        subprocess.run(["mount", "-t", "tmpfs", "-o", "mode=755", "rockbuild-e2e", scratch], check=True)
        (scratch / "upper").mkdir()
        (scratch / "work").mkdir()
        options = f"lowerdir={lower},upperdir={scratch}/upper,workdir={scratch}/work"
        subprocess.run(["mount", "-t", "overlay", "-o", options, "rockbuild-e2e", root], check=True)
        return root

    def _config(self, template, mounts):
        """The bundle's config with this container's root, network and hosts, and without what needs more rights."""
        config = copy.deepcopy(template)
        (self.work / "hosts").write_text(HOSTS)
        hosts = {"destination": "/etc/hosts", "type": "bind", "source": str(self.work / "hosts"), "options": ["bind", "ro"]}
        config["hostname"] = "rock"
        config["root"] = {"path": str(self.root)}
        config["mounts"] = [mount for mount in config["mounts"] if mount["destination"] != "/etc/resolv.conf"]
        config["mounts"] += [hosts, *mounts]
        config["process"]["terminal"] = False
        config["process"]["noNewPrivileges"] = True
        config["process"].pop("rlimits", None)
        config["linux"]["namespaces"] = [{"type": kind} for kind in ("pid", "ipc", "uts", "mount")]
        config["linux"]["namespaces"].append({"type": "network", "path": self.namespace.path})
        for mapping in ("uidMappings", "gidMappings"):
            config["linux"].pop(mapping, None)
        return config

    def _start(self):
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [*self._runc(), "run", "--bundle", str(self.work), self.id],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)

        def running():
            if self.process.poll() is not None:
                raise AssertionError(f"{self.id} ended with code {self.process.returncode}\n{self.log()}")
            return self.state() == "running"
        eventually(running, 10, f"{self.id} runs", self.log)

    def _runc(self):
        return ["runc", "--root", str(self.work / "runc")]

    def state(self):
        state = subprocess.run([*self._runc(), "state", self.id], capture_output=True)
        return json.loads(state.stdout)["status"] if state.returncode == 0 else "absent"

    def log(self):
        return self.log_path.read_text(errors="replace")

    def write(self, path, text):
        """Puts a file into the container's root, as somebody who pushes it."""
        place = pathlib.Path(self.root, path.lstrip("/"))
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)

    def execute(self, *command, user=None):
        as_user = ["--user", f"{user}:{user}"] if user else []
        return subprocess.run([*self._runc(), "exec", *as_user, self.id, *command], capture_output=True, text=True, timeout=30)

    def pebble(self, *arguments):
        return self.execute("/usr/bin/pebble", *arguments)

    def wait_until_healthy(self):
        def healthy():
            try:
                return ask(self, "/health", timeout=2).status == 204
            except OSError:
                return False
        eventually(healthy, 15, f"nginx of {self.id} answers", self.log)
        return self

    def processes(self):
        """{pid: (parent's pid, effective uid, command line)} of all that runs in the container."""
        state = subprocess.run([*self._runc(), "state", self.id], capture_output=True, check=True)
        first = json.loads(state.stdout)["pid"]
        everything = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    status = dict(line.split(":\t", 1) for line in (entry / "status").read_text().splitlines() if ":\t" in line)
                    command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                except OSError:
                    continue  # it ended meanwhile
                everything[int(entry.name)] = (int(status["PPid"]), int(status["Uid"].split()[1]), command)
        inside = {first}
        while more := {pid for pid, (parent, _, _) in everything.items() if parent in inside} - inside:
            inside |= more
        return {pid: everything[pid] for pid in inside if pid in everything}

    def signal(self, name):
        subprocess.run([*self._runc(), "kill", self.id, name], check=True)

    def wait(self, seconds):
        """The container's exit code."""
        return self.process.wait(timeout=seconds)

    def close(self):
        if not self._closed.acquire(blocking=False):
            return
        if self.process and self.process.poll() is None:
            subprocess.run([*self._runc(), "kill", self.id, "KILL"], capture_output=True)
            try:
                self.process.wait(timeout=10)
            except subprocess.TimeoutExpired:
                self.process.kill()
        subprocess.run([*self._runc(), "delete", "--force", self.id], capture_output=True)
        for place in ("root", "scratch"):
            if os.path.ismount(self.work / place):
                subprocess.run(["umount", "--lazy", self.work / place], check=False)
        self.namespace.remove()
