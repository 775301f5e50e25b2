"""Servers of Debian in a pod's network namespace: PostgreSQL and Prometheus, each as the user that Debian made for it."""

import pathlib
import pwd
import shutil
import signal
import subprocess
import sys

from harness import eventually
from pod import Pod


def postgresql_programs():
    """The folder of the newest PostgreSQL's programs, or None."""
    found = [path.parent for path in pathlib.Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    return max(found, key=lambda path: int(path.parent.name), default=None)


def cannot_run():
    missing = [] if postgresql_programs() else ["postgresql"]
    missing += [name for name in ("prometheus", "setpriv", "ip", "runc", "skopeo") if not shutil.which(name)]
    return f"needs {', '.join(missing)}" if missing else None


class Server:
    """A process of another user in a namespace, with a folder of its own."""

    def __init__(self, pod, title, user):
        self._namespace = pod.namespace
        self._user = pwd.getpwnam(user)
        self.folder = pathlib.Path(pod.world.work, f"{pod.work.name}-{title}")
        self.folder.mkdir()
        shutil.chown(self.folder, self._user.pw_uid, self._user.pw_gid)
        self._log = open(self.folder / "log", "ab")
        self._process = None

    def _command(self, words):
        owner = [f"--reuid={self._user.pw_uid}", f"--regid={self._user.pw_gid}", "--clear-groups", "--inh-caps=-all"]
        return ["ip", "netns", "exec", self._namespace.name, "setpriv", *owner, *map(str, words)]

    def _start(self, *words):
        self._process = subprocess.Popen(
            self._command(words), cwd=self.folder, stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log
        )

    def _run(self, *words, **options):
        return subprocess.run(
            self._command(words), cwd=self.folder, check=True, capture_output=True, text=True, timeout=60, **options
        ).stdout

    def stop(self, sign=signal.SIGTERM):
        """Ends it; waits until it has ended."""
        if self._process and self._process.poll() is None:
            self._process.send_signal(sign)
            try:
                self._process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                print(f"{self.folder.name} does not end: killed", file=sys.stderr)
                self._process.kill()
                self._process.wait()

    def log(self):
        return (self.folder / "log").read_text(errors="replace")[-4000:]

    def close(self):
        self.stop()
        self._log.close()


class PostgreSQL(Server):
    """As Synapse wants it: UTF-8, C collation. The password is asked of everybody who comes over the network."""

    PORT, DATABASE, USER, PASSWORD = 5432, "synapse", "synapse", "pg-secret-5f1c"

    def __init__(self, pod):
        super().__init__(pod, "postgresql", "postgres")
        self._programs = postgresql_programs()
        self._run(
            self._programs / "initdb",
            "-D",
            "data",
            "-U",
            "postgres",
            "-E",
            "UTF8",
            "--locale=C",
            "--auth-local=trust",
            "--auth-host=scram-sha-256",
            "--no-sync",
        )
        self.start()
        self.query(f"CREATE ROLE {self.USER} LOGIN PASSWORD '{self.PASSWORD}'", database="postgres")
        self.query(
            f"CREATE DATABASE {self.DATABASE} OWNER {self.USER} TEMPLATE template0 ENCODING 'UTF8' LC_COLLATE 'C' LC_CTYPE 'C'",
            database="postgres",
        )

    def start(self):
        """Waits until it answers."""
        options = {"port": self.PORT, "listen_addresses": "127.0.0.1", "unix_socket_directories": self.folder, "fsync": "off"}
        self._start(self._programs / "postgres", "-D", "data", *(f"--{name}={value}" for name, value in options.items()))

        def answers():
            if self._process.poll() is not None:
                raise AssertionError(f"PostgreSQL ended with {self._process.returncode}\n{self.log()}")
            return subprocess.run([self._programs / "pg_isready", "-q", "-h", self.folder, "-p", str(self.PORT)]).returncode == 0

        eventually(answers, 30, "PostgreSQL answers", self.log)

    def stop(self, sign=signal.SIGINT):
        """A fast shutdown: whoever is connected is cut off."""
        super().stop(sign)

    def query(self, text, database=DATABASE):
        return self._run(
            self._programs / "psql",
            "-h",
            self.folder,
            "-p",
            self.PORT,
            "-U",
            "postgres",
            "-d",
            database,
            "-v",
            "ON_ERROR_STOP=1",
            "-qtA",
            "-c",
            text,
        ).strip()


class Prometheus(Server):
    """With a configuration of deploy/, on its own port."""

    PORT = 9090

    def __init__(self, pod, configuration):
        super().__init__(pod, "prometheus", "nobody")
        (self.folder / "prometheus.yml").write_text(configuration)
        self._pod = pod
        self._start(
            "prometheus",
            "--config.file=prometheus.yml",
            "--storage.tsdb.path=data",
            f"--web.listen-address=127.0.0.1:{self.PORT}",
        )

    def value(self, query):
        """What the query gives, as a number; None where it gives nothing (yet)."""
        try:
            answer = self._pod.ask(f"/api/v1/query?query={query}", port=self.PORT, timeout=5)
        except OSError:
            return None
        if answer.status != 200:
            return None
        result = answer.json()["data"]["result"]
        return float(result[0]["value"][1]) if result else None


class PodWithPostgreSQL(Pod):
    """A pod that finds a database in its network."""

    def __init__(self, world, title, manifest):
        super().__init__(world, title, manifest)
        self.database = None
        try:
            self.database = PostgreSQL(self)
        except BaseException:
            self.close()
            raise

    def close(self):
        super().close()
        if self.database:
            self.database.close()
