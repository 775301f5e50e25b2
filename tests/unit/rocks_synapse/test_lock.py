"""requirements.lock: everything pinned, everything by hash, and told the same in the README."""

import re
import unittest

import programs

LOCK = (programs.ROCK / "packages/requirements.lock").read_text(encoding="utf-8")


class Lock(unittest.TestCase):
    def setUp(self):
        text = re.sub(r"(?m)^#.*\n", "", LOCK).replace("\\\n", " ")
        self.pins = {}
        for line in text.splitlines():
            pin, *hashes = line.split()
            self.pins[pin] = hashes

    def test_every_package_is_pinned_by_one_hash_or_two(self):
        self.assertGreater(len(self.pins), 50)
        for pin, hashes in self.pins.items():
            self.assertRegex(pin, r"^[a-z0-9.-]+==[0-9][0-9a-z.]*$")
            self.assertIn(len(hashes), (1, 2), pin)
            for digest in hashes:
                self.assertRegex(digest, r"^--hash=sha256:[0-9a-f]{64}$")

    def test_machine_code_is_there_for_both_architectures(self):
        for name in ("matrix-synapse", "cryptography", "pillow", "pydantic-core", "pyyaml", "pynacl", "rpds-py", "hiredis"):
            self.assertEqual([len(hashes) for pin, hashes in self.pins.items() if pin.startswith(f"{name}==")], [2], name)

    def test_what_only_building_needs_is_not_there(self):
        names = {pin.split("==")[0] for pin in self.pins}
        self.assertFalse(names & {"setuptools", "setuptools-rust", "semantic-version", "pycparser", "pip", "wheel"})
        self.assertIn("psycopg2", names)

    def test_the_readme_names_the_version(self):
        version = next(pin.split("==")[1] for pin in self.pins if pin.startswith("matrix-synapse=="))
        self.assertIn(f"Synapse {version} from PyPI", (programs.ROCK / "README.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    unittest.main()
