"""The cache of public answers: what it keeps, and what never goes into it."""

import concurrent.futures
import json
import time

from client import stub
from harness import equal, eventually, test

PUBLIC = {"Cache-Control": "public,max-age=86400,s-maxage=86400"}
DOWNLOAD = "/_matrix/media/v3/download/example.org/"


def statuses(place, path, times=2, wishes=None, headers=None, method="GET"):
    """X-Cache-Status of so many requests one after the other."""
    sent = {**stub(**(wishes or {"headers": PUBLIC})), **(headers or {})}
    return [place.ask(path, headers=sent, method=method).headers.get("X-Cache-Status") for _ in range(times)]


@test("public media are asked for once, and then come from the cache with the same bytes")
def hit(world):
    place, path = world.alone(), DOWNLOAD + "hit"
    first = place.ask(path, headers=stub(headers=PUBLIC))
    second = place.ask(path)
    equal((first.headers["X-Cache-Status"], second.headers["X-Cache-Status"]), ("MISS", "HIT"))
    equal(first.body, second.body)
    equal(second.headers["Cache-Control"], PUBLIC["Cache-Control"])
    equal(place.stub.count(path), 1)


@test("the access log says hit or miss")
def logged(world):
    place, path = world.alone(), DOWNLOAD + "logged"
    statuses(place, path)

    def lines():
        texts = [line[line.index("{"):] for line in place.container.log().splitlines() if path in line and "{" in line]
        return [json.loads(text) for text in texts]
    eventually(lambda: len(lines()) == 2, 5, "both requests are in the log", place.container.log)
    equal([(line["cache"], line["status"], line["method"]) for line in lines()], [("MISS", 200, "GET"), ("HIT", 200, "GET")])


@test("a request with Authorization goes past the cache and leaves nothing in it")
def authorization(world):
    place, path = world.alone(), DOWNLOAD + "authorization"
    for value in ("Bearer secret", "0"):
        equal(statuses(place, path, headers={"Authorization": value}), ["BYPASS", "BYPASS"])
    equal(statuses(place, path), ["MISS", "HIT"])
    equal(statuses(place, path, times=1, headers={"Authorization": "Bearer secret"}), ["BYPASS"])


@test("a request with an access token in its query goes past the cache, however it is written")
def token_in_query(world):
    for query in ("access_token=secret", "width=1&access_token=secret", "access%5Ftoken=secret", "x=1"):
        equal(statuses(world.alone(), f"{DOWNLOAD}token?{query}"), ["BYPASS", "BYPASS"], query)


@test("thumbnails are kept for each size")
def thumbnails(world):
    path = "/_matrix/media/r0/thumbnail/example.org/thumbnail?width={}&height=32&method=crop"
    equal(statuses(world.alone(), path.format(32)), ["MISS", "HIT"])
    equal(statuses(world.alone(), path.format(64)), ["MISS", "HIT"])


@test("Synapse's static pages and well-known answers are kept as well")
def static_answers(world):
    for path in ("/_matrix/static/client/login/", "/.well-known/matrix/kept"):
        equal(statuses(world.alone(), path), ["MISS", "HIT"], path)


@test("what Synapse does not allow to be kept is not")
def upstream_decides(world):
    for number, headers in enumerate(({}, {"Cache-Control": "no-store"}, {"Cache-Control": "private, max-age=60"},
                                      {**PUBLIC, "Set-Cookie": "a=b"})):
        wishes = {"headers": headers}
        equal(statuses(world.alone(), f"{DOWNLOAD}refused{number}", wishes=wishes), ["MISS", "MISS"], str(headers))


@test("an answer is kept no longer than Synapse allows", slow=True)
def expires(world):
    place, path, wishes = world.alone(), DOWNLOAD + "expires", {"headers": {"Cache-Control": "max-age=3"}}
    equal(statuses(place, path, wishes=wishes), ["MISS", "HIT"])
    time.sleep(4.1)
    equal(statuses(place, path, times=1, wishes=wishes), ["EXPIRED"])


@test("authenticated routes do not know the cache")
def authenticated_routes(world):
    for path in ("/_matrix/client/v1/media/download/example.org/a", "/_matrix/client/v3/sync", "/_matrix/client/versions"):
        equal(statuses(world.alone(), path), [None, None], path)


@test("a POST to a public route is not answered from the cache")
def post(world):
    place, path = world.alone(), DOWNLOAD + "post"
    statuses(place, path)
    equal(statuses(place, path, method="POST"), [None, None])
    equal(place.stub.count(path), 3)


@test("HEAD is answered from the cache too")
def head(world):
    place, path = world.alone(), DOWNLOAD + "head"
    equal(statuses(place, path, times=1) + statuses(place, path, times=1, method="HEAD"), ["MISS", "HIT"])


@test("an answer of more than 10 MB passes whole and is not kept")
def large(world):
    place, size = world.alone(), 12_000_000
    for _ in range(2):
        answer = place.ask(DOWNLOAD + "large", headers=stub(size=size, headers=PUBLIC))
        equal((answer.headers["X-Cache-Status"], len(answer.body)), ("MISS", size))


@test("of many that ask for the same at once one asks Synapse")
def one_asks(world):
    place, path = world.alone(), DOWNLOAD + "crowd"
    with concurrent.futures.ThreadPoolExecutor(8) as crowd:
        wishes = {"wait": 0.5, "headers": PUBLIC}
        seen = list(crowd.map(lambda _: statuses(place, path, times=1, wishes=wishes)[0], range(8)))
    equal((seen.count("MISS"), seen.count("HIT"), place.stub.count(path)), (1, 7, 1))


@test("two names of the server do not share answers")
def by_host(world):
    place, path = world.alone(), DOWNLOAD + "host"
    equal(statuses(place, path, headers={"Host": "a.example.org"}), ["MISS", "HIT"])
    equal(statuses(place, path, headers={"Host": "b.example.org"}), ["MISS", "HIT"])


@test("an emptied cache folder is filled again")
def emptied(world):
    place, path = world.place("emptied"), DOWNLOAD + "emptied"
    equal(statuses(place, path), ["MISS", "HIT"])
    removed = place.container.execute("/usr/bin/find", "/var/lib/nginx/cache", "-type", "f", "-delete", user=2000)
    equal(removed.returncode, 0, removed.stderr)
    equal(statuses(place, path), ["MISS", "HIT"])
