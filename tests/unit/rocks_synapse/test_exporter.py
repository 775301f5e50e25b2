"""synapse-stats-exporter against a database that is a few lines of Python, and as a process of its own."""

import contextlib
import http.client
import io
import os
import signal
import socket
import subprocess
import sys
import threading
import time
import unittest
from unittest import mock

import prometheus_client

import programs
from programs import free_port

exporter = programs.load(programs.EXPORTER)

PASSWORD = "s3cret-of-the-database"


class Connection:
    """What psycopg2 gives, as far as the exporter uses it; remembers everything."""

    def __init__(self, row, error=None):
        self.row, self.error, self.acts = row, error, []

    def set_session(self, **options):
        self.acts.append(("set_session", options))

    @contextlib.contextmanager
    def cursor(self):
        yield self

    def execute(self, statement, arguments=None):
        self.acts.append((statement, arguments))
        if self.error and "count" in statement:
            raise self.error

    def fetchone(self):
        return self.row

    def close(self):
        self.acts.append(("close",))


class Fake:
    """The database; `next` is what the next connection will be, or the error instead of one."""

    def __init__(self, **environment):
        self.next, self.connections, self.parameters, self.now = Connection((1, 2)), [], None, 1000.0
        self.statistics = exporter.Statistics(exporter.Database({"PROM_SYNAPSE_PASSWORD": PASSWORD, **environment}, self.connect), 60,
                                              lambda: self.now)

    def connect(self, **parameters):
        self.parameters = parameters
        if isinstance(self.next, Exception):
            raise self.next
        self.connections.append(self.next)
        return self.next

    def read(self):
        """One reading; returns (seconds until the next, what was said)."""
        said = io.StringIO()
        with contextlib.redirect_stderr(said):
            return self.statistics.read(), said.getvalue()

    def page(self):
        registry = prometheus_client.CollectorRegistry()
        registry.register(self.statistics)
        return prometheus_client.generate_latest(registry).decode()

    def told(self):
        samples = (line.split() for line in self.page().splitlines() if not line.startswith("#"))
        return {name: float(value) for name, value in samples}


class Readings(unittest.TestCase):
    def test_tells_both_numbers(self):
        fake = Fake()
        self.assertEqual(fake.read(), (60, ""))
        fake.now += 7
        self.assertEqual(fake.told(), {"synapse_total_rooms": 1, "synapse_total_users": 2, "synapse_stats_exporter_up": 1,
                                       "synapse_stats_exporter_last_reading_age_seconds": 7})

    def test_every_metric_has_help_and_type(self):
        page = Fake().page()
        for name in ("synapse_total_rooms", "synapse_total_users", "synapse_stats_exporter_up",
                     "synapse_stats_exporter_last_reading_age_seconds"):
            self.assertRegex(page, rf"(?m)^# HELP {name} \w")
            self.assertIn(f"# TYPE {name} gauge\n", page)

    def test_tells_no_number_before_the_first_reading(self):
        self.assertEqual(Fake().told(), {"synapse_stats_exporter_up": 0, "synapse_stats_exporter_last_reading_age_seconds": float("inf")})

    def test_a_failure_is_told_at_once_the_last_numbers_a_little_longer(self):
        fake = Fake()
        fake.read()
        fake.next = exporter.psycopg2.OperationalError("gone")
        fake.now += 60
        self.assertEqual(fake.read()[0], exporter.RETRY_SECONDS)
        told = fake.told()
        self.assertEqual((told["synapse_stats_exporter_up"], told["synapse_total_rooms"]), (0, 1))
        fake.now += 60
        self.assertIn("synapse_total_users", fake.told())
        fake.now += 1
        self.assertEqual(fake.told(), {"synapse_stats_exporter_up": 0, "synapse_stats_exporter_last_reading_age_seconds": 121})

    def test_a_reading_that_hangs_goes_stale_too(self):
        fake = Fake()
        fake.read()
        fake.now += 121
        self.assertEqual(fake.told(), {"synapse_stats_exporter_up": 0, "synapse_stats_exporter_last_reading_age_seconds": 121})

    def test_comes_back(self):
        fake = Fake()
        for _ in range(10):  # more often than any pool would stand
            fake.next = exporter.psycopg2.OperationalError("gone")
            fake.read()
            self.assertEqual(fake.told()["synapse_stats_exporter_up"], 0)
            fake.next = Connection((3, 4))
            self.assertEqual(fake.read(), (60, "synapse-stats-exporter: reads again\n"))
            self.assertEqual(fake.told()["synapse_total_users"], 4)

    def test_says_the_same_failure_once(self):
        fake = Fake()
        fake.next = exporter.psycopg2.OperationalError("gone\n\tfor good\n")
        self.assertEqual(fake.read()[1], "synapse-stats-exporter: no reading: gone for good\n")
        self.assertEqual(fake.read()[1], "")
        fake.next = exporter.psycopg2.OperationalError("refused")
        self.assertIn("refused", fake.read()[1])

    def test_retries_no_slower_than_the_interval(self):
        fake = Fake()
        fake.statistics.interval = 0.5
        fake.next = exporter.psycopg2.OperationalError("gone")
        self.assertEqual(fake.read()[0], 0.5)

    def test_survives_any_error(self):
        for error in (ValueError("x"), UnicodeDecodeError("utf-8", b"\xff", 0, 1, "x"), RuntimeError()):
            fake = Fake()
            fake.next = error
            self.assertNotEqual(fake.read()[1], "")
            self.assertEqual(fake.told()["synapse_stats_exporter_up"], 0)


class Connections(unittest.TestCase):
    def test_is_read_only_bounded_and_closed(self):
        fake = Fake()
        fake.read()
        self.assertEqual(fake.next.acts, [
            ("set_session", {"readonly": True, "autocommit": True}),
            ("SET statement_timeout = %s", (20000,)),
            ("SELECT (SELECT count(*) FROM rooms), (SELECT count(*) FROM users)", None),
            ("close",)])
        for name in ("connect_timeout", "tcp_user_timeout", "keepalives_idle", "keepalives_interval", "keepalives_count"):
            self.assertGreater(fake.parameters[name], 0)

    def test_is_closed_after_an_error(self):
        fake = Fake()
        fake.next = Connection(None, exporter.psycopg2.ProgrammingError('relation "rooms" does not exist'))
        self.assertIn("does not exist", fake.read()[1])
        self.assertEqual(fake.next.acts[-1], ("close",))

    def test_is_as_the_environment_says(self):
        fake = Fake(PROM_SYNAPSE_HOST="h", PROM_SYNAPSE_PORT="6000", PROM_SYNAPSE_USER="u", PROM_SYNAPSE_DATABASE="d")
        fake.read()
        self.assertEqual([fake.parameters[name] for name in ("host", "port", "user", "password", "dbname")], ["h", 6000, "u", PASSWORD, "d"])

    def test_is_synapses_own_where_nothing_else_is_said(self):
        of_synapse = {"POSTGRES_HOST": "h", "POSTGRES_PORT": "6000", "POSTGRES_USER": "u", "POSTGRES_DB": "d", "POSTGRES_PASSWORD": "theirs"}
        fake = Fake(**of_synapse, PROM_SYNAPSE_USER="reader")
        fake.read()
        self.assertEqual([fake.parameters[name] for name in ("host", "port", "user", "password", "dbname")], ["h", 6000, "reader", PASSWORD, "d"])
        fake = Fake(**of_synapse, PROM_SYNAPSE_PASSWORD="")
        fake.read()
        self.assertEqual(fake.parameters["password"], "theirs")

    def test_times_are_as_the_environment_says(self):
        fake = Fake(CONNECT_TIMEOUT_SECONDS="2", STATEMENT_TIMEOUT_SECONDS="3")
        fake.read()
        self.assertEqual([fake.parameters[name] for name in ("connect_timeout", "tcp_user_timeout")], [2, 3000])
        self.assertIn(("SET statement_timeout = %s", (3000,)), fake.next.acts)

    def test_empty_is_not_set(self):
        fake = Fake(PROM_SYNAPSE_HOST="", PROM_SYNAPSE_PORT="", PROM_SYNAPSE_USER="", PROM_SYNAPSE_DATABASE="", PROM_SYNAPSE_PASSWORD="")
        fake.read()
        self.assertEqual([fake.parameters[name] for name in ("host", "port", "user", "password", "dbname")],
                         ["localhost", 5432, "synapse", None, "synapse"])


class Passwords(unittest.TestCase):
    def test_no_error_tells_it(self):
        for error in (exporter.psycopg2.OperationalError(f'connection to "password={PASSWORD}" failed'), KeyError(PASSWORD),
                      ValueError(f"\n{PASSWORD}\n{PASSWORD}")):
            fake = Fake()
            fake.next = error
            said = fake.read()[1]
            self.assertNotIn(PASSWORD, said)
            self.assertIn("***", said)

    def test_not_even_with_odd_spaces(self):
        fake = Fake(PROM_SYNAPSE_PASSWORD="two  spaces")
        fake.next = exporter.psycopg2.OperationalError("wrong: two  spaces")
        self.assertEqual(fake.read()[1], "synapse-stats-exporter: no reading: wrong: ***\n")


class Process(unittest.TestCase):
    """The program itself, with a database that nobody answers for."""

    def run_it(self, **environment):
        environment = {"PROM_SYNAPSE_HOST": "127.0.0.1", "PROM_SYNAPSE_PORT": str(free_port()), "PROM_SYNAPSE_PASSWORD": PASSWORD,
                       "EXPORTER_PORT": str(self.port), **environment}
        # As root it would become the user synapse, whom only the image has.
        code = ("import runpy, os, sys; os.geteuid = lambda: 1; sys.argv = sys.argv[1:]; "
                "runpy.run_path(sys.argv[0], run_name='__main__')")
        process = subprocess.Popen([sys.executable, "-c", code, str(programs.EXPORTER)], env=environment, stderr=subprocess.PIPE, text=True)
        self.addCleanup(process.stderr.close)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def setUp(self):
        self.port = free_port()

    def ask(self, method="GET", path="/metrics", host="127.0.0.1"):
        end = time.monotonic() + 10
        while True:
            connection = http.client.HTTPConnection(host, self.port, timeout=5)
            try:
                connection.request(method, path)
                answer = connection.getresponse()
                return answer.status, answer.headers, answer.read().decode()
            except ConnectionRefusedError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.05)
            finally:
                connection.close()

    def test_answers_get_and_head_on_every_path(self):
        self.run_it()
        for path in ("/metrics", "/", "/x?y"):
            status, headers, page = self.ask(path=path)
            self.assertEqual((status, headers["Content-Type"]), (200, "text/plain; version=0.0.4; charset=utf-8"))
            self.assertEqual(int(headers["Content-Length"]), len(page))
            self.assertIn("synapse_stats_exporter_up 0.0\n", page)
            self.assertIn("process_resident_memory_bytes ", page)
        status, headers, page = self.ask("HEAD")
        self.assertEqual((status, page), (200, ""))
        self.assertGreater(int(headers["Content-Length"]), 100)
        self.assertEqual(self.ask("POST")[0], 501)

    def test_ends_with_0_at_once(self):
        process = self.run_it()
        self.ask()
        began = time.monotonic()
        process.send_signal(signal.SIGTERM)
        self.assertEqual(process.wait(5), 0)
        self.assertLess(time.monotonic() - began, 1)
        self.assertNotIn(PASSWORD, process.stderr.read())

    def test_ends_with_0_while_the_database_is_silent(self):
        with socket.create_server(("127.0.0.1", 0)) as silent:  # takes connections and says nothing
            process = self.run_it(PROM_SYNAPSE_PORT=str(silent.getsockname()[1]))
            silent.settimeout(10)
            connection, _ = silent.accept()
            with connection:
                self.assertIn("synapse_stats_exporter_up 0.0\n", self.ask()[2])
                began = time.monotonic()
                process.send_signal(signal.SIGTERM)
                self.assertEqual(process.wait(5), 0)
                self.assertLess(time.monotonic() - began, 1)

    def test_a_server_that_stops_answering_is_left(self):
        """It takes the user in (AuthenticationOk, ReadyForQuery of PostgreSQL's protocol), and then says nothing more."""
        with socket.create_server(("127.0.0.1", 0)) as mute:
            mute.settimeout(10)
            process = self.run_it(PROM_SYNAPSE_PORT=str(mute.getsockname()[1]), CONNECT_TIMEOUT_SECONDS="1",
                                  STATEMENT_TIMEOUT_SECONDS="1", POLLING_INTERVAL_SECONDS="1")
            for _ in range(2):  # it comes again
                connection, _ = mute.accept()
                with connection:
                    connection.settimeout(10)
                    asked = connection.recv(1000)
                    if len(asked) == 8:  # for TLS
                        connection.sendall(b"N")
                        connection.recv(1000)
                    connection.sendall(b"R\0\0\0\x08\0\0\0\0" + b"Z\0\0\0\x05I")
                    while connection.recv(1000):
                        pass
            process.kill()
            self.assertIn("no reading: ", process.stderr.read())

    def test_a_silent_client_holds_nobody_up(self):
        self.run_it()
        self.ask()
        with socket.create_connection(("127.0.0.1", self.port)):
            self.assertEqual(self.ask()[0], 200)

    def test_listens_where_it_is_told(self):
        self.run_it(EXPORTER_ADDRESS="127.0.0.2")
        self.assertEqual(self.ask(host="127.0.0.2")[0], 200)
        with self.assertRaises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", self.port))

    def test_says_what_is_wrong_and_ends_with_1(self):
        with socket.create_server(("127.0.0.1", self.port)):
            for environment, words in (
                    ({"EXPORTER_ADDRESS": "127.0.0.1"}, f"cannot listen on port {self.port}"),
                    ({"EXPORTER_PORT": "99999"}, "EXPORTER_PORT must be a number above 0 and at most 65535, not '99999'"),
                    ({"POLLING_INTERVAL_SECONDS": "0"}, "POLLING_INTERVAL_SECONDS must be"),
                    ({"POLLING_INTERVAL_SECONDS": "soon"}, "POLLING_INTERVAL_SECONDS must be"),
                    ({"PROM_SYNAPSE_PORT": "x"}, "PROM_SYNAPSE_PORT must be")):
                process = self.run_it(**environment)
                self.assertEqual(process.wait(10), 1)
                said = process.stderr.read()
                self.assertIn(words, said)
                self.assertNotIn("Traceback", said)


class Addresses(unittest.TestCase):
    def test_without_ipv6_all_means_ipv4(self):
        def server(address, port):
            if address == "::":
                raise OSError(exporter.errno.EAFNOSUPPORT, "Address family not supported by protocol")
            return address, port
        with mock.patch.object(exporter, "Server", server):
            self.assertEqual(exporter.server_on("", 9877), ("0.0.0.0", 9877))

    def test_all_means_ipv4_and_ipv6(self):
        with exporter.server_on("", 0) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            port = server.server_address[1]
            for host in ("127.0.0.1", "::1") if socket.has_ipv6 and os.path.exists("/proc/net/if_inet6") else ("127.0.0.1",):
                with contextlib.closing(http.client.HTTPConnection(host, port, timeout=5)) as connection:
                    connection.request("HEAD", "/")
                    self.assertEqual(connection.getresponse().status, 200)
            server.shutdown()


if __name__ == "__main__":
    unittest.main()
