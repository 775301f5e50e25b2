"""Which route goes where, seen with a charm's files in place of the image's own (synapse's worker routes)."""

from harness import equal, eventually, test
from client import ask

# As a charm writes them: everything set again, also what nginx.conf has set already.
HEADERS = """
proxy_http_version 1.1;
client_max_body_size 50M;
proxy_read_timeout 300;
proxy_set_header Host $http_host;
proxy_set_header X-Real-IP $remote_addr;
proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
proxy_set_header X-Forwarded-Proto $http_x_forwarded_proto;
"""
FILES = {
    "/etc/nginx/main_location.conf": "proxy_pass http://127.0.0.1:8012;" + HEADERS,
    "/etc/nginx/worker_location.conf": "proxy_pass http://127.0.0.1:8011;" + HEADERS,
    "/etc/nginx/abuse_report_location.conf":
        "set $room $2;\nset $event $3;\nproxy_pass http://127.0.0.1:9999/api/1/report/$room/$event;" + HEADERS,
}
LAYER = """
services:
  synapse-nginx:
    override: replace
    command: /usr/sbin/nginx
    startup: enabled
checks:
  synapse-nginx-ready:
    override: replace
    level: ready
    http:
      url: http://localhost:8080/health
"""

CLIENT = """
r0/sync v3/sync
api/v1/events r0/initialSync v3/rooms/!r:x/initialSync
unstable/createRoom v3/publicRooms v3/rooms/!r:x/joined_members v3/rooms/!r:x/context/$e v3/rooms/!r:x/members
api/v1/rooms/!r:x/state v3/voip/turnServer v3/rooms/!r:x/event/$e v3/joined_rooms v3/search v3/directory/room/%23a:x
v3/login v3/rooms/!r:x/redact/$e v3/rooms/!r:x/send/m.room.message/1 v3/rooms/!r:x/state/m.room.name/
v3/rooms/!r:x/join v3/rooms/!r:x/invite v3/rooms/!r:x/leave v3/rooms/!r:x/ban v3/rooms/!r:x/unban v3/rooms/!r:x/kick
v3/join/!r:x v3/knock/!r:x v3/profile/@a:x
v3/account/3pid v3/account/whoami v3/devices v3/user/@a:x/filter v3/user/@a:x/filter/1 v3/capabilities
v3/keys/query v3/keys/changes v3/keys/claim v3/room_keys/version v3/keys/upload/D v3/register v3/register/available
unstable/password_policy
v1/rooms/!r:x/hierarchy v1/rooms/!r:x/threads v1/rooms/!r:x/timestamp_to_event
v1/register/m.login.registration_token/validity
v1/rooms/!r:x/relations/$e unstable/rooms/!r:x/relations/$e
unstable/org.matrix.msc2716/rooms/!r:x/batch_send unstable/im.nheko.summary/rooms/!r:x/summary
v3/rooms/!r:x/aliases unstable/org.matrix.msc2432/rooms/!r:x/aliases
versions
""".split()
FEDERATION = """
v1/event/$e v1/state/!r:x v1/state_ids/!r:x v1/backfill/!r:x v1/get_missing_events/!r:x v1/publicRooms v1/query/profile
v1/make_join/!r:x/@a:x v1/make_leave/!r:x/@a:x v1/event_auth/!r:x/$e v1/timestamp_to_event/!r:x
v1/exchange_third_party_invite/!r:x v1/user/devices/@a:x v1/hierarchy/!r:x v1/send/1
v1/send_join/!r:x/$e v2/send_join/!r:x/$e v2/send_leave/!r:x/$e v2/invite/!r:x/$e
""".split()
WORKER = [f"/_matrix/client/{path}" for path in CLIENT] + [f"/_matrix/federation/{path}" for path in FEDERATION]
WORKER += ["/_matrix/key/v2/query", "/_matrix/client/v3/sync?timeout=0"]
MAIN = """
/_matrix/client/v3/keys/upload /_matrix/client/v3/syncing /_matrix/client/v1/sync /_matrix/client/v3/account/password
/_matrix/client/v3/devices/D /_matrix/client/v3/pushrules/ /_matrix/client/v3/logout /_matrix/client/versions/x
/_matrix/client/v1/media/download/x/y /_matrix/media/v3/download/x/y /_matrix/media/v3/upload /_matrix/media/v3/config
/_matrix/federation/v1/version /_matrix/federation/v3/send_join/!r:x/$e /_matrix/key/v2/server
/_matrix/static/ /_synapse/admin/v1/register /.well-known/matrix/server /anything
""".split()


def charmed(world):
    """The image's own nginx first; then what a charm does: files, a layer, replan."""
    place = world.place("charm", stubs=((8011, "worker"), (8012, "main"), (9999, "mjolnir")))
    container = place.container
    if not (container.root / "tmp/layer.yaml").exists():
        for path, text in FILES.items():
            container.write(path, text)
        container.write("/tmp/layer.yaml", LAYER)
        for arguments in (("add", "charm", "/tmp/layer.yaml"), ("replan",)):
            done = container.pebble(*arguments)
            equal(done.returncode, 0, done.stderr)
        eventually(lambda: any(command == "nginx: master process /usr/sbin/nginx"
                               for _, _, command in container.processes().values()), 5, "the charm's command runs")
        container.wait_until_healthy()
    return place


@test("with a charm's files every route finds its server, and the charm's command runs")
def routes(world):
    place = charmed(world)
    wrong = []
    for wanted, paths in (("worker", WORKER), ("main", MAIN)):
        for path in paths:
            answer = place.ask(path)
            name = answer.json().get("stub") if answer.status == 200 else answer.status
            if name != wanted:
                wrong.append(f"{path}: {name}, not {wanted}")
    equal(wrong, [])
    # Reports come before `rooms/.*/event/` and the like, and reach Mjolnir with room and event.
    for version in ("r0", "v3"):
        report = place.ask(f"/_matrix/client/{version}/rooms/!r:x/report/$e", method="POST", body=b"{}").json()
        equal((report["stub"], report["path"]), ("mjolnir", "/api/1/report/!r:x/$e"))
    # The cache stands before the charm's own way to the main process.
    equal(place.ask("/_matrix/media/v3/download/x/y").headers["X-Cache-Status"], "MISS")


@test("by default reports go to Synapse")
def report(world):
    path = "/_matrix/client/v3/rooms/!r:x/report/$e"
    equal(ask(world.alone().container, path, method="POST", body=b"{}").json()["path"], path)
