"""What passes through nginx: bytes, headers, time, and clients that go away."""

import hashlib
import http.client
import json
import os
import time

from client import ask, connect, stub
from harness import equal, eventually, test

MEGABYTE = 1 << 20


def values(answer, name):
    return [value for header, value in answer.json()["headers"] if header == name]


@test("Synapse sees the Host with its port, and who asked by which scheme")
def forwarded_headers(world):
    answer = world.alone().ask("/_matrix/client/v3/account", headers={"Host": "matrix.example.org:8448"})
    equal(values(answer, "host"), ["matrix.example.org:8448"])
    equal(values(answer, "x-forwarded-for"), ["127.0.0.1"])
    equal(values(answer, "x-real-ip"), ["127.0.0.1"])
    equal(values(answer, "x-forwarded-proto"), ["http"])


@test("behind another proxy, X-Forwarded-For is appended to and X-Forwarded-Proto passed on")
def behind_a_proxy(world):
    sent = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
    answer = world.alone().ask("/_matrix/client/v3/account", headers=sent)
    equal(values(answer, "x-forwarded-for"), ["192.0.2.7, 127.0.0.1"])
    equal(values(answer, "x-forwarded-proto"), ["https"])
    odd = world.alone().ask("/_matrix/client/v3/account", headers={"X-Forwarded-Proto": "gopher"})
    equal(values(odd, "x-forwarded-proto"), ["http"])


@test("the bytes of path and query arrive as they were sent")
def exact_target(world):
    for path in (
        "/_matrix/client/v3/rooms/%21a%2Fb:example.org/state/m.room.name/?q=%2F%20+a//b&x=%C3%A9",
        "/_matrix/media/v3/download/example.org/a%2Fb?allow_remote=true",
        "/_matrix/static/a%2Fb",
        "/.well-known/matrix/support?a=%2F",
        "/_synapse/admin/v1/rooms/%21r:example.org?from=%3D",
    ):
        equal(world.alone().ask(path).json()["path"], path)


@test("a kept connection to Synapse carries several requests")
def upstream_keepalive(world):
    answers = [world.alone().ask("/_matrix/client/v3/account") for _ in range(20)]
    equal(values(answers[0], "connection"), [])
    connections = {answer.json()["connection"] for answer in answers}
    assert len(connections) < 10, f"{len(connections)} connections for 20 requests"


@test("a chunked request and a chunked answer pass whole")
def chunked(world):
    place = world.alone()
    pieces = [b"a" * 70000, b"b", b"c" * 5000]
    sent = place.ask("/_matrix/client/v3/chunked", method="PUT", body=iter(pieces), chunked=True,
                     headers={"Transfer-Encoding": "chunked"})
    equal(sent.json()["sha256"], hashlib.sha256(b"".join(pieces)).hexdigest())
    received = place.ask("/_matrix/client/v3/sync", headers=stub(pieces=["one ", "two ", "three"]))
    equal(received.body, b"one two three")


@test("an answer is passed on as it comes")
def streamed_answer(world):
    connection = http.client.HTTPConnection("matrix.example.org")
    connection.sock = connect(world.alone().container.namespace)
    connection.request("GET", "/_matrix/client/v3/sync", headers=stub(pieces=["one", "two", "three"]))
    response = connection.getresponse()
    seen = []
    while piece := response.read1():
        seen.append(piece)
    equal(seen, [b"one", b"two", b"three"], "what came at once")
    connection.close()


@test("a client that does not read holds Synapse up; its answer is not gathered here")
def back_pressure(world):
    place, path, size = world.alone(), "/_matrix/client/v1/media/download/example.org/slow", 64 * MEGABYTE
    connection = connect(place.container.namespace)
    wish = stub(size=size)["X-Stub"]
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Stub: {wish}\r\n\r\n".encode())
    eventually(lambda: place.stub.count(path) == 1, 5, "the request reaches Synapse")
    time.sleep(1)
    equal(place.stub.count(path, "answered"), 0, "whole answers that nginx took")
    response = http.client.HTTPResponse(connection)
    response.begin()
    equal(len(response.read()), size)
    eventually(lambda: place.stub.count(path, "answered") == 1, 5, "Synapse is done")
    connection.close()


@test("an upload of 50 MB arrives whole")
def upload(world):
    body = os.urandom(MEGABYTE) * 50
    answer = world.alone().ask("/_matrix/media/v3/upload?filename=a", method="POST", body=body)
    equal((answer.status, answer.json()["length"]), (200, len(body)))
    equal(answer.json()["sha256"], hashlib.sha256(body).hexdigest())


@test("an upload reaches Synapse while it is still being sent")
def streamed_upload(world):
    place, path = world.alone(), "/_matrix/media/v3/upload/example.org/streamed"
    connection = connect(place.container.namespace)
    connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {2 * MEGABYTE}\r\n\r\n".encode())
    connection.sendall(bytes(MEGABYTE))
    eventually(lambda: place.stub.count(path, "body") == 1, 5, "Synapse sees the first bytes")
    connection.sendall(bytes(MEGABYTE))
    response = http.client.HTTPResponse(connection)
    response.begin()
    equal(json.loads(response.read())["length"], 2 * MEGABYTE)
    connection.close()


@test("more than 50 MB is refused on every kind of route, as Matrix clients understand it")
def too_large(world):
    for path in ("/_matrix/media/v3/upload", "/_matrix/client/v3/account", "/_matrix/federation/v1/send/1"):
        connection = connect(world.alone().container.namespace)
        connection.sendall(f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {50 * MEGABYTE + 1}\r\n\r\n".encode())
        response = http.client.HTTPResponse(connection)
        response.begin()
        equal(response.status, 413, path)
        equal(json.loads(response.read())["errcode"], "M_TOO_LARGE")
        equal(response.headers["Access-Control-Allow-Origin"], "*")
        connection.close()


@test("a long poll of 30 s is held", slow=True)
def long_poll(world):
    answer = world.alone().ask("/_matrix/client/v3/sync?timeout=30000", headers=stub(wait=30))
    equal(answer.status, 200)
    assert 30 <= answer.seconds < 33, f"it took {answer.seconds:.1f} s"


@test("when a client goes away Synapse learns it, and nginx lives on")
def client_goes_away(world):
    place, path = world.alone(), "/_matrix/client/v3/sync?goes=away"
    connection = connect(place.container.namespace)
    wish = stub(wait=20)["X-Stub"]
    connection.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nX-Stub: {wish}\r\n\r\n".encode())
    eventually(lambda: place.stub.count(path) == 1, 5, "the request reaches Synapse")
    connection.close()
    eventually(lambda: place.stub.count(path, "client left") == 1, 5, "Synapse learns it")
    equal(place.ask("/health").status, 204)


@test("a client that breaks off an upload does no harm")
def upload_breaks_off(world):
    place, path = world.alone(), "/_matrix/media/v3/upload/example.org/broken"
    connection = connect(place.container.namespace)
    connection.sendall(f"PUT {path} HTTP/1.1\r\nHost: x\r\nContent-Length: {MEGABYTE}\r\n\r\n".encode() + bytes(1000))
    eventually(lambda: place.stub.count(path, "body") == 1, 5, "the upload reaches Synapse")
    connection.close()
    equal(place.ask("/_matrix/client/v3/account").status, 200)


@test("without Synapse the answer is 502 at once, with words for Matrix clients")
def without_synapse(world):
    container = world.place("lonely", stubs=()).container
    for path in ("/_matrix/client/versions", "/_matrix/client/v3/account", "/_matrix/media/v3/download/x/y"):
        answer = ask(container, path)
        equal((answer.status, answer.json()["errcode"]), (502, "M_UNKNOWN"), path)
        equal(answer.headers["Access-Control-Allow-Origin"], "*")
        assert answer.seconds < 1, f"{path}: it took {answer.seconds:.1f} s"
