"""/start.py: every mode, every variable, what it writes, what it refuses, whom it becomes."""

import base64
import contextlib
import io
import os
import pathlib
import pwd
import re
import shutil
import stat
import subprocess
import sys
import tempfile
import unittest
from unittest import mock

import yaml

import programs

start = programs.load(programs.START)
start.TEMPLATES = programs.FILES / "conf"

NAMED = {"SYNAPSE_SERVER_NAME": "rock.example", "SYNAPSE_REPORT_STATS": "no"}


class Executed(Exception):
    """Stands for the exec, from which nothing returns."""


class Case(unittest.TestCase):
    def setUp(self):
        self.data = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.data)
        self.executed = None
        self.patch(os, "geteuid", lambda: 4321)  # somebody without a name
        self.patch(os, "execve", self.execute)

    def patch(self, target, name, value):
        patcher = mock.patch.object(target, name, value)
        patcher.start()
        self.addCleanup(patcher.stop)

    def execute(self, program, words, environment):
        self.executed = (program, words, environment)
        raise Executed

    def start(self, *words, **variables):
        """Runs the launcher; returns (exit code or None if it became Synapse, what it said)."""
        environment = {"SYNAPSE_DATA_DIR": str(self.data), "SYNAPSE_CONFIG_DIR": str(self.data), **variables}
        self.executed = None
        said = io.StringIO()
        with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
            try:
                code = start.main(list(words), {name: value for name, value in environment.items() if value is not None})
            except Executed:
                code = None
            except SystemExit as exit:
                code = exit.code
        return code, said.getvalue()

    def migrated(self, **variables):
        """The configuration that migrate_config makes."""
        code, said = self.start("migrate_config", **{**NAMED, **variables})
        self.assertEqual(code, 0, said)
        return self.configuration()

    def configuration(self):
        return yaml.safe_load((self.data / "homeserver.yaml").read_text(encoding="utf-8"))

    def refused(self, *words, because, **variables):
        path = self.data / "homeserver.yaml"
        before = path.exists() and path.read_bytes()
        code, said = self.start(*words, **variables)
        self.assertEqual(code, 2, said)
        self.assertIsNone(self.executed)
        self.assertNotIn("Traceback", said)
        self.assertIn(because, said)
        self.assertEqual(path.exists() and path.read_bytes(), before)
        return said


class Run(Case):
    def setUp(self):
        super().setUp()
        self.path = self.data / "homeserver.yaml"

    def configured(self):
        self.path.write_text("mine: true\n", encoding="utf-8")

    def test_becomes_the_homeserver_with_the_configuration_of_the_folder(self):
        self.configured()
        for words in ([], ["run"]):
            self.assertIsNone(self.start(*words)[0])
            self.assertEqual(self.executed[0], sys.executable)
            self.assertEqual(self.executed[1], [sys.executable, "-m", "synapse.app.homeserver", "--config-path", str(self.path)])
        self.assertEqual(self.path.read_text(encoding="utf-8"), "mine: true\n")

    def test_takes_the_path_of_the_environment_before_that_of_the_folder(self):
        other = self.data / "other.yaml"
        other.write_text("", encoding="utf-8")
        self.start(SYNAPSE_CONFIG_PATH=str(other))
        self.assertEqual(self.executed[1][-1], str(other))

    def test_defaults_are_all_in_data(self):
        settings = start.Settings({})
        self.assertEqual((str(settings.data), str(settings.folder), str(settings.path)), ("/data", "/data", "/data/homeserver.yaml"))

    def test_runs_a_worker_with_several_configurations(self):
        self.configured()
        worker = self.data / "worker.yaml"
        worker.write_text("", encoding="utf-8")
        self.start("run", "-m", "synapse.app.generic_worker", "--config-path", str(self.path), "--config-path", str(worker))
        self.assertEqual(self.executed[1][1:], ["-m", "synapse.app.generic_worker", "--config-path", str(self.path),
                                                "--config-path", str(worker)])

    def test_takes_the_module_from_the_environment_unless_it_is_told(self):
        self.configured()
        self.start(SYNAPSE_WORKER="synapse.app.generic_worker")
        self.assertEqual(self.executed[1][2], "synapse.app.generic_worker")
        self.start("-m", "synapse.app.homeserver", "-c", str(self.path), SYNAPSE_WORKER="synapse.app.generic_worker")
        self.assertEqual(self.executed[1][2], "synapse.app.homeserver")

    def test_hands_the_environment_on(self):
        self.configured()
        proxies = {"http_proxy": "http://p:1", "https_proxy": "http://p:2", "no_proxy": "a,b", "HTTP_PROXY": "http://p:3",
                   "HTTPS_PROXY": "http://p:4", "NO_PROXY": "c"}
        self.start(**proxies)
        self.assertLessEqual(proxies.items(), self.executed[2].items())

    def test_preloads_jemalloc_once_where_it_is(self):
        self.configured()
        library = f"/usr/lib/{os.uname().machine}-linux-gnu/libjemalloc.so.2"
        exists = os.path.exists
        self.patch(os.path, "exists", lambda path: path == library or exists(path))
        for before, after in ((None, library), ("/x.so", f"{library} /x.so"), (library, library)):
            self.start(LD_PRELOAD=before)
            self.assertEqual(self.executed[2]["LD_PRELOAD"], after)

    def test_does_without_jemalloc_where_it_is_not(self):
        self.configured()
        exists = os.path.exists
        self.patch(os.path, "exists", lambda path: "jemalloc" not in path and exists(path))
        self.start()
        self.assertNotIn("LD_PRELOAD", self.executed[2])

    def test_home_is_one_that_the_user_may_look_into(self):
        self.configured()
        self.start(HOME="/root")
        self.assertEqual(self.executed[2]["HOME"], "/")
        self.patch(os, "geteuid", lambda: pwd.getpwnam("nobody").pw_uid)
        self.start(HOME="/root")
        self.assertEqual(self.executed[2]["HOME"], pwd.getpwnam("nobody").pw_dir)

    def test_makes_the_first_configuration(self):
        code, said = self.start(SYNAPSE_SERVER_NAME="rock.example")
        self.assertIsNone(code, said)
        self.assertEqual(self.executed[1][-1], str(self.path))
        configuration = self.configuration()
        self.assertEqual(configuration["server_name"], "rock.example")
        self.assertIs(configuration["report_stats"], False)
        self.assertEqual([listener["port"] for listener in configuration["listeners"]], [8008])
        self.assertNotIn("WARNING", said)

    def test_without_a_name_it_is_localhost_and_says_so_loudly(self):
        _, said = self.start()
        self.assertEqual(self.configuration()["server_name"], "localhost")
        self.assertIn("WARNING: SYNAPSE_SERVER_NAME is not set", said)

    def test_makes_the_first_configuration_once(self):
        self.start(SYNAPSE_SERVER_NAME="rock.example")
        first = {path.name: path.read_bytes() for path in self.data.iterdir()}
        self.start(SYNAPSE_SERVER_NAME="other.example", POSTGRES_PASSWORD="x")
        self.assertEqual({path.name: path.read_bytes() for path in self.data.iterdir()}, first)

    def test_makes_none_where_one_was_named(self):
        self.refused("run", "-c", str(self.data / "missing.yaml"), because="missing.yaml is not there", **NAMED)
        self.assertEqual(list(self.data.iterdir()), [])

    def test_makes_none_for_a_worker(self):
        said = self.refused("run", "-m", "synapse.app.generic_worker", because="homeserver.yaml is not there", **NAMED)
        self.assertIn("migrate_config", said)

    def test_says_if_the_configuration_cannot_be_read(self):
        self.configured()
        self.patch(os, "access", lambda *_: False)
        self.refused(because="cannot be read by uid 4321")

    def test_a_first_start_that_failed_leaves_nothing_half(self):
        def fail(*_):
            raise OSError(28, "No space left on device", "/data")
        self.patch(os, "replace", fail)
        self.refused(because="No space left on device", **NAMED)
        self.assertEqual(list(self.data.iterdir()), [])


class Generate(Case):
    def test_hands_over_to_synapses_own_generator(self):
        self.patch(os, "chdir", lambda path: self.assertEqual(path, self.data))
        for told, said in (("yes", "yes"), ("no", "no"), ("false", "no")):
            self.start("generate", SYNAPSE_SERVER_NAME="rock.example", SYNAPSE_REPORT_STATS=told)
            self.assertEqual(self.executed[1], [
                sys.executable, "-m", "synapse.app.homeserver", "--generate-config", "--open-private-ports",
                "--server-name", "rock.example", "--report-stats", said, "--config-path", str(self.data / "homeserver.yaml"),
                "--config-directory", str(self.data), "--data-directory", str(self.data)])

    def test_names_what_is_missing(self):
        self.refused("generate", because="set SYNAPSE_SERVER_NAME and SYNAPSE_REPORT_STATS")
        self.refused("generate", because="set SYNAPSE_REPORT_STATS: yes or no", SYNAPSE_SERVER_NAME="a.b", SYNAPSE_REPORT_STATS="")


class MigrateConfig(Case):
    def test_names_what_is_missing(self):
        self.refused("migrate_config", because="set SYNAPSE_SERVER_NAME and SYNAPSE_REPORT_STATS")
        self.refused("migrate_config", because="set SYNAPSE_SERVER_NAME", SYNAPSE_REPORT_STATS="no")
        self.assertEqual(list(self.data.iterdir()), [])

    def test_the_least(self):
        configuration = self.migrated()
        self.assertIsNone(self.executed)
        self.assertEqual(configuration["server_name"], "rock.example")
        self.assertIs(configuration["report_stats"], False)
        self.assertEqual(configuration["listeners"], [{
            "port": 8008, "type": "http", "tls": False, "x_forwarded": True, "bind_addresses": [start.any_address()],
            "resources": [{"names": ["client", "federation"]}]}])
        self.assertEqual(configuration["database"], {"name": "sqlite3", "args": {"database": f"{self.data}/homeserver.db"}})
        self.assertEqual(configuration["media_store_path"], f"{self.data}/media_store")
        self.assertEqual(configuration["signing_key_path"], f"{self.data}/rock.example.signing.key")
        self.assertEqual(configuration["log_config"], f"{self.data}/log.config")
        self.assertEqual(configuration["max_upload_size"], "50M")
        self.assertEqual(configuration["event_cache_size"], "10K")
        self.assertIs(configuration["enable_registration"], False)
        self.assertIs(configuration["allow_guest_access"], False)
        self.assertEqual(configuration["trusted_key_servers"], [{"server_name": "matrix.org"}])
        self.assertIs(configuration["suppress_key_server_warning"], True)
        self.assertFalse({"turn_uris", "recaptcha_public_key", "app_service_config_files", "tls_certificate_path",
                          "enable_metrics"} & configuration.keys())

    def test_writes_all_and_for_its_user_alone(self):
        self.migrated()
        self.assertEqual({path.name: stat.S_IMODE(path.stat().st_mode) for path in self.data.iterdir()}, {
            name: 0o600 for name in ("homeserver.yaml", "log.config", "rock.example.signing.key", "rock.example.registration.key",
                                     "rock.example.macaroon.key")})

    def test_makes_the_configuration_anew_each_time_and_keeps_the_secrets(self):
        first = self.migrated()
        keys = {path.name: path.read_bytes() for path in self.data.glob("*.key")}
        second = self.migrated(SYNAPSE_MAX_UPLOAD_SIZE="7M")
        self.assertEqual(second["max_upload_size"], "7M")
        self.assertEqual({path.name: path.read_bytes() for path in self.data.glob("*.key")}, keys)
        for name in ("registration_shared_secret", "macaroon_secret_key"):
            self.assertEqual(first[name], second[name])
            self.assertGreater(len(first[name]), 40)
        self.assertNotEqual(first["registration_shared_secret"], first["macaroon_secret_key"])

    def test_secrets_of_two_servers_differ(self):
        self.assertNotEqual(self.migrated()["macaroon_secret_key"], self.migrated(SYNAPSE_SERVER_NAME="b.example")["macaroon_secret_key"])

    def test_takes_secrets_that_are_there(self):
        (self.data / "rock.example.registration.key").write_text("old secret\n", encoding="utf-8")
        self.assertEqual(self.migrated()["registration_shared_secret"], "old secret")

    def test_takes_secrets_of_the_environment_and_writes_no_file_for_them(self):
        configuration = self.migrated(SYNAPSE_REGISTRATION_SHARED_SECRET="r", SYNAPSE_MACAROON_SECRET_KEY="m")
        self.assertEqual((configuration["registration_shared_secret"], configuration["macaroon_secret_key"]), ("r", "m"))
        self.assertEqual([path.name for path in self.data.glob("*.key")], ["rock.example.signing.key"])

    def test_refuses_an_empty_secret(self):
        (self.data / "rock.example.macaroon.key").write_text("\n", encoding="utf-8")
        self.refused("migrate_config", because="rock.example.macaroon.key is empty", **NAMED)

    def test_the_signing_key_is_as_synapse_writes_it(self):
        self.migrated()
        algorithm, version, seed = (self.data / "rock.example.signing.key").read_text(encoding="ascii").split()
        self.assertEqual(algorithm, "ed25519")
        self.assertRegex(version, r"^a_[A-Za-z0-9]+$")
        self.assertNotIn("=", seed)
        self.assertEqual(len(base64.b64decode(seed + "=")), 32)

    def test_report_stats(self):
        for word in ("yes", "true", "YES", "1", "on"):
            self.assertIs(self.migrated(SYNAPSE_REPORT_STATS=word)["report_stats"], True)
        for word in ("no", "false", "False", "0", "off"):
            self.assertIs(self.migrated(SYNAPSE_REPORT_STATS=word)["report_stats"], False)

    def test_postgresql(self):
        database = self.migrated(POSTGRES_PASSWORD="pw")["database"]
        self.assertEqual(database, {"name": "psycopg2", "args": {
            "user": "synapse", "password": "pw", "dbname": "synapse", "host": "db", "port": 5432, "cp_min": 5, "cp_max": 10}})
        database = self.migrated(POSTGRES_PASSWORD="pw", POSTGRES_USER="u", POSTGRES_DB="d", POSTGRES_HOST="h", POSTGRES_PORT="6000",
                                 POSTGRES_CP_MIN="2", POSTGRES_CP_MAX="3")["database"]
        self.assertEqual(database["args"], {
            "user": "u", "password": "pw", "dbname": "d", "host": "h", "port": 6000, "cp_min": 2, "cp_max": 3})

    def test_any_password_survives(self):
        for password in ("p'w:/@é€😀\"#{ x", "{{ server_name }}", "no", "12", " # x", "a\\nb", "<&>", "\t\x01"):
            self.assertEqual(self.migrated(POSTGRES_PASSWORD=password)["database"]["args"]["password"], password)

    def test_a_host_without_password_is_told(self):
        code, said = self.start("migrate_config", POSTGRES_HOST="db", **NAMED)
        self.assertEqual((code, self.configuration()["database"]["name"]), (0, "sqlite3"))
        self.assertIn("POSTGRES_PASSWORD is not", said)

    def test_no_password_is_said(self):
        _, said = self.start("migrate_config", POSTGRES_PASSWORD="hush-hush", **NAMED)
        self.assertNotIn("hush", said)

    def test_no_tls_unless_asked(self):
        for word in (None, "", "True", "yes", "1"):
            self.assertNotIn(8448, [listener["port"] for listener in self.migrated(SYNAPSE_NO_TLS=word)["listeners"]])
        for kind in ("crt", "key"):
            self.refused("migrate_config", because=f"rock.example.tls.{kind} is not there", SYNAPSE_NO_TLS="no", **NAMED)
            (self.data / f"rock.example.tls.{kind}").write_text("", encoding="utf-8")
        configuration = self.migrated(SYNAPSE_NO_TLS="no")
        self.assertEqual([(listener["port"], listener["tls"]) for listener in configuration["listeners"]], [(8008, False), (8448, True)])
        self.assertEqual(configuration["tls_certificate_path"], f"{self.data}/rock.example.tls.crt")
        self.assertEqual(configuration["tls_private_key_path"], f"{self.data}/rock.example.tls.key")

    def test_port_and_metrics(self):
        configuration = self.migrated(SYNAPSE_HTTP_PORT="8100", SYNAPSE_ENABLE_METRICS="1")
        self.assertEqual([(listener["port"], listener["type"]) for listener in configuration["listeners"]], [(8100, "http"), (19090, "metrics")])
        self.assertIs(configuration["enable_metrics"], True)

    def test_listens_on_ipv4_where_the_kernel_has_no_ipv6(self):
        with mock.patch.object(start.socket, "socket", side_effect=OSError(97, "Address family not supported by protocol")):
            configuration = self.migrated()
        self.assertEqual(configuration["listeners"][0]["bind_addresses"], ["0.0.0.0"])

    def test_registration(self):
        self.refused("migrate_config", because="refuses to register strangers", SYNAPSE_ENABLE_REGISTRATION="yes", **NAMED)
        self.refused("migrate_config", because="go together", SYNAPSE_RECAPTCHA_PUBLIC_KEY="a", **NAMED)
        configuration = self.migrated(SYNAPSE_ENABLE_REGISTRATION="yes", SYNAPSE_ALLOW_GUEST="yes", SYNAPSE_RECAPTCHA_PUBLIC_KEY="a",
                                      SYNAPSE_RECAPTCHA_PRIVATE_KEY="b")
        self.assertEqual([configuration[name] for name in (
            "enable_registration", "allow_guest_access", "enable_registration_captcha", "recaptcha_public_key",
            "recaptcha_private_key")], [True, True, True, "a", "b"])

    def test_turn(self):
        self.refused("migrate_config", because="go together", SYNAPSE_TURN_URIS="turn:a", **NAMED)
        configuration = self.migrated(SYNAPSE_TURN_URIS="turn:a?transport=udp, turn:b", SYNAPSE_TURN_SECRET="s")
        self.assertEqual(configuration["turn_uris"], ["turn:a?transport=udp", "turn:b"])
        self.assertEqual(configuration["turn_shared_secret"], "s")

    def test_sizes(self):
        configuration = self.migrated(SYNAPSE_MAX_UPLOAD_SIZE="1G", SYNAPSE_EVENT_CACHE_SIZE="5000")
        self.assertEqual((configuration["max_upload_size"], configuration["event_cache_size"]), ("1G", "5000"))

    def test_application_services(self):
        (self.data / "appservices").mkdir()
        for name in ("b.yaml", "a.yaml", "c.txt"):
            (self.data / "appservices" / name).write_text("", encoding="utf-8")
        self.assertEqual(self.migrated()["app_service_config_files"], [f"{self.data}/appservices/{name}.yaml" for name in "ab"])

    def log(self, **variables):
        self.migrated(**variables)
        return yaml.safe_load((self.data / "log.config").read_text(encoding="utf-8"))

    def test_log(self):
        import logging.config
        log = self.log()
        self.assertEqual(log["root"], {"level": "INFO", "handlers": ["console"]})
        self.assertEqual(log["loggers"]["synapse.storage.SQL"]["level"], "INFO")
        logging.config.dictConfig(log)
        self.assertEqual(self.log(SYNAPSE_LOG_LEVEL="debug")["root"]["level"], "DEBUG")
        self.assertNotIn("loggers", self.log(SYNAPSE_LOG_SENSITIVE="yes"))

    def test_a_log_configuration_of_ones_own(self):
        self.assertEqual(self.migrated(SYNAPSE_LOG_CONFIG="/my/log")["log_config"], "/my/log")
        self.assertFalse((self.data / "log.config").exists())

    def test_folders_may_differ(self):
        other = self.data / "conf"
        other.mkdir()
        code, said = self.start("migrate_config", SYNAPSE_CONFIG_DIR=str(other), **NAMED)
        self.assertEqual(code, 0, said)
        self.assertEqual(sorted(path.name for path in other.iterdir()), ["homeserver.yaml", "log.config"])
        self.assertEqual(len(list(self.data.glob("*.key"))), 3)

    def test_wrong_values_are_named(self):
        for name, value in {
                "SYNAPSE_SERVER_NAME": "../evil", "SYNAPSE_REPORT_STATS": "maybe", "SYNAPSE_NO_TLS": "si", "SYNAPSE_HTTP_PORT": "http",
                "SYNAPSE_ENABLE_METRICS": "x", "SYNAPSE_ENABLE_REGISTRATION": "2", "SYNAPSE_ALLOW_GUEST": "nope",
                "SYNAPSE_LOG_LEVEL": "LOUD", "SYNAPSE_LOG_SENSITIVE": "x", "SYNAPSE_MAX_UPLOAD_SIZE": "50 MB",
                "SYNAPSE_EVENT_CACHE_SIZE": "big"}.items():
            said = self.refused("migrate_config", because=f"{name} must be", **{**NAMED, name: value})
            self.assertIn(f"'{value}'", said)
        for name, value in {"POSTGRES_PORT": "65536", "POSTGRES_CP_MIN": "-1", "POSTGRES_CP_MAX": "ten"}.items():
            self.refused("migrate_config", because=f"{name} must be", POSTGRES_PASSWORD="x", **{**NAMED, name: value})

    def test_a_folder_that_is_not_there_is_named(self):
        self.refused("migrate_config", because="/nonexistent", SYNAPSE_DATA_DIR="/nonexistent", **NAMED)


class Words(Case):
    def test_unknown_modes_and_options(self):
        self.refused("migrate", because="invalid choice: 'migrate'")
        self.refused("run", "--frob", because="unrecognized arguments: --frob")
        self.refused("generate", "-m", "x", because="generate takes no options", **NAMED)

    def test_help(self):
        code, said = self.start("--help")
        self.assertEqual(code, 0)
        self.assertIn("migrate_config", said)


class GivingUpRoot(Case):
    def setUp(self):
        super().setUp()
        (self.data / "homeserver.yaml").write_text("", encoding="utf-8")
        (self.data / "media_store" / "deep").mkdir(parents=True)
        self.acts = []
        self.patch(os, "geteuid", lambda: 0)
        self.patch(os, "chdir", lambda _: None)
        for name in ("setgroups", "setgid", "setuid", "lchown"):
            self.patch(os, name, lambda *arguments, name=name: self.acts.append((name, *arguments)))

    def test_hands_over_one_level_then_becomes_synapse(self):
        self.start()
        owned = {path for name, path, uid, gid in self.acts[:-3] if (name, uid, gid) == ("lchown", 991, 991)}
        self.assertEqual(owned, {str(self.data), str(self.data / "homeserver.yaml"), str(self.data / "media_store")})
        self.assertEqual(self.acts[-3:], [("setgroups", [991]), ("setgid", 991), ("setuid", 991)])
        self.assertIsNotNone(self.executed)

    def test_in_every_mode(self):
        for mode in ("run", "generate", "migrate_config"):
            self.acts.clear()
            self.start(mode, **NAMED)
            self.assertEqual(self.acts[-1], ("setuid", 991))

    def test_leaves_alone_what_is_synapses_already(self):
        mine = os.stat(self.data)
        self.start(UID=str(mine.st_uid), GID=str(mine.st_gid))
        self.assertNotIn("lchown", [name for name, *_ in self.acts])

    def test_uid_and_gid_are_told_by_the_environment(self):
        self.start(UID="1234", GID="567")
        self.assertEqual(self.acts[-3:], [("setgroups", [567]), ("setgid", 567), ("setuid", 1234)])
        self.refused("run", because="UID must be a number, not 'synapse'", UID="synapse")

    def test_stays_root_if_told_so(self):
        self.start(UID="0", GID="0")
        self.assertNotIn("setuid", [name for name, *_ in self.acts])
        self.assertIsNotNone(self.executed)

    def test_makes_the_folders(self):
        new = self.data / "a" / "b"
        self.start("migrate_config", SYNAPSE_DATA_DIR=str(new), SYNAPSE_CONFIG_DIR=str(new), **NAMED)
        self.assertTrue((new / "homeserver.yaml").exists())

    def test_says_what_stays_with_another(self):
        def refuse(path, *_):
            raise OSError(30, "Read-only file system", path)
        self.patch(os, "lchown", refuse)
        code, said = self.start()
        self.assertIsNone(code)
        self.assertIn("Read-only file system", said)

    def test_says_which_capabilities_are_missing(self):
        def refuse(*_):
            raise PermissionError(1, "Operation not permitted")
        self.patch(os, "setgroups", refuse)
        self.refused(because="capabilities SETUID and SETGID")

    def test_without_root_it_touches_no_owner(self):
        self.patch(os, "geteuid", lambda: 1000)
        self.start()
        self.assertEqual(self.acts, [])


@unittest.skipUnless(os.geteuid() == 0, "needs root")
class ForReal(unittest.TestCase):
    """The program itself, as root, with a Synapse that tells who it is."""

    def test_the_child_is_nobody_else(self):
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            folder.chmod(0o755)
            app = folder / "lib" / "synapse" / "app"
            app.mkdir(parents=True)
            for path in (app.parent, app):
                (path / "__init__.py").touch()
            (app / "homeserver.py").write_text("import os, sys\nprint(os.getresuid(), os.getresgid(), os.getgroups(), sys.argv[1:])\n"
                                               "sys.exit(7)\n", encoding="utf-8")
            data = folder / "data"
            (data / "media_store" / "deep").mkdir(parents=True)
            (data / "c.yaml").touch(mode=0o600)
            done = subprocess.run([sys.executable, programs.START, "run", "-c", data / "c.yaml"], capture_output=True, text=True, check=False,
                                  env={"PYTHONPATH": str(folder / "lib"), "SYNAPSE_DATA_DIR": str(data), "SYNAPSE_CONFIG_DIR": str(data)})
            self.assertEqual(done.returncode, 7, done.stderr)
            self.assertEqual(done.stdout.strip(), f"(991, 991, 991) (991, 991, 991) [991] ['--config-path', '{data}/c.yaml']")
            self.assertEqual([os.stat(path).st_uid for path in (data, data / "c.yaml", data / "media_store", data / "media_store" / "deep")],
                             [991, 991, 991, 0])


class Templates(unittest.TestCase):
    def test_every_value_of_the_environment_is_quoted(self):
        for line in (programs.FILES / "conf/homeserver.yaml").read_text(encoding="utf-8").splitlines():
            for value in re.findall(r"{{(.*?)}}", line):
                self.assertTrue("tojson" in value or value.strip() in ("port", "postgres.port", "postgres.cp_min", "postgres.cp_max"), line)


if __name__ == "__main__":
    unittest.main()
