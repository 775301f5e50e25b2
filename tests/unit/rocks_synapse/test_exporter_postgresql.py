"""synapse-stats-exporter against a real PostgreSQL: restarts, locks, wrong passwords, tables that come later."""

import glob
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.request

import psycopg2

import programs
from programs import free_port

PROGRAMS = sorted(glob.glob("/usr/lib/postgresql/*/bin"))
PASSWORD = "a p'ssword of the database"
INTERVAL = 1.0


class PostgreSQL:
    """A server of its own in a temporary folder, on a free port; as `nobody` if the test is root, for it refuses root."""

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.port = free_port()
        self.user = "nobody" if os.geteuid() == 0 else None
        if self.user:
            shutil.chown(self.folder, self.user)
        (self.folder / "password").write_text(PASSWORD, encoding="utf-8")
        (self.folder / "password").chmod(0o644)
        self.run("initdb", "-D", self.folder / "data", "-U", "synapse", "-A", "scram-sha-256", f"--pwfile={self.folder}/password",
                 "--encoding=UTF8", "--locale=C", "--no-sync")

    def run(self, program, *arguments):
        subprocess.run([f"{PROGRAMS[-1]}/{program}", *map(str, arguments)], check=True, user=self.user, stdin=subprocess.DEVNULL,
                       stdout=subprocess.DEVNULL, cwd=self.folder, env={"PATH": os.environ["PATH"]})

    def start(self):
        self.run("pg_ctl", "start", "-w", "-D", self.folder / "data", "-l", self.folder / "log", "-o",
                 f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories= -c fsync=off")

    def stop(self, how="fast"):
        self.run("pg_ctl", "stop", "-w", "-D", self.folder / "data", "-m", how)

    def connect(self):
        connection = psycopg2.connect(host="127.0.0.1", port=self.port, user="synapse", password=PASSWORD, dbname="postgres")
        connection.autocommit = True
        return connection

    def execute(self, *statements):
        connection = self.connect()
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def remove(self):
        if (self.folder / "data" / "postmaster.pid").exists():
            self.stop("immediate")
        shutil.rmtree(self.folder)


@unittest.skipUnless(PROGRAMS, "needs PostgreSQL's server")
class WithPostgreSQL(unittest.TestCase):
    def setUp(self):
        self.database = PostgreSQL()
        self.addCleanup(self.database.remove)
        self.port = free_port()

    def run_it(self, **environment):
        environment = {"PROM_SYNAPSE_HOST": "127.0.0.1", "PROM_SYNAPSE_PORT": str(self.database.port), "PROM_SYNAPSE_PASSWORD": PASSWORD,
                       "PROM_SYNAPSE_DATABASE": "postgres", "EXPORTER_PORT": str(self.port), "EXPORTER_ADDRESS": "127.0.0.1",
                       "POLLING_INTERVAL_SECONDS": str(INTERVAL), **environment}
        code = "import runpy, os, sys; os.geteuid = lambda: 1; runpy.run_path(sys.argv[1], run_name='__main__')"
        self.said = open(self.database.folder / "said", "w+", encoding="utf-8")
        self.addCleanup(self.said.close)
        process = subprocess.Popen([sys.executable, "-c", code, str(programs.EXPORTER)], env=environment, stderr=self.said)
        self.addCleanup(process.wait)
        self.addCleanup(process.terminate)
        self.process = process

    def told(self):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/metrics", timeout=5) as page:
            lines = page.read().decode().splitlines()
        return {name: float(value) for name, value in (line.split() for line in lines if line.startswith("synapse_"))}

    def eventually(self, wanted, seconds):
        """Waits until the named metrics have these values; None: is absent."""
        end = time.monotonic() + seconds
        while True:
            try:
                told = self.told()
            except OSError:
                told = {"synapse_nothing": 0}
            if all(told.get(f"synapse_{name}") == value for name, value in wanted.items()):
                return
            self.assertLess(time.monotonic(), end, f"{told}\n{self.says()}")
            time.sleep(0.05)

    def says(self):
        return pathlib.Path(self.said.name).read_text(encoding="utf-8")

    def tables(self, rooms, users):
        self.database.execute("CREATE TABLE rooms (id int)", "CREATE TABLE users (id int)",
                              f"INSERT INTO rooms SELECT generate_series(1, {rooms})",
                              f"INSERT INTO users SELECT generate_series(1, {users})")

    def test_may_start_before_the_database_and_before_synapse(self):
        self.run_it()
        self.eventually({"stats_exporter_up": 0, "total_rooms": None, "total_users": None}, 10)
        self.database.start()
        time.sleep(2 * INTERVAL)
        self.eventually({"stats_exporter_up": 0, "total_rooms": None}, 1)
        self.assertIn('relation "rooms" does not exist', self.says())
        self.tables(1, 2)
        self.eventually({"stats_exporter_up": 1, "total_rooms": 1, "total_users": 2}, 2 * INTERVAL)
        self.assertNotIn(PASSWORD, self.says())

    def test_outlives_four_restarts_of_the_database(self):
        self.database.start()
        self.tables(1, 2)
        self.run_it()
        self.eventually({"total_rooms": 1, "total_users": 2}, 10)
        for restart in range(4):
            self.database.stop("immediate" if restart % 2 else "fast")
            self.eventually({"stats_exporter_up": 0}, 2 * INTERVAL)
            self.eventually({"total_rooms": None, "total_users": None}, 3 * INTERVAL)
            self.database.start()
            self.database.execute("INSERT INTO users VALUES (0)")
            self.eventually({"stats_exporter_up": 1, "total_rooms": 1, "total_users": 3 + restart}, 2 * INTERVAL)
        self.assertIsNone(self.process.poll())

    def test_holds_no_connection_between_readings(self):
        self.database.start()
        self.tables(0, 0)
        self.run_it(POLLING_INTERVAL_SECONDS="60")
        self.eventually({"stats_exporter_up": 1}, 10)
        connection = self.database.connect()
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM pg_stat_activity WHERE application_name = 'synapse-stats-exporter'")
            self.assertEqual(cursor.fetchone(), (0,))
        connection.close()
        began = time.monotonic()
        self.database.stop("smart")  # waits for every client
        self.assertLess(time.monotonic() - began, 3)

    def test_waits_for_no_lock_longer_than_its_time(self):
        self.database.start()
        self.tables(1, 1)
        connection = self.database.connect()
        connection.autocommit = False
        with connection.cursor() as cursor:
            cursor.execute("LOCK TABLE rooms IN ACCESS EXCLUSIVE MODE")
            self.run_it(STATEMENT_TIMEOUT_SECONDS="1")
            self.eventually({"stats_exporter_up": 0, "total_rooms": None}, 10)
            time.sleep(2)
        self.assertIn("statement timeout", self.says())
        connection.rollback()
        connection.close()
        self.eventually({"stats_exporter_up": 1, "total_rooms": 1}, 3)

    def test_a_wrong_password_is_told_without_it(self):
        self.database.start()
        wrong = "wr0ng and secret"
        self.run_it(PROM_SYNAPSE_PASSWORD=wrong)
        self.eventually({"stats_exporter_up": 0}, 10)
        time.sleep(0.5)
        self.assertIn("authentication failed", self.says())
        self.assertNotIn(wrong, self.says())

    def test_cannot_write(self):
        self.database.start()
        exporter = programs.load(programs.EXPORTER)
        exporter.QUERY = "CREATE TABLE mine (id int)"
        database = exporter.Database({"PROM_SYNAPSE_HOST": "127.0.0.1", "PROM_SYNAPSE_PORT": str(self.database.port),
                                      "PROM_SYNAPSE_PASSWORD": PASSWORD, "PROM_SYNAPSE_DATABASE": "postgres"})
        with self.assertRaisesRegex(psycopg2.Error, "read-only transaction"):
            database.read()


if __name__ == "__main__":
    unittest.main()
