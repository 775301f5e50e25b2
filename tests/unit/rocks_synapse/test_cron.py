"""run_cron.py and the weekly removal of empty media folders."""

import json
import os
import pathlib
import shutil
import stat
import subprocess
import tempfile
import unittest
from unittest import mock

import programs

run_cron = programs.load(programs.RUN_CRON)
weekly = programs.load(programs.WEEKLY)


class Case(unittest.TestCase):
    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)


class RunCron(Case):
    def test_writes_the_environment_for_root_alone_and_becomes_cron(self):
        path = self.folder / "new" / "environment.json"
        environment = {"SYNAPSE_CONFIG_PATH": "/data/homeserver.yaml", "POSTGRES_PASSWORD": "p\"w\n€"}
        with mock.patch.object(run_cron, "ENVIRONMENT", path), mock.patch.dict(os.environ, environment, clear=True), \
                mock.patch.object(os, "geteuid", lambda: 0), mock.patch.object(os, "execv") as execute:
            for _ in range(2):  # a restart finds the file of the last run
                run_cron.main()
        execute.assert_called_with("/usr/sbin/cron", ["/usr/sbin/cron", "-f"])
        self.assertEqual(json.loads(path.read_text(encoding="utf-8")), environment)
        self.assertEqual(stat.S_IMODE(path.stat().st_mode), 0o600)
        self.assertEqual(list(path.parent.iterdir()), [path])

    def test_says_that_it_needs_root(self):
        with mock.patch.object(os, "geteuid", lambda: 991), mock.patch.object(os, "execv") as execute, \
                self.assertRaisesRegex(SystemExit, "cron needs root"):
            run_cron.main()
        execute.assert_not_called()


class Weekly(Case):
    def setUp(self):
        super().setUp()
        self.store = self.folder / "media_store"
        self.store.mkdir()
        self.environment = self.folder / "environment.json"
        self.configuration = self.folder / "homeserver.yaml"

    def run_it(self, configuration=None, environment=None):
        if configuration is not None:
            self.configuration.write_text(configuration, encoding="utf-8")
        if environment is None:
            environment = {"SYNAPSE_CONFIG_PATH": str(self.configuration)}
        self.environment.write_text(json.dumps(environment), encoding="utf-8")
        with mock.patch.object(weekly, "ENVIRONMENT", self.environment):
            weekly.main()

    def left(self):
        return sorted(str(path.relative_to(self.store)) for path in self.store.rglob("*"))

    def test_removes_empty_folders_from_the_bottom_up_and_nothing_else(self):
        for folder in ("local_content/aa/bb/cc", "local_content/aa/dd", "remote_content/x/y", "url_cache"):
            (self.store / folder).mkdir(parents=True)
        (self.store / "remote_content" / "x" / "file").touch()
        self.run_it(f"media_store_path: {self.store}\n")
        self.assertEqual(self.left(), ["remote_content", "remote_content/x", "remote_content/x/file"])

    def test_keeps_the_store_itself(self):
        self.run_it(f"media_store_path: {self.store}\n")
        self.assertTrue(self.store.is_dir())

    def test_follows_no_links(self):
        outside = self.folder / "outside"
        (outside / "empty").mkdir(parents=True)
        (self.store / "link").symlink_to(outside)
        (self.store / "dangling").symlink_to("nowhere")
        self.run_it(f"media_store_path: {self.store}\n")
        self.assertTrue((outside / "empty").is_dir())
        self.assertEqual(self.left(), ["dangling", "link"])

    def test_finds_the_configuration_as_the_launcher_does(self):
        for environment in ({"SYNAPSE_CONFIG_DIR": str(self.folder)}, {"SYNAPSE_CONFIG_DIR": str(self.folder), "SYNAPSE_CONFIG_PATH": ""}):
            (self.store / "empty").mkdir()
            self.run_it(f"media_store_path: {self.store}\n", environment)
            self.assertEqual(self.left(), [])
        self.assertIsNone(weekly.media_store({"SYNAPSE_CONFIG_PATH": "/nonexistent"}))

    def test_has_nothing_to_do_before_there_is_anything(self):
        with mock.patch.object(weekly, "ENVIRONMENT", self.folder / "missing"):
            weekly.main()
        self.run_it()
        self.run_it(f"media_store_path: {self.folder}/missing\n")

    def test_a_configuration_without_a_store_is_an_error(self):
        for configuration in ("server_name: a\n", "", "- 1\n", "media_store_path:\n"):
            with self.assertRaisesRegex(SystemExit, "homeserver.yaml has no media_store_path"):
                self.run_it(configuration)

    def test_pauses_after_each_hundred_folders(self):
        for number in range(250):
            (self.store / str(number)).mkdir()
        pauses = []
        weekly.remove_empty_folders(str(self.store), pauses.append)
        self.assertEqual(pauses, [1, 1])
        self.assertEqual(self.left(), [])

    def test_a_folder_that_stays_counts_too(self):
        for number in range(100):
            (self.store / str(number)).mkdir()
            (self.store / str(number) / "file").touch()
        pauses = []
        weekly.remove_empty_folders(str(self.store), pauses.append)
        self.assertEqual(pauses, [1])


class Schedule(unittest.TestCase):
    def test_run_parts_would_run_it(self):
        folder = programs.WEEKLY.parent
        done = subprocess.run(["run-parts", "--test", folder], check=True, capture_output=True, text=True)
        self.assertEqual(done.stdout.split(), [str(programs.WEEKLY)])

    def test_the_programs_are_executable_and_begin_with_debians_python(self):
        for program in (programs.START, programs.EXPORTER, programs.RUN_CRON, programs.WEEKLY):
            self.assertTrue(os.access(program, os.X_OK), program)
            self.assertEqual(program.read_text(encoding="utf-8").splitlines()[0], "#!/usr/bin/python3")


if __name__ == "__main__":
    unittest.main()
