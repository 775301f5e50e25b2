#!/usr/bin/env python3
"""A stand-in for Charmhub: API, byte storage and single sign-on in one loopback server that is hard to please.

charmhub.py --state FILE.json --registry HOST:PORT [--listen 127.0.0.1:0] [--registry-user U --registry-password P]

It prints `listening on http://HOST:PORT` once ready and ends with SIGTERM. All it knows is one JSON value: read from FILE
at the start if that exists, else the seed below, and written back after each change. A request is a row of the table of
routes: who may make it, what its body looks like to the last member, and a function from state to answer; what does not
fit is refused as the store refuses, with {"error-list": [{"code", "message"}]}. Fields and codes are those that clients
and their users' reports show, nobody outside has the server; a real Charmhub may well be milder, or stricter.

The seed: account ada@example.com, password `secret pw`; account otp@example.com, same password, one-time password 123456.
Tokens: good-token (ada, all that charmcraft asks for), expired-token, weak-token (may list names, nothing else),
developer-token (sent as Bearer). Charms: demo (ada's; tracks latest and 2.0; revision 14 declares the resource app-image,
an OCI image, and config-file, an optional file), foreign (the other account's). settings.pending is how often a review is
asked for before it ends.

For tests, never logged and never disturbed:
  GET /_state, PATCH /_state   the state; a JSON merge patch (null removes a member)
  GET /_log, DELETE /_log      the requests so far: method, path, query, auth (the scheme), user-agent, content-type,
                               accept, json or parts, status (null: no answer was given)
  POST /_fault, DELETE /_fault one more fault; none any more, and reviews that are stuck go on
A fault is {"path": substring of path?query, "method": one or null, "times": N or null (for ever), "action": …}, with
  status         answers "status" with "body" (text, JSON or null: an error-list that suits) and "headers"
  garbage        answers 200 and "body", or HTML
  drop           closes the connection
  slow           waits "seconds" first
  reject-review  the upload pushed or asked about ends rejected, "body" being its errors
  stick-review   its review never ends
and "after": true lets the first three do the request's work before the answer is lost.
"""
import argparse
import base64
import contextlib
import datetime
import hashlib
import hmac
import http.client
import http.server
import json
import os
import re
import secrets
import signal
import socket
import sys
import threading
import time
import urllib.parse
from email.parser import BytesParser

PERMISSIONS = {"account-register-package", "account-view-packages", "package-manage", "package-manage-acl",
               "package-manage-library", "package-manage-metadata", "package-manage-releases", "package-manage-revisions",
               "package-view", "package-view-acl", "package-view-metadata", "package-view-metrics", "package-view-releases",
               "package-view-revisions"}
ARCHITECTURES = {"all", "amd64", "arm64", "armhf", "ppc64el", "riscv64", "s390x"}
RISKS = ["stable", "candidate", "beta", "edge"]
HASHES = {"sha256": hashlib.sha256, "sha384": hashlib.sha384, "sha512": hashlib.sha512, "sha3-384": hashlib.sha3_384}
MANIFESTS = ", ".join(f"application/vnd.{kind}+json" for kind in (
    "oci.image.manifest.v1", "oci.image.index.v1", "docker.distribution.manifest.v2", "docker.distribution.manifest.list.v2"))
TRACK = re.compile(r"(?=.{1,28}$)[a-zA-Z0-9](?:[_.-]?[a-zA-Z0-9])*")
LABEL = re.compile(r"[a-z0-9][a-z0-9-]*")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


def seed():
    grants = ["account-register-package", "account-view-packages", "package-manage", "package-view"]

    def token(**changes):
        return {"account": "ada@example.com", "scheme": "Macaroon", "permissions": grants, "packages": None, "channels": None,
                "expires": "2099-01-01T00:00:00Z"} | changes

    def charm(name, owner, revisions):
        return {"id": hashlib.sha256(name.encode()).hexdigest()[:31] + "X", "owner": owner, "private": False,
                "tracks": [{"name": track, "created-at": "2030-01-02T03:04:05Z", "version-pattern": None,
                            "automatic-phasing-percentage": None} for track in ("latest", "2.0")],
                "revisions": revisions, "resources": {}, "blobs": [], "releases": []}

    declared = [{"name": "app-image", "type": "oci-image", "optional": False}, {"name": "config-file", "type": "file", "optional": True}]
    revision = {"version": "14", "created-at": "2030-01-02T03:04:05Z", "status": "released", "errors": None, "size": 4096,
                "sha3-384": hashlib.sha3_384(b"14").hexdigest(), "resources": declared,
                "bases": [{"name": "ubuntu", "channel": "24.04", "architecture": "amd64"}]}
    return {
        "settings": {"pending": 2},
        "accounts": {
            "ada@example.com": {"id": "aB3", "username": "ada", "display-name": "Ada L", "password": "secret pw", "otp": None},
            "otp@example.com": {"id": "oT6", "username": "otp", "display-name": "Otto P", "password": "secret pw", "otp": "123456"}},
        "logins": {},
        "tokens": {"good-token": token(), "expired-token": token(expires="2001-01-01T00:00:00Z"),
                   "weak-token": token(permissions=["account-view-packages"]), "developer-token": token(scheme="Bearer")},
        "charms": {"demo": charm("demo", "ada@example.com", {"14": revision}), "foreign": charm("foreign", "otp@example.com", {})},
        "uploads": {},
    }


def now(seconds=0):
    moment = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return moment.strftime("%Y-%m-%dT%H:%M:%SZ")


# ---- saying no ----

class Refused(Exception):
    def __init__(self, status, code, *messages):
        self.status = status
        self.body = {"error-list": [{"code": code, "message": message} for message in messages]}


class SignOnRefused(Refused):
    """The single sign-on has its own spelling, and says the code twice."""

    def __init__(self, status, code, message):
        super().__init__(status, code, message)
        self.body = {"code": code.upper().replace("-", "_"), "message": message, "error_list": [{"code": code, "message": message}]}


def require(truth, status, code, *messages):
    if not truth:
        raise Refused(status, code, *messages)


def fits(value, shape, at="the body"):
    """A dict names members ("?" = may be absent), [x] is a list, [x, ...] one that isn't empty, (x, None) may be null."""
    def be(truth, what):
        require(truth, 400, "invalid-request", f"{at} must be {what}")

    if isinstance(shape, dict):
        be(isinstance(value, dict), "an object")
        names = {name.rstrip("?"): name for name in shape}
        for name in value.keys() - names.keys():
            raise Refused(400, "invalid-request", f"{at} has an unknown member {name!r}")
        for name, key in names.items():
            require(name in value or key != name, 400, "invalid-request", f"{at} lacks {name!r}")
            if name in value:
                fits(value[name], shape[key], f"{name!r} of {at}")
    elif isinstance(shape, list):
        be(isinstance(value, list), "a list")
        be(value or ... not in shape, "a list that isn't empty")
        for item in value:
            fits(item, shape[0], f"each item of {at}")
    elif isinstance(shape, tuple):
        if value is not None:
            fits(value, shape[0], at)
    elif isinstance(shape, set):
        be(isinstance(value, str) and value in shape, f"one of {', '.join(sorted(shape))}")
    elif isinstance(shape, re.Pattern):
        be(isinstance(value, str) and shape.fullmatch(value), f"like {shape.pattern}")
    else:
        be(isinstance(value, shape) and not (shape is int and isinstance(value, bool)), shape.__name__)


# ---- macaroons, version 1 ----

def mac(key, text):
    return hmac.digest(key, text, "sha256")


def mac_of_two(key, one, other):
    return mac(key, mac(key, one) + mac(key, other))


class Macaroon:
    """A chain of MACs: over the identifier, then over each caveat (id, verification id, location) with the last as key."""

    def __init__(self, key, location, identifier):
        self.location, self.identifier, self.caveats = location, identifier, []
        self.signature = mac(mac(b"macaroons-key-generator", key), identifier)

    def add(self, caveat, verification=b"", location=b""):
        self.caveats.append((caveat, verification, location))
        self.signature = mac_of_two(self.signature, verification, caveat) if verification else mac(self.signature, caveat)
        return self

    def made_with(self, key):
        """The same once more: its signature is what ours must be, if it is genuine."""
        again = Macaroon(key, self.location, self.identifier)
        for caveat in self.caveats:
            again.add(*caveat)
        return again.signature

    def __str__(self):
        packets = [(b"location", self.location), (b"identifier", self.identifier)]
        for caveat, verification, location in self.caveats:
            packets += [(b"cid", caveat)] + ([(b"vid", verification), (b"cl", location)] if verification else [])
        packets.append((b"signature", self.signature))
        data = b"".join(b"%04x%s %s\n" % (len(key) + len(value) + 6, key, value) for key, value in packets)
        return base64.urlsafe_b64encode(data).rstrip(b"=").decode()

    @classmethod
    def read(cls, text):
        data, packets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)), []
        while data:
            size = int(data[:4], 16)
            key, space, value = data[4:size].partition(b" ")
            if not space or len(data) < size or value[-1:] != b"\n":
                raise ValueError("a packet is damaged")
            packets.append((key, value[:-1]))
            data = data[size:]
        (first, location), (second, identifier), *middle, (last, signature) = packets
        if (first, second, last) != (b"location", b"identifier", b"signature"):
            raise ValueError("packets are missing")
        result = cls(b"", location, identifier)
        for key, value in middle:
            if key == b"cid":
                result.caveats.append((value, b"", b""))
            else:
                caveat, verification, place = result.caveats.pop()
                result.caveats.append((caveat, value, place) if key == b"vid" else (caveat, verification, value))
        result.signature = signature
        return result


# ---- requests ----

class Call:
    """One request as the routes see it."""

    def __init__(self, method, target, headers, body):
        url = urllib.parse.urlsplit(target)
        self.method, self.path, self.headers, self.raw = method, url.path, headers, body
        self.query = dict(urllib.parse.parse_qsl(url.query, keep_blank_values=True))
        self.target = target
        self.scheme, _, self.credential = headers.get("Authorization", "").partition(" ")
        self.content_type = headers.get_content_type() if "Content-Type" in headers else None
        self.body = self.parts = self.verdict = self.token = self.account = self.problem = None
        try:
            if self.content_type == "multipart/form-data":
                self.parts = self.read_parts()
            elif body:
                self.body = json.loads(body)
        except (ValueError, TypeError) as problem:
            self.problem = str(problem)

    def read_parts(self):
        boundary = b"--" + self.headers.get_param("boundary").encode()
        start, *parts, end = (b"\r\n" + self.raw).split(b"\r\n" + boundary)
        if start or end.strip() != b"--":
            raise ValueError("the multipart body has no end")
        result = []
        for part in parts:
            head, _, content = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
            head = BytesParser().parsebytes(head + b"\r\n\r\n")
            result.append({"name": head.get_param("name", header="Content-Disposition"), "filename": head.get_filename(),
                           "type": head.get_content_type() if "Content-Type" in head else None, "content": content})
        return result

    def for_the_log(self):
        entry = {"method": self.method, "path": self.path, "query": self.query, "auth": self.scheme or None,
                 "user-agent": self.headers.get("User-Agent"), "content-type": self.content_type,
                 "accept": self.headers.get("Accept"), "status": None}
        if self.parts is not None:
            entry["parts"] = [{**part, "content": len(part["content"])} for part in self.parts]
        elif self.raw:
            entry["json"] = self.body
        return entry


ROUTES = []


def route(method, path, permission=None, body=None, query=()):
    """permission: None = no token is asked for, "" = any that lives."""
    pattern = re.compile(re.sub(r"<(\w+)>", r"(?P<\1>[^/]+)", path))
    return lambda function: ROUTES.append((method, pattern, permission, body, query, function)) or function


RESOURCE_BASES = [{"name?": str, "channel?": str, "architectures": [ARCHITECTURES, ...]}, ...]
RELEASES = [{"revision": (int, None), "channel": str, "resources?": [{"name": str, "revision": int}]}, ...]


class Store:
    def __init__(self, file, registry, user, password):
        self.file, self.registry, self.user, self.password = file, registry, user, password
        self.lock, self.url = threading.RLock(), None
        self.state, self.written = seed(), None
        if os.path.exists(file):
            with open(file) as stream:
                self.state = json.load(stream)
        self.save()

    def save(self):
        text = json.dumps(self.state, indent=1)
        if text != self.written:
            with open(self.file + ".new", "w") as stream:
                stream.write(text)
            os.replace(self.file + ".new", self.file)
            self.written = text

    def answer(self, call):
        known = False
        for method, pattern, permission, body, query, function in ROUTES:
            match = pattern.fullmatch(call.path)
            known = known or bool(match)
            if match and method == call.method:
                with self.lock:
                    names = {name: urllib.parse.unquote(value) for name, value in match.groupdict().items()}
                    self.admit(call, permission)
                    require(call.query.keys() <= set(query), 400, "invalid-request", f"{call.path} does not take {call.query}")
                    self.check_body(call, body)
                    if "name" in names:
                        names["name"] = self.charm(call, names["name"])
                    try:
                        return function(self, call, *names.values())
                    finally:
                        self.save()
        raise Refused(405 if known else 404, "method-not-allowed" if known else "resource-not-found", f"{call.method} {call.path}: no such call")

    def admit(self, call, permission):
        if permission is None and (not call.scheme or "/tokens/" in call.path):
            return
        token = self.state["tokens"].get(call.credential)
        require(call.scheme, 401, "macaroon-authorization-required", "Authorization is missing")
        require(token and token["scheme"] == call.scheme, 401, "macaroon-authorization-required", "the token is not known")
        require(token["expires"] > now(), 401, "macaroon-expired", f"the login expired at {token['expires']}")
        require(not permission or any(permission == grant or permission.startswith(grant + "-") for grant in token["permissions"]),
                403, "permission-required", f"the token lacks the permission {permission}")
        call.token, call.account = token, self.state["accounts"][token["account"]]

    def check_body(self, call, shape):
        wanted = "multipart/form-data" if shape == "parts" else "application/json" if shape else None
        require(wanted or not call.raw, 400, "invalid-request", "a body is not taken here")
        require(not wanted or call.content_type == wanted, 415, "unsupported-media-type", f"the body must be {wanted}")
        require(not call.problem, 400, "invalid-request", f"the body can't be read: {call.problem}")
        if wanted == "application/json":
            fits(call.body, shape)

    # -- what calls have in common --

    def charm(self, call, name):
        charm = self.state["charms"].get(name)
        require(charm and charm["owner"] == call.token["account"], 404, "resource-not-found", f"Name {name} not found in the charm namespace")
        packages = call.token.get("packages")
        require(packages is None or any(charm["id"] == package.get("id") or name == package.get("name") for package in packages),
                403, "permission-required", f"the token is not for the charm {name}")
        return dict(charm, name=name)      # lists and objects within are shared with the state

    def declared(self, charm, resource):
        for revision in sorted(charm["revisions"], key=int, reverse=True):
            for item in charm["revisions"][revision]["resources"]:
                if item["name"] == resource:
                    return dict(item, revision=int(revision))
        raise Refused(404, "resource-not-found", f"Resource {resource!r} is not declared by any revision of {charm['name']!r}")

    def repository(self, charm, resource):
        self.declared(charm, resource)
        return f"charm/{charm['id'].lower()}/{resource}"

    def registry_has(self, repository, digest):
        headers = {"Accept": MANIFESTS}
        if self.user:
            headers["Authorization"] = "Basic " + base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        with contextlib.closing(http.client.HTTPConnection(self.registry, timeout=20)) as connection:
            try:
                connection.request("HEAD", f"/v2/{repository}/manifests/{digest}", headers=headers)
                return connection.getresponse().status == 200
            except (OSError, http.client.HTTPException) as problem:
                raise Refused(502, "service-unavailable", f"the registry does not answer: {problem}") from None

    def push(self, call, charm, resource, **facts):
        name = call.body["upload-id"]
        upload = self.state["uploads"].get(name)
        require(upload, 400, "invalid-request", f"there is no upload {name!r}")
        target = {"charm": charm["name"], "resource": resource, **facts}
        if "charm" in upload:
            require(all(upload[key] == value for key, value in target.items()), 400, "invalid-request",
                    f"upload {name!r} was used for something else")
        else:
            upload.update(target, status="new", revision=None, errors=None, pending=self.state["settings"]["pending"])
        self.judge(call, upload)
        return {"status-url": f"/v1/charm/{charm['name']}/revisions/review?upload-id={name}"}

    def judge(self, call, upload):
        action, errors = call.verdict or (None, None)
        if action == "stick-review":
            upload["stuck"] = True
        elif action == "reject-review":
            upload["reject"] = errors or [{"code": "review-failed", "message": "the reviewer did not like it"}]

    def approve(self, charm, upload):
        """The revision of equal content, or a new one."""
        if upload["resource"] is None:
            number = max(map(int, charm["revisions"]), default=0) + 1
            latest = charm["revisions"].get(str(number - 1), {"resources": [], "bases": [None]})
            charm["revisions"][str(number)] = {
                "version": str(number), "created-at": now(), "status": "approved", "errors": None, "size": upload["size"],
                "sha3-384": upload["sha3-384"], "resources": latest["resources"], "bases": latest["bases"]}
            return number
        revisions = charm["resources"].setdefault(upload["resource"], [])
        for revision in revisions:
            if revision["sha256"] == upload["sha256"]:
                return revision["revision"]
        revisions.append({"name": upload["resource"], "revision": len(revisions) + 1, "type": upload["type"], "bases": upload["bases"],
                          "size": upload["size"], "text": upload["text"], "created-at": now(), "updated-at": None, "updated-by": None,
                          **{name: upload[name] for name in HASHES}})
        return len(revisions)

    def objections(self, charm, upload):
        if upload.get("type") == "oci-image" and [upload["resource"], upload["text"]] not in charm["blobs"]:
            return [{"code": "invalid-oci-image", "message": "the content is not the text that oci-image/blob gave for this resource"}]
        return upload.get("reject")

    def channel(self, call, charm, text):
        """The full name: track/risk[/branch]."""
        parts = text.split("/")
        if parts[0] in RISKS:
            parts.insert(0, "latest")
        require(len(parts) in (2, 3) and parts[1] in RISKS and all(map(TRACK.fullmatch, parts)), 400, "api-error", f"{text!r} is not a channel")
        require(parts[0] in [track["name"] for track in charm["tracks"]], 400, "api-error", f"{charm['name']!r} has no track {parts[0]!r}")
        allowed = call.token.get("channels")
        require(allowed is None or not {text, "/".join(parts)}.isdisjoint(allowed), 403, "permission-required",
                f"the token is not for the channel {text}")
        return "/".join(parts)

    def channel_map(self, charm):
        current = {release["channel"]: release for release in charm["releases"]}
        return {channel: release for channel, release in current.items() if release["revision"] is not None}

    def resources_of_release(self, charm, item, channel):
        """What the request says, filled in with what the channel has; all that is wrong is told at once."""
        if item["revision"] is None:
            return []
        revision = charm["revisions"].get(str(item["revision"]))
        require(revision, 400, "api-error", f"Revision {item['revision']} does not exist for charm with id {charm['id']!r}")
        place = f"for charm with id {charm['id']!r} and revision {item['revision']}"
        declared = {resource["name"]: resource for resource in revision["resources"]}
        given = {resource["name"]: resource["revision"] for resource in item.get("resources", [])}
        problems = [f"Resource {name!r} is not valid {place}" for name in given if name not in declared]
        problems += [f"Resource {name!r} with revision {number} does not exist {place}" for name, number in given.items()
                     if not 1 <= number <= len(charm["resources"].get(name, []))]
        earlier = {resource["name"]: resource["revision"] for resource in self.channel_map(charm).get(channel, {"resources": []})["resources"]}
        together = {name: number for name, number in {**earlier, **given}.items() if name in declared}
        problems += [f"Resource {name!r} doesn't have a released revision on channel {channel!r} {place}"
                     for name, resource in declared.items() if name not in {**together, **given} and not resource["optional"]]
        if problems:
            raise Refused(400, "api-error", *problems)
        return [{"name": name, "revision": number} for name, number in sorted(together.items())]

    # -- login --

    @route("POST", "/v1/tokens/usso", body={
        "permissions": [PERMISSIONS, ...], "ttl?": int, "channels?": [str, ...],
        "packages?": [{"type": {"charm", "bundle"}, "name?": str, "id?": str}, ...]})
    def begin_login(self, call):
        key, caveat_key = secrets.token_bytes(32), secrets.token_bytes(32)
        identifier, caveat = "login-" + secrets.token_hex(8), "caveat-" + secrets.token_hex(8)
        self.state["logins"][identifier] = {"key": key.hex(), "caveat": caveat, "caveat-key": caveat_key.hex(), "grant": call.body}
        root = Macaroon(key, b"charmhub.example", identifier.encode()).add(b"service = charmhub")
        # A verification id is for its maker alone; this one keeps the key in its state instead of sealing it in.
        return {"macaroon": str(root.add(caveat.encode(), secrets.token_bytes(72), self.url.split("//")[1].encode()))}

    @route("POST", "/api/v2/tokens/discharge", body={"email": str, "password": str, "caveat_id": str, "otp?": str})
    def discharge(self, call):
        body, account = call.body, self.state["accounts"].get(call.body["email"])
        login = next((login for login in self.state["logins"].values() if login["caveat"] == body["caveat_id"]), None)
        if not login:
            raise SignOnRefused(400, "invalid-data", "the caveat is not ours")
        if not account or account["password"] != body["password"]:
            raise SignOnRefused(401, "invalid-credentials", "Provided email/password is not correct.")
        if account.get("otp") and "otp" not in body:
            raise SignOnRefused(401, "twofactor-required", "OTP required")
        if account.get("otp") != body.get("otp"):
            raise SignOnRefused(401, "twofactor-failure", "The provided 2-factor key is not recognised.")
        result = Macaroon(bytes.fromhex(login["caveat-key"]), self.url.split("//")[1].encode(), login["caveat"].encode())
        return {"discharge_macaroon": str(result.add(b"account = " + body["email"].encode()))}

    @route("POST", "/v1/tokens/usso/exchange", body={"client-description": str})
    def exchange(self, call):
        match = re.fullmatch(r"root=([\w-]+), discharge=([\w-]+)", call.credential, re.ASCII)
        require(call.scheme == "Macaroon" and match, 401, "macaroon-authorization-required",
                "Authorization must be: Macaroon root=…, discharge=…")
        try:
            root, discharge = map(Macaroon.read, match.groups())
            login = self.state["logins"][root.identifier.decode()]
        except (ValueError, KeyError, IndexError):
            raise Refused(401, "macaroon-permission-required", "the macaroons can't be read") from None
        unbound = discharge.made_with(bytes.fromhex(login["caveat-key"]))
        require(root.signature == root.made_with(bytes.fromhex(login["key"])) and discharge.identifier == login["caveat"].encode(),
                401, "macaroon-permission-required", "the macaroons are not genuine")
        require(discharge.signature == mac_of_two(bytes(32), root.signature, unbound), 401, "macaroon-permission-required",
                "the discharge is not bound to its root" if discharge.signature == unbound else "the discharge is not genuine")
        grant, account = login["grant"], discharge.caveats[0][0].decode().removeprefix("account = ")
        token = str(Macaroon(secrets.token_bytes(32), b"charmhub.example", b"token-" + secrets.token_hex(8).encode()))
        self.state["tokens"][token] = {
            "account": account, "scheme": "Macaroon", "permissions": grant["permissions"], "packages": grant.get("packages"),
            "channels": grant.get("channels"), "expires": now(grant.get("ttl", 24 * 3600))}
        return {"macaroon": token}

    @route("GET", "/v1/tokens/whoami", "")
    def whoami(self, call):
        account = {key: call.account[key] for key in ("id", "username", "display-name")}
        return {"account": {**account, "email": call.token["account"]},
                **{key: call.token.get(key) for key in ("permissions", "packages", "channels", "expires")}}

    # -- names --

    def described(self, name, charm):
        owner = self.state["accounts"][charm["owner"]]
        return {"id": charm["id"], "name": name, "type": "charm", "status": "published" if charm["releases"] else "registered",
                "private": charm["private"], "store": "ubuntu", "default-track": None, "tracks": charm["tracks"], "track-guardrails": [],
                "publisher": {key: owner[key] for key in ("id", "username", "display-name")}}

    @route("GET", "/v1/charm", "account-view-packages", query=("include-collaborations",))
    def names(self, call):
        require(call.query.get("include-collaborations", "true") in ("true", "false"), 400, "invalid-request",
                "include-collaborations is true or false")
        return {"results": [self.described(name, charm) for name, charm in self.state["charms"].items() if charm["owner"] == call.token["account"]]}

    @route("POST", "/v1/charm", "account-register-package", {"name": LABEL, "type": {"charm"}, "private?": bool, "team?": str})
    def register(self, call):
        name = call.body["name"]
        require(name not in self.state["charms"], 409, "already-registered", f"the name {name!r} is taken")
        latest = {"name": "latest", "created-at": now(), "version-pattern": None, "automatic-phasing-percentage": None}
        self.state["charms"][name] = {"id": secrets.token_hex(15) + "Xy", "owner": call.token["account"], "tracks": [latest], "revisions": {},
                                      "private": call.body.get("private", False), "resources": {}, "blobs": [], "releases": []}
        return {"id": self.state["charms"][name]["id"]}

    @route("GET", "/v1/charm/<name>", "package-view-metadata")
    def metadata(self, call, charm):
        return {"metadata": self.described(charm["name"], charm)}

    @route("DELETE", "/v1/charm/<name>", "package-manage")
    def unregister(self, call, charm):
        require(not charm["revisions"], 400, "api-error", "a charm with revisions can't be unregistered")
        del self.state["charms"][charm["name"]]
        return {"package-id": charm["id"]}

    # -- resources --

    @route("GET", "/v1/charm/<name>/resources", "package-view-revisions")
    def resources(self, call, charm):
        names = {item["name"] for revision in charm["revisions"].values() for item in revision["resources"]}
        return {"resources": [self.declared(charm, name) for name in sorted(names)]}

    @route("GET", "/v1/charm/<name>/resources/<resource>/oci-image/upload-credentials", "package-manage-revisions")
    def upload_credentials(self, call, charm, resource):
        require(self.declared(charm, resource)["type"] == "oci-image", 400, "api-error", f"{resource!r} is not an OCI image")
        return {"image-name": f"{self.registry}/{self.repository(charm, resource)}",
                "username": self.user or "robot", "password": self.password or "any:pass:word"}

    @route("POST", "/v1/charm/<name>/resources/<resource>/oci-image/blob", "package-manage-revisions", {"image-digest": DIGEST})
    def blob(self, call, charm, resource):
        repository, digest = self.repository(charm, resource), call.body["image-digest"]
        require(self.registry_has(repository, digest), 404, "resource-not-found", f"the registry has no {digest} in {repository}")
        text = json.dumps({"ImageName": f"{self.registry}/{repository}@{digest}", "Username": self.user or "reader",
                           "Password": self.password or "any:pass:word"}, separators=(",", ":"))
        if [resource, text] not in charm["blobs"]:
            charm["blobs"].append([resource, text])
        return text

    @route("POST", "/unscanned-upload/", body="parts")
    def store_bytes(self, call):
        require([(part["name"], part["type"]) for part in call.parts] == [("binary", "application/octet-stream")] and call.parts[0]["filename"],
                400, "invalid-request", "the body must be one part: binary, with a file name, application/octet-stream")
        content, name = call.parts[0]["content"], "upload-" + secrets.token_hex(8)
        text = content.decode(errors="replace") if len(content) <= 4096 else None
        self.state["uploads"][name] = {"size": len(content), "text": text, **{key: make(content).hexdigest() for key, make in HASHES.items()}}
        return {"successful": True, "upload_id": name}

    @route("POST", "/v1/charm/<name>/resources/<resource>/revisions", "package-manage-revisions",
           {"upload-id": str, "type": {"oci-image", "file"}, "bases": RESOURCE_BASES})
    def push_resource(self, call, charm, resource):
        kind = self.declared(charm, resource)["type"]
        require(kind == call.body["type"], 400, "api-error", f"Resource {resource!r} is declared as {kind}")
        require(all(len(set(base["architectures"])) == len(base["architectures"]) for base in call.body["bases"]), 400, "invalid-request",
                "an architecture is named twice")
        bases = [{"name": "all", "channel": "all", **base} for base in call.body["bases"]]
        return self.push(call, charm, resource, type=kind, bases=bases)

    @route("GET", "/v1/charm/<name>/resources/<resource>/revisions", "package-view-revisions")
    def resource_revisions(self, call, charm, resource):
        self.declared(charm, resource)
        return {"revisions": [{key: value for key, value in revision.items() if key != "text"}
                              for revision in reversed(charm["resources"].get(resource, []))]}

    @route("PATCH", "/v1/charm/<name>/resources/<resource>/revisions", "package-manage-revisions",
           {"resource-revision-updates": [{"revision": int, "bases": RESOURCE_BASES}, ...]})
    def change_bases(self, call, charm, resource):
        self.declared(charm, resource)
        revisions = {revision["revision"]: revision for revision in charm["resources"].get(resource, [])}
        for update in call.body["resource-revision-updates"]:
            require(update["revision"] in revisions, 404, "resource-not-found", f"Resource {resource!r} has no revision {update['revision']}")
        for update in call.body["resource-revision-updates"]:
            bases = [{"name": "all", "channel": "all", **base} for base in update["bases"]]
            revisions[update["revision"]].update({"bases": bases, "updated-at": now(), "updated-by": call.account["id"]})
        return {"num-resource-revisions-updated": len(call.body["resource-revision-updates"])}

    # -- charm revisions and their review --

    @route("POST", "/v1/charm/<name>/revisions", "package-manage-revisions", {"upload-id": str})
    def push_charm(self, call, charm):
        return self.push(call, charm, None)

    @route("GET", "/v1/charm/<name>/revisions/review", "package-manage-revisions", query=("upload-id",))
    def review(self, call, charm):
        name = call.query.get("upload-id")
        upload = self.state["uploads"].get(name, {})
        require(upload.get("charm") == charm["name"], 404, "resource-not-found", f"there is no review of {name!r}")
        self.judge(call, upload)
        if upload["status"] == "new" and not upload.get("stuck"):
            if upload["pending"] > 0:
                upload["pending"] -= 1
            elif errors := self.objections(charm, upload):
                upload.update(status="rejected", errors=errors)
            else:
                upload.update(status="approved", revision=self.approve(charm, upload))
        return {"revisions": [{"upload-id": name, **{key: upload[key] for key in ("status", "revision", "errors")}}]}

    @route("GET", "/v1/charm/<name>/revisions", "package-view-revisions", query=("fields", "include-craft-yaml", "revision"))
    def charm_revisions(self, call, charm):
        found = [{"revision": int(number), **{key: value for key, value in revision.items() if key != "resources"}}
                 for number, revision in charm["revisions"].items() if call.query.get("revision", number) == number]
        return {"revisions": sorted(found, key=lambda revision: -revision["revision"])}

    # -- releases --

    @route("POST", "/v1/charm/<name>/releases", "package-manage-releases", RELEASES)
    def release(self, call, charm):
        released = []
        for item in call.body:
            channel = self.channel(call, charm, item["channel"])
            released.append({"channel": channel, "revision": item["revision"], "resources": self.resources_of_release(charm, item, channel)})
        charm["releases"] += [{**release, "when": now()} for release in released]
        return {"released": released}

    @route("GET", "/v1/charm/<name>/releases", "package-view-releases")
    def status(self, call, charm):
        current, channels, items = self.channel_map(charm), [], []
        for track in (track["name"] for track in charm["tracks"]):
            for risk, safer in zip(RISKS, [None, *RISKS]):
                channels.append({"name": f"{track}/{risk}", "track": track, "risk": risk, "branch": None, "fallback": safer and f"{track}/{safer}"})
        for channel, release in current.items():
            track, risk, *branch = channel.split("/")
            if branch:
                channels.append({"name": channel, "track": track, "risk": risk, "branch": branch[0], "fallback": f"{track}/{risk}"})
            resources = [dict(item, type=self.declared(charm, item["name"])["type"]) for item in release["resources"]]
            items += [{"channel": channel, "revision": release["revision"], "base": base, "resources": resources, "when": release["when"],
                       "expiration-date": None, "progressive": {"paused": None, "percentage": None}}
                      for base in charm["revisions"][str(release["revision"])]["bases"]]
        used = {release["revision"] for release in current.values()}
        revisions = [revision for revision in self.charm_revisions(call, charm)["revisions"] if revision["revision"] in used]
        return {"channel-map": items, "package": {"channels": channels}, "revisions": revisions}

    @route("POST", "/v1/charm/<name>/tracks", "package-manage-metadata",
           [{"name": TRACK, "automatic-phasing-percentage?": (str, None), "version-pattern?": (str, None)}, ...])
    def tracks(self, call, charm):
        have = {track["name"] for track in charm["tracks"]}
        fresh = [{"version-pattern": None, "automatic-phasing-percentage": None, **track, "created-at": now()}
                 for track in call.body if track["name"] not in have]
        charm["tracks"] += fresh
        return {"num-tracks-created": len(fresh)}


# ---- faults, the log and the wire ----

FAULT = {"path": str, "method?": (str, None), "times?": (int, None), "status?": int, "headers?": dict, "seconds?": object,
         "action?": {"status", "garbage", "drop", "slow", "reject-review", "stick-review"}, "body?": object, "after?": bool}
CODES = {401: "macaroon-authorization-required", 403: "permission-required", 404: "resource-not-found", 429: "rate-limited"}


def merged(target, patch):
    """JSON merge patch (RFC 7396)."""
    if not isinstance(patch, dict):
        return patch
    result = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        result[key] = merged(result.get(key), value)
        if value is None:
            del result[key]
    return result


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def log_message(self, *args):
        pass

    def handle_expect_100(self):
        super().handle_expect_100()
        self.wfile.flush()
        return True

    def body(self):
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():
            pass
        return b"".join(chunks)

    def reply(self, status, value, headers=()):
        text = value if isinstance(value, str) else json.dumps(value)
        data, headers = text.encode(), dict(headers)
        self.send_response(status)
        for name, text in {"Content-Type": "application/json", "Content-Length": str(len(data)), **headers}.items():
            self.send_header(name, text)
        self.end_headers()
        self.wfile.write(data)
        return status

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def take_fault(self, call):
        for fault in self.server.faults:
            if fault["path"] in call.target and fault.get("method") in (None, call.method):
                if fault["times"] is not None:
                    fault["times"] -= 1
                    if fault["times"] <= 0:
                        self.server.faults.remove(fault)
                return fault
        return None

    def spoil(self, fault):
        """The answer of a fault; None if there is no answer."""
        if fault["action"] == "drop":
            return self.drop()
        if fault["action"] == "garbage":
            return self.reply(200, fault.get("body") or "<html>the load balancer says hello</html>", {"Content-Type": "text/html"})
        status = fault.get("status", 503)
        default = {"error-list": [{"code": CODES.get(status, "service-unavailable"), "message": f"a fault was asked for: {status}"}]}
        headers = ({"Retry-After": "1"} if status == 429 else {}) | fault.get("headers", {})
        return self.reply(status, default if fault.get("body") is None else fault["body"], headers)

    def usual(self, call):
        try:
            return 200, self.server.store.answer(call)
        except Refused as refusal:
            return refusal.status, refusal.body

    def serve(self):
        call = Call(self.command, self.path, self.headers, self.body())
        if call.path.startswith("/_"):
            return self.control(call)
        entry = call.for_the_log()
        with self.server.store.lock:
            self.server.log.append(entry)
            fault = self.take_fault(call) or {"action": None}
        if fault["action"] == "slow":
            time.sleep(fault.get("seconds", 2))
        call.verdict = (fault["action"], fault.get("body"))
        spoilt = fault["action"] in ("status", "garbage", "drop")
        if spoilt and not fault.get("after"):
            entry["status"] = self.spoil(fault)
            return None
        answer = self.usual(call)
        entry["status"] = self.spoil(fault) if spoilt else self.reply(*answer)
        return None

    def control(self, call):
        server, store = self.server, self.server.store
        with store.lock:
            try:
                what = f"{call.method} {call.path}"
                require(not call.problem, 400, "invalid-request", str(call.problem))
                if what == "POST /_fault":
                    fits(call.body, FAULT)
                    server.faults.append({"action": "status", "times": 1, **call.body})
                elif what == "DELETE /_fault":
                    server.faults.clear()
                    for upload in store.state["uploads"].values():
                        upload.pop("stuck", None)
                elif what == "DELETE /_log":
                    server.log.clear()
                elif what == "PATCH /_state":
                    store.state = merged(store.state, call.body)
                else:
                    require(what in ("GET /_state", "GET /_log"), 404, "resource-not-found", what)
                store.save()
                self.reply(200, {"/_state": store.state, "/_log": server.log, "/_fault": server.faults}[call.path])
            except Refused as refusal:
                self.reply(refusal.status, refusal.body)

    do_GET = do_POST = do_PATCH = do_DELETE = do_PUT = do_HEAD = serve


class Server(http.server.ThreadingHTTPServer):
    daemon_threads, block_on_close = True, False

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], ConnectionError):
            super().handle_error(request, client_address)


def main():
    parser = argparse.ArgumentParser(description="A stand-in for Charmhub.")
    parser.add_argument("--state", required=True)
    parser.add_argument("--registry", required=True, help="HOST:PORT")
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--registry-user")
    parser.add_argument("--registry-password")
    options = parser.parse_args()
    host, _, port = options.listen.rpartition(":")
    server = Server((host, int(port)), Handler)
    server.store = Store(options.state, options.registry, options.registry_user, options.registry_password)
    server.store.url = f"http://{host}:{server.server_port}"
    server.faults, server.log = [], []
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print(f"listening on {server.store.url}", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main()
