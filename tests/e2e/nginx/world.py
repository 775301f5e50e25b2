"""The places where tests happen: the rock's containers and the stubs beside them, made at first need."""

import os

from client import ask
from container import Container
from harness import Places
from stub import Stub

PAIR = "server 127.0.0.1:8008 {0};\nserver 127.0.0.1:8009 {0};\n"


class Place:
    def __init__(self, container, *stubs):
        self.container = container
        self.stubs = list(stubs)

    @property
    def stub(self):
        return self.stubs[0]

    def ask(self, path, **how):
        return ask(self.container, path, **how)

    def close(self):
        self.container.close()
        for stub in self.stubs:
            stub.stop()


class World:
    def __init__(self, rock, work):
        self.rock = rock
        self.work = work
        self._places = Places()

    def container(self, name, **how):
        return Container(self.rock, self.work, f"rockbuild-e2e-{os.getpid()}-{name}", **how)

    def place(self, name, stubs=((8008, "synapse"),), wait=True, **how):
        """The place of that name, made as told if nobody asked for it before."""
        def make():
            container = self.container(name, **how)
            place = Place(container)
            try:
                place.stubs = [Stub(container.namespace, port, title) for port, title in stubs]
                if wait:
                    container.wait_until_healthy()
            except BaseException:
                place.close()
                raise
            return place
        return self._places.get(name, make)

    def alone(self):
        """As somebody starts it by hand, one Synapse beside it."""
        return self.place("alone", files={"/srv/www/.well-known/matrix/client": '{"m.homeserver":{}}\n'})

    def pair(self, name, options="max_fails=2 fail_timeout=2s"):
        """Two Synapse servers for the worker routes."""
        return self.place(name, stubs=((8008, "first"), (8009, "second")),
                          files={"/etc/nginx/worker_servers.conf": PAIR.format(options)})

    def close(self):
        self._places.close()
