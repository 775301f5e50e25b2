"""What is in a packed rock: its config, and the layers that lie on its base."""

import json
import tarfile


class Archive:
    def __init__(self, path):
        self._rock = tarfile.open(path)
        manifest = json.load(self._blob(json.load(self._rock.extractfile("index.json"))["manifests"][0]))
        self.config = json.load(self._blob(manifest["config"]))["config"]
        self.base, *self.layers = manifest["layers"]

    def _blob(self, descriptor):
        return self._rock.extractfile("blobs/" + descriptor["digest"].replace(":", "/"))

    def size(self):
        """Of the compressed layers beside the base."""
        return sum(layer["size"] for layer in self.layers)

    def members(self):
        """(path without a leading slash, its TarInfo, its bytes if it is a file) of those layers."""
        for layer in self.layers:
            with tarfile.open(fileobj=self._blob(layer)) as tar:
                for member in tar:
                    yield (
                        member.name.removeprefix("./").rstrip("/"),
                        member,
                        tar.extractfile(member).read() if member.isfile() else None,
                    )

    def close(self):
        self._rock.close()
