"""A network namespace of its own, and sockets in it.

A socket belongs to the namespace its thread was in when it was made. So a thread steps into the namespace, makes the
socket, and steps back: servers and clients of many namespaces then live in one process.
"""

import ctypes
import os
import socket
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def _step_into(descriptor):
    if _libc.setns(descriptor, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class NetworkNamespace:
    def __init__(self, name):
        self.name = name
        self.path = f"/run/netns/{name}"
        subprocess.run(["ip", "netns", "add", name], check=True)
        subprocess.run(["ip", "-n", name, "link", "set", "lo", "up"], check=True)

    def socket(self, family=socket.AF_INET):
        home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        there = os.open(self.path, os.O_RDONLY | os.O_CLOEXEC)
        try:
            _step_into(there)
            try:
                return socket.socket(family, socket.SOCK_STREAM)
            finally:
                _step_into(home)
        finally:
            os.close(home)
            os.close(there)

    def remove(self):
        subprocess.run(["ip", "netns", "delete", self.name], check=False)
