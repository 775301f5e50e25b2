"""What is in the packed rock: nothing that is not needed, everything that is. ROCKBUILD_TEST_SYNAPSE_ROCK=FILE names the rock."""

import io
import json
import os
import re
import subprocess
import tarfile
import tempfile
import unittest

ROCK = os.environ.get("ROCKBUILD_TEST_SYNAPSE_ROCK")
CEILING = 65_000_000  # bytes of the layers above the base, compressed


@unittest.skipUnless(ROCK, "needs ROCKBUILD_TEST_SYNAPSE_ROCK=FILE")
class Image(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """Reads the whole image: `base` and `files` map paths to entries; `text` reads one."""
        cls.contents = {}
        with tarfile.open(ROCK) as archive:
            def document(digest):
                return archive.extractfile(f"blobs/{digest.replace(':', '/')}")
            index = json.load(archive.extractfile("index.json"))
            manifest = json.load(document(index["manifests"][0]["digest"]))
            cls.layers = manifest["layers"]
            cls.base, cls.files = {}, {}
            for number, layer in enumerate(cls.layers):
                with tarfile.open(fileobj=io.BytesIO(document(layer["digest"]).read())) as tree:
                    for entry in tree:
                        path = entry.name.removeprefix("./").rstrip("/")
                        (cls.files if number else cls.base)[path] = entry
                        if entry.isfile() and (number or ".so" in path):
                            cls.contents[path] = tree.extractfile(entry).read()

    def test_is_small(self):
        self.assertLess(sum(layer["size"] for layer in self.layers[1:]), CEILING)

    def elf(self, paths):
        """What each ELF file among PATHS links: {path: {library}}."""
        found = {}
        for path in paths:
            content = self.contents.get(path, b"")
            if content[:4] == b"\x7fELF":
                with tempfile.NamedTemporaryFile() as file:
                    file.write(content)
                    file.flush()
                    dynamic = subprocess.run(["readelf", "-dW", file.name], check=True, capture_output=True, text=True).stdout
                found[path] = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
        return found

    def test_every_library_is_there_and_linked(self):
        ours = self.elf(self.files)
        self.assertGreater(len(ours), 50)
        there = {os.path.basename(path) for path in (*self.base, *self.files)}
        missing = {f"{path} links {library}" for path, libraries in ours.items() for library in libraries - there}
        self.assertEqual(missing, set())
        linked = set().union(*ours.values())
        links = {os.path.basename(entry.linkname): os.path.basename(path) for path, entry in self.files.items() if entry.issym()}
        shipped = [path for path in ours if re.fullmatch(r"(usr/)?lib/[^/]*-linux-gnu/[^/]*", path) or ".libs/" in path]
        self.assertGreater(len(shipped), 20)
        unlinked = {path for path in shipped if not {os.path.basename(path), links.get(os.path.basename(path))} & linked}
        self.assertEqual({os.path.basename(path) for path in unlinked}, {"libjemalloc.so.2"})  # start.py preloads it

    def test_libraries_of_the_base_are_not_there_twice(self):
        self.assertEqual([path for path in self.files if ".so" in path and path in self.base], [])

    def test_nothing_is_left_of_building_and_testing(self):
        left = re.compile(r"/(tests?|pip|setuptools|setuptools_rust|idlelib|ensurepip|lib2to3|tkinter|pydoc_data|man|locale)(/|$)"
                          r"|\.(pyi|pyx|pxd|c|h|cpp|a|rs)$|/(gcc|cc|ld|as|pip3?|perl)$|/RECORD$|/direct_url\.json$|libicu")
        self.assertEqual([path for path in self.files if left.search("/" + path) and path not in self.base], [])

    def test_all_of_python_is_compiled_and_never_compared_with_file_times(self):
        sources = {path for path in self.files if re.search(r"/python3\.11/.*\.py$", path)}
        self.assertGreater(len(sources), 2000)
        for path in sources:
            folder, name = os.path.split(path)
            compiled = self.contents[f"{folder}/__pycache__/{name[:-3]}.cpython-311.pyc"]
            self.assertEqual(compiled[4:8], b"\x01\x00\x00\x00", path)  # by hash, unchecked
        compiled = {path for path in self.files if path.endswith(".pyc")}
        self.assertEqual(len(compiled), len(sources))

    def test_tracebacks_name_files_of_the_image(self):
        for folder in ("usr/lib/python3.11/json", "usr/local/lib/python3.11/dist-packages/synapse"):
            self.assertIn(f"/{folder}/__init__.py".encode(), self.contents[f"{folder}/__pycache__/__init__.cpython-311.pyc"])

    def test_who_owns_what(self):
        owned = {path: (entry.uid, entry.gid) for path, entry in self.files.items() if (entry.uid, entry.gid) != (0, 0)}
        owned = {path: owner for path, owner in owned.items() if path not in ("etc/shadow", "etc/gshadow")}
        self.assertEqual(owned, {"srv/synapse": (991, 991)})
        self.assertIn(b"synapse:x:991:991:", self.contents["etc/passwd"])
        for path in ("start.py", "usr/local/bin/run_cron.py", "usr/local/bin/synapse-stats-exporter",
                     "etc/cron.weekly/remove-empty-media-folders"):
            self.assertEqual(self.files[path].mode, 0o755)
        self.assertFalse([path for path in self.files if path.startswith(("data", "charm")) or path.endswith(".pebble.state")])

    def test_licences_are_inside(self):
        synapse = [path for path in self.files if re.search(r"matrix_synapse-.*LICENSE-AGPL", path)]
        self.assertEqual(len(synapse), 1)
        self.assertIn(b"GNU AFFERO GENERAL PUBLIC LICENSE", self.contents[synapse[0]])
        self.assertIn(b"GNU GENERAL PUBLIC LICENSE", self.contents["usr/share/doc/pebble/GPL-3"])
        for package in ("python3.11-minimal", "libpq5", "libjemalloc2", "cron", "libssl3"):
            self.assertIn(f"usr/share/doc/{package}/copyright", self.files)


if __name__ == "__main__":
    unittest.main()
