"""A pod of deploy/, run by rockbuild in a network namespace of its own."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading
import time

from client import ask
from harness import eventually
from namespace import NetworkNamespace


class Pebble(http.client.HTTPConnection):
    """The Pebble of a container, by its socket as the host sees it."""

    def __init__(self, path):
        super().__init__("pebble", timeout=30)
        self._path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self._path)

    def ask(self, method, path, body=None):
        """(status, answer)."""
        try:
            self.request(method, path, json.dumps(body) if body else None, {"Content-Type": "application/json"} if body else {})
            response = self.getresponse()
            return response.status, json.loads(response.read())
        finally:
            self.close()


class Pod:
    """A network namespace, and in it a pod as soon as start() is called. Closing takes both away."""

    def __init__(self, world, title, manifest):
        self.world = world
        self.name = f"rockbuild-e2e-{os.getpid()}-{title}"
        self.work = world.work / title
        self.work.mkdir()
        self.log_path = self.work / "log"
        self.log_path.touch()
        self.manifest = self.work / "pod.yaml"
        self.manifest.write_text(
            manifest.replace("localhost:5000", world.registry_host).replace("/var/lib/synapse", str(self.work / "data"))
        )
        self.process = None
        self._closed = threading.Lock()
        self.namespace = NetworkNamespace(self.name)

    def start(self):
        """In the foreground, as `rockbuild run --pod` is without options, so that its exit code can be seen."""
        with open(self.log_path, "wb") as log:
            self.process = subprocess.Popen(
                [os.environ["ROCKBUILD"], "run", "--pod", self.manifest, "--net", f"ns:{self.name}", "--name", self.name],
                env=self.world.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )

    def log(self):
        return self.log_path.read_text(errors="replace")[-12000:]

    # ---- asked through rockbuild ----

    def listed(self):
        """(the pod, {container's name in the pod: container}) as `rockbuild ps` has them; (None, {}) if it hasn't."""
        answer = json.loads(self.world.rockbuild("ps", "--format", "json"))
        pods = [pod for pod in answer["pods"] if pod["name"] == self.name]
        members = {
            container["name"].removeprefix(self.name + "-"): container
            for container in answer["containers"]
            if container.get("pod") == self.name
        }
        return (pods[0] if pods else None), members

    def wait_until_ready(self, number):
        def ready():
            pod, _ = self.listed()
            return pod is not None and (pod["ready"], pod["total"]) == (number, number)

        self._eventually(ready, 60, f"{number}/{number} ready")

    def _eventually(self, condition, seconds, words):
        """As long as the pod runs."""

        def holds():
            if self.process.poll() is not None:
                raise AssertionError(f"the pod ended with {self.process.returncode}\n{self.log()}")
            return condition()

        eventually(holds, seconds, words, self.log)

    def execute(self, container, *words, code=0, **options):
        return self.world.rockbuild("exec", f"{self.name}-{container}", *words, code=code, **options)

    # ---- asked over the network ----

    def ask(self, path, **how):
        return ask(self, path, **how)

    def status(self, path, timeout=2, **how):
        """Of nginx's answer; 0 if there is none. A request that hangs is a failure at once."""
        begin = time.monotonic()
        try:
            return self.ask(path, timeout=timeout, **how).status
        except TimeoutError:
            raise AssertionError(f"{path} hung for {time.monotonic() - begin:.1f} s") from None
        except OSError:
            return 0

    def wait_for(self, path, status, seconds=60):
        """The seconds until nginx answered so."""
        begin = time.monotonic()
        self._eventually(lambda: self.status(path) == status, seconds, f"{path} gives {status}")
        return time.monotonic() - begin

    # ---- seen from the host ----

    def root(self, container):
        """A running container's files."""
        return pathlib.Path(f"/proc/{self.listed()[1][container]['pid']}/root")

    def pebble(self, container):
        return Pebble(str(self.root(container) / "var/lib/pebble/default/.pebble.socket"))

    def processes(self, container):
        """{pid: (uid, command line)} of all in it."""
        first = self.listed()[1][container]["pid"]
        everything = {}
        for entry in pathlib.Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    status = dict(line.split(":\t", 1) for line in (entry / "status").read_text().splitlines() if ":\t" in line)
                    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace").strip()
                except OSError:
                    continue  # it ended meanwhile
                everything[int(entry.name)] = (int(status["PPid"]), int(status["Uid"].split()[1]), words)
        inside = {first}
        while more := {pid for pid, (parent, _, _) in everything.items() if parent in inside} - inside:
            inside |= more
        return {pid: everything[pid][1:] for pid in inside if pid in everything}

    def synapse(self):
        """(pid, uid) of Synapse itself, or None."""
        return next(
            ((pid, uid) for pid, (uid, words) in self.processes("synapse").items() if "synapse.app.homeserver" in words), None
        )

    # ---- its end ----

    def terminate(self, seconds):
        """rockbuild's exit code after SIGTERM, and how long it took."""
        begin = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=seconds), time.monotonic() - begin

    def close(self):
        if not self._closed.acquire(blocking=False):
            return
        if self.process and self.process.poll() is None:
            try:
                self.terminate(20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
                subprocess.run(
                    [os.environ["ROCKBUILD"], "stop", self.name, "--time", "0"], env=self.world.environment, capture_output=True
                )
        self.namespace.remove()
