"""Several Synapse servers behind one nginx: sharing, dying, coming back, and what is never sent twice."""

import concurrent.futures
import threading
import time

from client import ask, stub
from harness import equal, eventually, test
from stub import Stub

SYNC = "/_matrix/client/v3/sync"


@test("two servers share the load")
def shared(world):
    place = world.pair("pair")
    with concurrent.futures.ThreadPoolExecutor(8) as clients:
        answers = list(clients.map(lambda _: place.ask(SYNC, headers=stub(wait=0.1)), range(60)))
    names = [answer.json()["stub"] for answer in answers]
    for name in ("first", "second"):
        assert names.count(name) >= 20, f"{name} had {names.count(name)} of 60 requests"


@test("the main process alone gets what workers cannot answer")
def main_only(world):
    place = world.pair("pair")
    names = {place.ask("/_synapse/admin/v1/users").json()["stub"] for _ in range(8)}
    equal(names, {"first"})


@test("a server that dies costs no GET, also none that waits, and is used again when it is back", slow=True)
def dying(world):
    place = world.pair("dying")
    end = threading.Event()
    answers = []

    def client():
        while not end.is_set():
            answers.append(place.ask(SYNC, headers=stub(wait=0.2)))

    with concurrent.futures.ThreadPoolExecutor(6) as clients:
        running = [clients.submit(client) for _ in range(6)]
        time.sleep(1)
        place.stubs[1].stop()
        time.sleep(1.5)
        place.stubs[1] = Stub(place.container.namespace, 8009, "second, back")
        try:
            eventually(lambda: any(answer.status == 200 and answer.json()["stub"] == "second, back" for answer in answers),
                       10, "the server that is back gets requests")
        finally:
            end.set()
        for one in running:
            one.result()
    lost = [answer.status for answer in answers if answer.status != 200]
    equal(lost, [], f"lost of {len(answers)} requests")
    assert any(answer.json()["stub"] == "second" for answer in answers), "the second server never had a request"


def attempts(place, method, path):
    """Both servers hang up on every request: how many of them were asked."""
    answer = ask(place.container, path, method=method, headers=stub(hang_up=True), body=None if method == "GET" else b"{}")
    equal(answer.status, 502)
    return sum(server.count(path) for server in place.stubs)


@test("what broke off is asked again elsewhere for GET and PUT, but never for POST")
def retried(world):
    place = world.pair("retries", options="max_fails=0")
    equal(attempts(place, "GET", SYNC + "?get"), 2)
    equal(attempts(place, "PUT", "/_matrix/client/v3/rooms/r/send/m.room.message/1"), 2)
    equal(attempts(place, "POST", "/_matrix/client/v3/createRoom"), 1)


@test("a POST that could not be sent goes to the server that lives")
def post_not_sent(world):
    place = world.place("half", files={"/etc/nginx/worker_servers.conf": "server 127.0.0.1:8009;\nserver 127.0.0.1:8008;\n"})
    for number in range(6):
        equal(place.ask("/_matrix/client/v3/createRoom", method="POST", body=b"{}").status, 200, f"POST {number}")
