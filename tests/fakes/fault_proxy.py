#!/usr/bin/env python3
"""A reverse proxy in front of a registry that breaks what passes through, as it is told, and remembers what it saw.

    fault_proxy.py --to HOST:PORT [--listen 127.0.0.1:0] [--faults JSON-or-file]

prints `listening on http://HOST:PORT`. Bodies stream through both ways and are never held; `Location` headers that name the
registry are made to name the proxy. A second listener, `elsewhere`, serves the same registry under another port: the
place that redirects and lies lead to, where nobody's `Authorization` should turn up.

Faults are a list of rules, all of them tried on each request in order:

    {"match": {"method": REGEX, "path": REGEX, "listener": "main"}, "skip": 0, "every": 1, "times": 1, "action": …}

A rule passes over the first `skip` requests that it matches and then acts on each `every`th, `times` times (-1: for ever).
The path is matched with its query. AMOUNT is a number of bytes, or with a point in it a share of the Content-Length.

Actions that answer in place of the registry (the first one wins; the request's body is read before, unless "drain": false):
    status        status, retry_after, headers {}, body          any answer at all: 429, 503, 413 …
    html          status (502)                                   the page of a gateway
    redirect      to (elsewhere), status (307)
    auth          seconds, expires_in (= seconds), user, password, midway: a 401 with a Bearer challenge to the proxy's own
                  /token unless a token of the right scope is there that is not older than `seconds`; `midway` also looks
                  while the body arrives. Acts for ever unless told otherwise.
    drop          when (before)                                  no answer: "after" lets the registry do its work first
    huge          bytes (100 000 000)                            a manifest of that size
    endless       content_type                                   a body that never ends
Actions that change what passes (all that match act together):
    cut-request   after AMOUNT                                   the registry sees the end, the client a reset
    cut-response  after AMOUNT, how (reset or close)
    truncate      after AMOUNT                                   shorter, with a Content-Length that agrees
    length        by N                                           Content-Length is off by N
    corrupt       at AMOUNT (0.5)                                one byte is another
    digest        value                                          another Docker-Content-Digest
    location      as (elsewhere, private, no-query, relative, garbage, absent) or value
    slow          bytes_per_second, direction (request, response or both)

Its own pages: GET /_proxy/log → {"elsewhere", "requests": […], "tokens": […]}; DELETE /_proxy/log forgets them;
POST /_proxy/faults replaces the rules.
"""
import argparse
import base64
import http.client
import http.server
import json
import math
import re
import secrets
import socket
import socketserver
import struct
import sys
import threading
import time
import urllib.parse

HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "host", "expect", "te", "trailer", "upgrade", "proxy-connection"}
PIECE = 1 << 16
OTHER_DIGEST = "sha256:" + "0" * 64
MANIFEST = "application/vnd.oci.image.manifest.v1+json"


def amount(value, length):
    return int(value * (length or 0)) if isinstance(value, float) else value


class Broken(Exception):
    """The client's connection is to be reset."""


class Stale(Exception):
    """The token died while the body arrived."""


class Rule:
    def __init__(self, given):
        self.given, self.action = given, given["action"]
        match = given.get("match", {})
        self.method, self.path = re.compile(match.get("method", ".*")), re.compile(match.get("path", ""))
        self.listener = match.get("listener", "main")
        self.left = given.get("times", -1 if self.action == "auth" else 1)
        self.seen = -given.get("skip", 0)

    def __getitem__(self, key):
        return self.given[key]

    def get(self, key, default=None):
        return self.given.get(key, default)

    def acts(self, listener, method, path):
        if self.left == 0 or listener != self.listener or not self.method.fullmatch(method) or not self.path.search(path):
            return False
        self.seen += 1
        if self.seen < 1 or (self.seen - 1) % self.get("every", 1) != 0:
            return False
        self.left -= self.left > 0
        return True


class State:
    """What both listeners share."""

    def __init__(self, registry):
        self.registry = registry
        self.lock = threading.Lock()
        self.rules, self.requests, self.tokens, self.live = [], [], [], {}
        self.start = time.monotonic()

    def replace(self, rules):
        rules = [Rule(rule) for rule in rules]
        unknown = {rule.action for rule in rules} - ANSWERS.keys() - CHANGES
        if unknown:
            raise ValueError(f"no such action: {', '.join(sorted(unknown))}")
        with self.lock:
            self.rules = rules

    def age(self):
        return round(time.monotonic() - self.start, 4)

    def begin(self, **facts):
        with self.lock:
            self.requests.append(facts)
        return facts

    def faults(self, listener, method, path):
        """The rules that act on this request. Those behind an answer are not asked: their time has not come."""
        acting = []
        with self.lock:
            for rule in self.rules:
                if rule.acts(listener, method, path):
                    acting.append(rule)
                    if rule.action in ANSWERS and rule.action != "auth":
                        break
        return acting

    def issue(self, scopes, authorized):
        rule = next((rule for rule in self.rules if rule.action == "auth"), None)
        if rule is None or rule.get("user") and authorized != f"{rule['user']}:{rule['password']}":
            return None
        token, seconds = secrets.token_urlsafe(16), rule.get("seconds", 300)
        with self.lock:
            self.tokens.append({"scopes": scopes, "authorization": authorized is not None, "time_s": self.age()})
            self.live[token] = (time.monotonic() + seconds, scopes)
        return {"token": token, "expires_in": rule.get("expires_in", math.ceil(seconds))}

    def valid(self, token, repository, action):
        ends, scopes = self.live.get(token, (0, []))
        if time.monotonic() >= ends:
            return False
        return not repository or any(scope.startswith(f"repository:{repository}:") and action in scope.rpartition(":")[2].split(",")
                                     for scope in scopes)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        pass

    def handle_expect_100(self):
        return True  # said when the body is wanted

    @property
    def state(self):
        return self.server.state

    # ---- the client's side ----

    def body(self):
        """The request's body in pieces; read through `incoming`, once."""
        if not self.is_read and self.headers.get("Expect", "").lower() == "100-continue":
            self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        if self.is_chunked:
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                yield from self.pieces(size)
                self.rfile.readline()
            while self.rfile.readline().strip():
                pass
        else:
            yield from self.pieces(self.length or 0)
        self.is_read = True

    def pieces(self, left):
        while left:
            piece = self.rfile.read1(min(left, self.piece_size))
            if not piece:
                raise Broken
            self.record["body_bytes"] += len(piece)
            left -= len(piece)
            yield piece

    def drain(self):
        for _ in self.incoming:
            pass

    def head(self, status, headers):
        self.record["status"] = status
        self.send_response_only(status)
        for name, value in headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()

    def answer(self, status, headers=(), body=b"", drain=True):
        if drain and not self.is_read:
            self.drain()
        self.close_connection |= not self.is_read
        self.head(status, [*headers, ("Content-Length", len(body))])
        if self.command != "HEAD":
            self.wfile.write(body)

    def answer_json(self, value, status=200, headers=(), drain=True):
        self.answer(status, [("Content-Type", "application/json"), *headers], json.dumps(value).encode(), drain)

    def reset(self):
        """SO_LINGER of zero seconds: the kernel sends RST and throws away what it has not sent."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close_connection = True

    # ---- one request ----

    def serve(self):
        self.is_chunked = "chunked" in self.headers.get("Transfer-Encoding", "").lower()
        self.length = None if self.is_chunked else int(self.headers.get("Content-Length", "0"))
        self.is_read, self.piece_size = not (self.is_chunked or self.length), PIECE
        self.incoming, self.token_ends = self.body(), float("inf")
        self.record = {"body_bytes": 0}
        try:
            if self.path.startswith("/_proxy/"):
                self.own_page()
                return
            self.record = self.state.begin(
                listener=self.server.name, method=self.command, path=self.path, authorization="Authorization" in self.headers,
                content_length=self.length, content_range=self.headers.get("Content-Range"), body_bytes=0, answer_bytes=0,
                status=None, faults=[], time_s=self.state.age())
            if self.path.split("?")[0] == "/token":
                self.token_page()
                return
            faults = self.state.faults(self.server.name, self.command, self.path)
            self.record["faults"] = [rule.action for rule in faults]
            if not any(rule.action in ANSWERS and ANSWERS[rule.action](self, rule) for rule in faults):
                self.pass_on({rule.action: rule for rule in faults})
        except Stale:
            self.refuse()
        except Broken:
            self.reset()
        except OSError:  # the client went away, or the registry
            self.reset()

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = serve

    def own_page(self):
        words = b"".join(self.incoming)
        if self.path == "/_proxy/log" and self.command == "GET":
            with self.state.lock:
                page = {"elsewhere": self.state.elsewhere, "requests": self.state.requests, "tokens": self.state.tokens}
                text = json.dumps(page).encode()
            self.answer(200, [("Content-Type", "application/json")], text)
        elif self.path == "/_proxy/log" and self.command == "DELETE":
            with self.state.lock:
                self.state.requests.clear()
                self.state.tokens.clear()
            self.answer(200)
        elif self.path == "/_proxy/faults" and self.command == "POST":
            try:
                self.state.replace(json.loads(words))
                self.answer(200)
            except (ValueError, KeyError, re.error) as problem:
                self.answer(400, body=f"{problem}\n".encode())
        else:
            self.answer(404)

    # ---- tokens ----

    def token_page(self):
        fields = urllib.parse.parse_qs(self.path.partition("?")[2])
        if self.command == "POST":
            fields = urllib.parse.parse_qs(b"".join(self.incoming).decode())
        scopes = [scope for given in fields.get("scope", []) for scope in given.split()]
        scheme, _, word = self.headers.get("Authorization", "").partition(" ")
        who = base64.b64decode(word).decode() if scheme.lower() == "basic" else None
        if self.command == "POST" and "password" in fields:
            who = f"{fields['username'][0]}:{fields['password'][0]}"
        token = self.state.issue(scopes, who)
        if token:
            self.answer_json(token)
        else:
            self.answer_json({"errors": [{"code": "UNAUTHORIZED", "message": "wrong user or password"}]}, 401)

    def token(self):
        scheme, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if scheme.lower() == "bearer" else None

    def wanted_scope(self):
        name = re.match(r"/v2/(.+?)/(?:blobs|manifests|tags|referrers)/", self.path)
        action = "pull" if self.command in ("GET", "HEAD") else "push"
        return name and name[1], action

    def is_let_in(self):
        return self.state.valid(self.token(), *self.wanted_scope())

    def refuse(self, drain=True):
        name, action = self.wanted_scope()
        challenge = f'Bearer realm="http://{self.server.address}/token",service="fault-proxy"'
        if name:
            challenge += f',scope="repository:{name}:{"pull" if action == "pull" else "pull,push"}"'
        if "Authorization" in self.headers:
            challenge += ',error="invalid_token"'
        self.answer_json({"errors": [{"code": "UNAUTHORIZED", "message": "authentication required"}]}, 401,
                         [("WWW-Authenticate", challenge)], drain)

    # ---- answers in place of the registry's; true when they gave one ----

    def fault_auth(self, rule):
        if not self.is_let_in():
            self.refuse(rule.get("drain", True))
            return True
        if rule.get("midway"):
            self.token_ends = self.state.live[self.token()][0]
        del self.headers["Authorization"]  # it was meant for us
        return False

    def fault_status(self, rule):
        headers = list(rule.get("headers", {}).items())
        if "retry_after" in rule.given:
            headers.append(("Retry-After", rule["retry_after"]))
        body = rule.get("body", json.dumps({"errors": [{"code": "UNKNOWN", "message": f"the proxy says {rule['status']}"}]}))
        self.answer(rule["status"], headers, body.encode(), rule.get("drain", True))
        return True

    def fault_html(self, rule):
        status = rule.get("status", 502)
        page = f"<!DOCTYPE html>\n<html><head><title>{status}</title></head>\n<body>" + "<p>Bad Gateway</p>\n" * 500 + "</body></html>\n"
        self.answer(status, [("Content-Type", "text/html; charset=utf-8")], page.encode(), rule.get("drain", True))
        return True

    def fault_redirect(self, rule):
        there = rule.get("to", self.state.elsewhere)
        self.answer(rule.get("status", 307), [("Location", f"http://{there}{self.path}")], drain=rule.get("drain", True))
        return True

    def fault_drop(self, rule):
        if rule.get("when", "before") == "after":
            self.fetch({}).close()
        raise Broken

    def fault_huge(self, rule):
        begin, end = b'{"schemaVersion":2,"mediaType":"%s","annotations":{"x":"' % MANIFEST.encode(), b'"},"layers":[]}'
        left = rule.get("bytes", 100_000_000) - len(begin) - len(end)
        self.drain()
        self.head(200, [("Content-Type", MANIFEST), ("Content-Length", left + len(begin) + len(end))])
        if self.command != "HEAD":
            self.emit(begin)
            while left:
                self.emit(b"x" * min(left, PIECE))
                left -= min(left, PIECE)
            self.emit(end)
        return True

    def fault_endless(self, rule):
        self.drain()
        self.close_connection = True
        self.head(200, [("Content-Type", rule.get("content_type", MANIFEST))])
        while self.command != "HEAD":
            self.emit(b" " * PIECE)
        return True

    # ---- what passes, changed ----

    def fetch(self, faults):
        """Sends the request on; returns the registry's answer, its body unread."""
        there = http.client.HTTPConnection(*self.state.registry)
        there.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        there.putheader("Host", "%s:%d" % self.state.registry)
        for name, value in self.headers.items():
            if name.lower() not in HOP_BY_HOP:
                there.putheader(name, value)
        if self.is_chunked:
            there.putheader("Transfer-Encoding", "chunked")
        there.endheaders()
        try:
            self.send_body(there, faults)
        except (BrokenPipeError, ConnectionResetError):  # it may have answered before the end of the body
            self.drain()
        return there.getresponse()

    def send_body(self, there, faults):
        cut, rate = faults.get("cut-request"), self.rate(faults, "request")
        left = amount(cut["after"], self.length) if cut else None
        for piece in () if left == 0 else self.incoming:
            if time.monotonic() > self.token_ends:
                there.close()
                raise Stale
            if left is not None:
                piece = piece[:left]
                left -= len(piece)
            there.send(b"%x\r\n%b\r\n" % (len(piece), piece) if self.is_chunked else piece)
            if left == 0:
                break
            if rate:
                time.sleep(len(piece) / rate)
        if left == 0:
            there.close()
            raise Broken
        if self.is_chunked:
            there.send(b"0\r\n\r\n")

    def rate(self, faults, direction):
        slow = faults.get("slow")
        rate = slow["bytes_per_second"] if slow and slow.get("direction", direction) in (direction, "both") else None
        self.piece_size = max(1, min(PIECE, int(rate / 10))) if rate else PIECE
        return rate

    def emit(self, piece):
        self.record["answer_bytes"] += len(piece)
        self.wfile.write(piece)

    def location(self, value, rule):
        """Where the registry names itself, the proxy stands; or a lie."""
        url = urllib.parse.urlsplit(value)
        if url.netloc == "%s:%d" % self.state.registry:
            url = url._replace(netloc=self.server.address)
        if not rule:
            return url.geturl()
        if "value" in rule.given:
            return rule["value"]
        target = url.path + ("?" + url.query if url.query else "")
        return {"elsewhere": f"http://{self.state.elsewhere}{target}", "private": f"http://10.0.0.1{target}", "relative": target,
                "no-query": url._replace(query="").geturl(), "garbage": "http://[::1:%zz/\x80 ", "absent": None}[rule["as"]]

    def changed_headers(self, response, faults):
        headers = []
        for name, value in response.getheaders():
            key = name.lower()
            if key == "location":
                value = self.location(value, faults.get("location"))
            elif key == "docker-content-digest" and "digest" in faults:
                continue
            if key not in HOP_BY_HOP and key != "content-length" and value is not None:
                headers.append((name, value))
        if "digest" in faults:
            headers.append(("Docker-Content-Digest", faults["digest"].get("value", OTHER_DIGEST)))
        return headers

    def pass_on(self, faults):
        response = self.fetch(faults)
        headers, length = self.changed_headers(response, faults), response.getheader("Content-Length")
        length = int(length) if length is not None else None
        end = length
        if "truncate" in faults:
            end = length = min(amount(faults["truncate"]["after"], length), length or 0)
        is_empty = self.command == "HEAD" or response.status in (204, 304)
        is_chunked = length is None and not is_empty
        if is_chunked:
            headers.append(("Transfer-Encoding", "chunked"))
        elif length is not None:
            claimed = length + (faults["length"]["by"] if "length" in faults else 0)
            self.close_connection |= claimed != length
            headers.append(("Content-Length", claimed))
        self.head(response.status, headers)
        if not is_empty:
            self.pass_body(response, faults, end, is_chunked)
        response.close()

    def pass_body(self, response, faults, end, is_chunked):
        cut, corrupt, rate = faults.get("cut-response"), faults.get("corrupt"), self.rate(faults, "response")
        cut_at = amount(cut["after"], end) if cut else None
        wrong_at = amount(corrupt.get("at", 0.5), end) if corrupt else -1
        at = 0
        while end is None or at < end:
            if at == cut_at:
                break
            stops = [stop - at for stop in (end, cut_at) if stop is not None]
            piece = response.read(min(self.piece_size, *stops)) if stops else response.read1(self.piece_size)
            if not piece:
                break
            if at <= wrong_at < at + len(piece):
                piece = bytearray(piece)
                piece[wrong_at - at] ^= 1
            at += len(piece)
            self.emit(b"%x\r\n%b\r\n" % (len(piece), piece) if is_chunked else piece)
            if rate:
                time.sleep(len(piece) / rate)
        if at == cut_at:
            if cut.get("how", "reset") == "reset":
                raise Broken
            self.close_connection = True
        elif is_chunked:
            self.wfile.write(b"0\r\n\r\n")


ANSWERS = {name[len("fault_"):]: function for name, function in vars(Handler).items() if name.startswith("fault_")}
CHANGES = {"cut-request", "cut-response", "truncate", "length", "corrupt", "digest", "location", "slow"}


class Listener(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address, name, state):
        super().__init__(address, Handler)
        self.name, self.state = name, state
        self.address = "%s:%d" % self.server_address[:2]

    def shutdown_request(self, request):
        """As in the base class, except that a connection to be reset must not be ended in good order before."""
        is_reset = struct.unpack("ii", request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8))[0]
        request.close() if is_reset else super().shutdown_request(request)

    def handle_error(self, request, client_address):
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)


def address(text):
    host, _, port = text.rpartition(":")
    return host, int(port)


def main():
    parser = argparse.ArgumentParser(description="a registry's faulty neighbour")
    parser.add_argument("--to", type=address, required=True, metavar="HOST:PORT")
    parser.add_argument("--listen", type=address, default=("127.0.0.1", 0), metavar="HOST:PORT")
    parser.add_argument("--faults", default="[]", metavar="JSON|FILE")
    given = parser.parse_args()
    state = State(given.to)
    if not given.faults.lstrip().startswith("["):
        with open(given.faults) as file:
            given.faults = file.read()
    state.replace(json.loads(given.faults))
    main_listener, elsewhere = Listener(given.listen, "main", state), Listener((given.listen[0], 0), "elsewhere", state)
    state.elsewhere = elsewhere.address
    threading.Thread(target=elsewhere.serve_forever, daemon=True).start()
    print(f"listening on http://{main_listener.address}", flush=True)
    main_listener.serve_forever()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        pass
