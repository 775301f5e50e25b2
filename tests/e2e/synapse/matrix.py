"""Matrix clients of the pod's server, as far as the stories need them: people who log in through nginx and talk."""

import json
import time
import urllib.parse

from harness import eventually

CLIENT = "/_matrix/client/v3"
VERSIONS = "/_matrix/client/versions"
SERVER = "rock.example"


def register(pod, name, *options):
    """By the script in Synapse's container, with the secret of the configuration there."""
    said = pod.execute(
        "synapse",
        "register_new_matrix_user",
        "-u",
        name,
        "-p",
        f"{name}-pw",
        *options,
        "-c",
        "/data/homeserver.yaml",
        "http://localhost:8008",
    )
    assert "Success!" in said, said


class Person:
    """Somebody who has logged in."""

    def __init__(self, pod, name, password=None):
        self._pod = pod
        self._token = self._since = None
        self.invitations, self.heard = [], []
        self.id = f"@{name}:{SERVER}"
        who = {"type": "m.id.user", "user": name}
        wish = {"type": "m.login.password", "identifier": who, "password": password or f"{name}-pw"}
        self._token = self.call("POST", f"{CLIENT}/login", wish)["access_token"]

    def ask(self, method, path, body=None, **how):
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else {}
        return self._pod.ask(path, method=method, headers=headers, body=body, **how)

    def call(self, method, path, value=None, patience=0):
        """The JSON of the answer 200; for so many seconds other answers only mean to ask again."""
        end = time.monotonic() + patience
        while (answer := self.ask(method, path, None if value is None else json.dumps(value))).status != 200:
            assert time.monotonic() < end, f"{method} {path}: {answer.status} {answer.body[:300]}"
            time.sleep(0.2)
        return answer.json()

    def create_room(self, *guests):
        return self.call("POST", f"{CLIENT}/createRoom", {"preset": "private_chat", "invite": [guest.id for guest in guests]})[
            "room_id"
        ]

    def join(self, room):
        return self.call("POST", f"{CLIENT}/rooms/{urllib.parse.quote(room)}/join", {})["room_id"]

    def say(self, room, text, transaction, patience=0):
        path = f"{CLIENT}/rooms/{urllib.parse.quote(room)}/send/m.room.message/{transaction}"
        return self.call("PUT", path, {"msgtype": "m.text", "body": text}, patience)["event_id"]

    def sync(self, patience):
        """Takes in what is new since the last time."""
        since = f"&since={self._since}" if self._since else ""
        news = self.call("GET", f"{CLIENT}/sync?timeout=0{since}", patience=patience)
        self._since = news["next_batch"]
        self.invitations += news.get("rooms", {}).get("invite", {})
        for room, about in news.get("rooms", {}).get("join", {}).items():
            for event in about["timeline"]["events"]:
                if event["type"] == "m.room.message":
                    self.heard.append((room, event["sender"], event["content"]["body"]))

    def waits_for(self, what, seconds=10):
        """Syncs until that invitation or (room, sender, text) came."""

        def came():
            self.sync(patience=seconds)
            return what in self.invitations or what in self.heard

        eventually(came, seconds, f"{self.id} sees {what}", lambda: f"{self.invitations} {self.heard}")

    def upload(self, data):
        """SERVER/ID of the media."""
        answer = self.ask("POST", "/_matrix/media/v3/upload?filename=a.bin", data)
        assert answer.status == 200, f"upload: {answer.status} {answer.body[:300]}"
        return answer.json()["content_uri"].removeprefix("mxc://")

    def download(self, media):
        answer = self.ask("GET", f"/_matrix/client/v1/media/download/{media}")
        assert answer.status == 200, f"download: {answer.status} {answer.body[:300]}"
        return answer.body

    def largest_upload(self):
        return self.call("GET", "/_matrix/client/v1/media/config")["m.upload.size"]
