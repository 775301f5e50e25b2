"""What stands behind nginx: a server that says what it was asked, and does what the request's X-Stub header wishes.

The answer is JSON: the server's name, method, path and headers as they came, length and SHA-256 of the body,
and a number for the connection. Wishes:
`wait` seconds before the answer, `status`, `headers`, `size` of an answer of zeros, `pieces` (a list of texts sent as
chunks, half a second apart), `hang_up` (close instead of answering).
"""

import hashlib
import http.server
import json
import select
import socket
import threading
import time


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 60

    def setup(self):
        super().setup()
        self.server.stub.connections.add(self.connection)

    def finish(self):
        self.server.stub.connections.discard(self.connection)
        super().finish()

    def _read_body(self):
        digest, length = hashlib.sha256(), 0

        def take(count):
            nonlocal length
            while count > 0:
                piece = self.rfile.read1(min(count, 1 << 16))
                if not piece:
                    raise ConnectionResetError
                if length == 0:
                    self.server.stub.saw("body", self.path)
                digest.update(piece)
                length += len(piece)
                count -= len(piece)

        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                take(size)
                self.rfile.readline()
            self.rfile.readline()
        else:
            take(int(self.headers.get("Content-Length", 0)))
        return length, digest.hexdigest()

    def _client_left_within(self, seconds):
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            if select.select([self.connection], [], [], left)[0]:
                return self.connection.recv(1, socket.MSG_PEEK) == b""
        return False

    def _handle(self):
        stub = self.server.stub
        stub.saw("request", self.path)
        wishes = json.loads(self.headers.get("X-Stub", "{}"))
        length, digest = self._read_body()
        if self._client_left_within(wishes.get("wait", 0)):
            stub.saw("client left", self.path)
            self.close_connection = True
            return
        if wishes.get("hang_up"):
            self.close_connection = True
            return
        said = {
            "stub": stub.name,
            "method": self.command,
            "path": self.path,
            "connection": self.client_address[1],
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "length": length,
            "sha256": digest,
        }
        body = b"\0" * wishes["size"] if "size" in wishes else json.dumps(said).encode()
        self.send_response(wishes.get("status", 200))
        self.send_header("Content-Type", "application/json")
        for name, value in wishes.get("headers", {}).items():
            self.send_header(name, value)
        if "pieces" in wishes:
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for piece in wishes["pieces"]:
                self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece.encode()))
                time.sleep(0.5)
            self.wfile.write(b"0\r\n\r\n")
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        stub.saw("answered", self.path)

    do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = do_OPTIONS = _handle

    def log_message(self, *_):
        pass


class _Server(http.server.ThreadingHTTPServer):
    request_queue_size = 128
    daemon_threads = True

    def handle_error(self, *_):
        pass  # a connection that broke; the tests look at what nginx made of it


class Stub:
    """Listens on `port` of 127.0.0.1 in the namespace until stop()."""

    def __init__(self, namespace, port=8008, name="synapse"):
        self.name = name
        self._lock = threading.Lock()
        self._seen = []
        self.connections = set()
        self._server = _Server(("127.0.0.1", port), _Handler, bind_and_activate=False)
        self._server.stub = self
        self._server.socket.close()
        self._server.socket = namespace.socket()
        self._server.allow_reuse_address = True
        self._server.server_bind()
        self._server.server_activate()
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()

    def saw(self, what, path):
        with self._lock:
            self._seen.append((what, path))

    def count(self, path, what="request"):
        """How often it saw a "request", the first bytes of a "body", that the "client left", or had "answered"."""
        with self._lock:
            return self._seen.count((what, path))

    def stop(self):
        """As a process that is killed: every connection ends, new ones are refused."""
        self._server.shutdown()
        self._server.server_close()
        for connection in list(self.connections):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it had ended
