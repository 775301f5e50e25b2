"""What nginx answers by itself: health, pages, static files."""

import hashlib

from harness import equal, test


@test("/health answers 204 on IPv4 and IPv6")
def health(world):
    for host in ("127.0.0.1", "::1"):
        answer = world.alone().ask("/health", host=host)
        equal((answer.status, answer.body), (204, b""), host)


@test("the landing page has a validator, is asked for again each time, and 304 answers that")
def landing_page(world):
    place = world.alone()
    page = place.ask("/")
    equal((page.status, page.headers["Content-Type"], page.headers["Cache-Control"]), (200, "text/html", "no-cache"))
    again = place.ask("/", headers={"If-None-Match": page.headers["ETag"]})
    equal((again.status, again.body), (304, b""))
    since = place.ask("/", headers={"If-Modified-Since": page.headers["Last-Modified"]})
    equal(since.status, 304)
    equal(place.stub.count("/"), 0, "requests that reached Synapse")


@test("without a landing page / goes to Synapse")
def no_landing_page(world):
    place = world.place("emptied")
    place.container.execute("/usr/bin/rm", "-f", "/srv/www/index.html")
    equal(place.ask("/").json()["path"], "/")


@test("the landing page is compressed for who takes that, with a validator that still answers 304")
def compressed(world):
    place = world.alone()
    page = place.ask("/", headers={"Accept-Encoding": "gzip"})
    equal((page.headers["Content-Encoding"], page.headers["Vary"]), ("gzip", "Accept-Encoding"))
    equal(place.ask("/", headers={"Accept-Encoding": "gzip", "If-None-Match": page.headers["ETag"]}).status, 304)


@test("robots.txt is served and kept for an hour")
def robots(world):
    answer = world.alone().ask("/robots.txt")
    equal((answer.status, answer.headers["Content-Type"]), (200, "text/plain"))
    equal(answer.headers["Cache-Control"], "public, max-age=3600")


@test("/static-* is named after its content, immutable, and linked from the landing page")
def immutable(world):
    place = world.alone()
    page = place.ask("/").body.decode()
    names = [path.name for path in (world.rock.root / "srv/www").glob("static-*")]
    assert names, "there is no static file in the image"
    for name in names:
        answer = place.ask("/" + name)
        equal((answer.status, answer.headers["Cache-Control"]), (200, "public, max-age=31536000, immutable"), name)
        assert hashlib.sha256(answer.body).hexdigest()[:12] in name, f"{name} is not named after its content"
        assert f'"/{name}"' in page, f"the landing page does not link {name}"


@test("a /static-* that is not there is 404 from nginx")
def no_such_static(world):
    place = world.alone()
    equal(place.ask("/static-nothing.css").status, 404)
    equal(place.stub.count("/static-nothing.css"), 0)


@test("a well-known file is served as JSON for every origin")
def well_known_file(world):
    place = world.alone()
    answer = place.ask("/.well-known/matrix/client")
    equal((answer.status, answer.json()), (200, {"m.homeserver": {}}))
    equal(answer.headers["Content-Type"], "application/json")
    equal(answer.headers.get_all("Access-Control-Allow-Origin"), ["*"])


@test("without a well-known file Synapse is asked, and its headers stand")
def well_known_proxied(world):
    place = world.alone()
    answer = place.ask("/.well-known/matrix/server")
    equal((answer.status, answer.json()["path"]), (200, "/.well-known/matrix/server"))
    equal(answer.headers.get("Access-Control-Allow-Origin"), None)


@test("nginx does not say its version")
def no_version(world):
    equal(world.alone().ask("/health").headers["Server"], "nginx")
