"""Requests to a container's nginx, and what came back."""

import http.client
import json
import socket
import time

PORT = 8080


class Answer:
    def __init__(self, status, headers, body, seconds):
        self.status = status
        self.headers = headers  # case-insensitive, as http.client has them
        self.body = body
        self.seconds = seconds

    def json(self):
        return json.loads(self.body)


def connect(namespace, port=PORT, host="127.0.0.1", timeout=60):
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    connection = namespace.socket(family)
    connection.settimeout(timeout)
    try:
        connection.connect((host, port))
    except OSError:
        connection.close()
        raise
    return connection


def stub(**wishes):
    """The header that tells the stub what to do (stub.py)."""
    return {"X-Stub": json.dumps(wishes)}


def ask(container, path, method="GET", headers=None, body=None, chunked=False, host="127.0.0.1", port=PORT, timeout=60):
    begin = time.monotonic()
    connection = http.client.HTTPConnection("matrix.example.org", port)
    connection.sock = connect(container.namespace, port, host, timeout)
    try:
        connection.request(method, path, body=body, headers=headers or {}, encode_chunked=chunked)
        response = connection.getresponse()
        content = response.read()
        return Answer(response.status, response.headers, content, time.monotonic() - begin)
    finally:
        connection.close()
