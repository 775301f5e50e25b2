"""rockbuild's own commands on the rock: run, ps, exec, stop."""

import os
import subprocess

from client import PORT, connect
from harness import Skip, equal, eventually, test
from namespace import NetworkNamespace


@test("rockbuild run starts the rock, exec and ps see it, stop ends it")
def run_and_stop(world):
    rockbuild = os.environ.get("ROCKBUILD")
    if not rockbuild:
        raise Skip("ROCKBUILD is not set")
    name = f"rockbuild-e2e-{os.getpid()}-command"
    namespace = NetworkNamespace(name)

    def command(*arguments, code=0):
        done = subprocess.run([rockbuild, *arguments], capture_output=True, text=True, timeout=60)
        equal(done.returncode, code, done.stderr)
        return done.stdout

    def answers():
        try:
            connect(namespace, PORT, timeout=2).close()
        except OSError:
            return False
        return True

    try:
        command("run", str(world.rock.archive), "--name", name, "--detach", "--net", f"ns:{name}")
        try:
            eventually(answers, 15, "nginx listens")
            assert name in command("ps"), "ps does not list it"
            assert "active" in command("exec", name, "pebble", "services")
        finally:
            command("stop", name)
        assert not answers(), "something still listens"
        assert name not in command("ps"), "ps still lists it"
    finally:
        namespace.remove()
