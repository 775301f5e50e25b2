#!/usr/bin/env python3
"""`rockbuild registry serve` beside docker-registry: 64 clients that pull small blobs, and a few that pull a large one.

Both registries hold the same blobs on the same tmpfs and take turns; each blob is pulled once before, and compared. The
load comes from one process that keeps all its connections in one epoll and does next to nothing: requests are made before,
bodies of the large blob are dropped in the kernel (MSG_TRUNC). Its share of a core is shown: below 100 % the registry was
what limited. Latency is from the request to the last byte. Memory is the server's largest since it started.

  ROCKBUILD        the program (default: rockbuild in PATH; without it only docker-registry is measured)
  BENCH_ROUNDS     5
  BENCH_MEGABYTES  size of the large blob (500)
  TMPDIR           where the storage lies (default: /dev/shm)
"""
import hashlib
import http.client
import os
import random
import resource
import select
import socket
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../fakes"))
from registries import Server, program

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
LARGE = int(os.environ.get("BENCH_MEGABYTES", "500")) * 1_000_000
SMALL_BLOBS, SMALL_PULLS, CLIENTS = 2_000, 4_000, 64
LARGE_PULLS, LARGE_CLIENTS = 8, 4


class Connection:
    def __init__(self, address, jobs):
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.jobs = jobs

    def next(self):
        """Sends the next request; false when there is none."""
        job = next(self.jobs, None)
        if job:
            self.head, self.left = b"", None
            request, self.size = job
            self.begin = time.perf_counter()
            self.socket.sendall(request)
        return job is not None

    def read(self, buffer):
        """True when the answer is complete."""
        if self.left is None:
            count = self.socket.recv_into(buffer)
            self.head += buffer[:count]
            end = self.head.find(b"\r\n\r\n")
            if end < 0 and count > 0:
                return False
            if not self.head.startswith(b"HTTP/1.1 200 "):
                sys.exit(f"the registry answers {self.head[:200]!r}")
            self.left = self.size - (len(self.head) - end - 4)
        else:
            count = self.socket.recv_into(buffer, 0, socket.MSG_TRUNC)
            self.left -= count
        if count == 0:
            sys.exit("the registry ends a connection early")
        return self.left == 0


def pull(host, jobs, clients):
    """(wall seconds, latencies, CPU seconds of the load) of all jobs (request, size) over so many connections."""
    address, jobs = tuple(host.split(":")), iter(jobs)
    connections = {}
    epoll = select.epoll()
    for _ in range(clients):
        connection = Connection(address, jobs)
        connections[connection.socket.fileno()] = connection
        epoll.register(connection.socket, select.EPOLLIN)
    buffer, latencies = memoryview(bytearray(1 << 20)), []
    usage, begin = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
    busy = sum(connection.next() for connection in connections.values())
    while busy:
        for number, _ in epoll.poll():
            connection = connections[number]
            if connection.read(buffer):
                latencies.append(time.perf_counter() - connection.begin)
                busy -= not connection.next()
    wall, after = time.perf_counter() - begin, resource.getrusage(resource.RUSAGE_SELF)
    for connection in connections.values():
        connection.socket.close()
    return wall, sorted(latencies), after.ru_utime + after.ru_stime - usage.ru_utime - usage.ru_stime


def request(host, digest):
    return f"GET /v2/bench/blobs/{digest} HTTP/1.1\r\nHost: {host}\r\n\r\n".encode()


def fill(host, blobs):
    """Uploads (digest, size, file or bytes)."""
    connection = http.client.HTTPConnection(host)
    for digest, size, body in blobs:
        connection.request("POST", "/v2/bench/blobs/uploads/", headers={"Content-Length": "0"})
        answer = connection.getresponse()
        answer.read()
        location = answer.getheader("Location").removeprefix(f"http://{host}")
        location += ("&" if "?" in location else "?") + "digest=" + digest
        connection.request("PUT", location, body, {"Content-Length": str(size), "Content-Type": "application/octet-stream"})
        answer = connection.getresponse()
        if answer.status != 201:
            sys.exit(f"the upload ends with {answer.status}: {answer.read()[:200]}")
        answer.read()


def verify(host, blobs):
    connection = http.client.HTTPConnection(host)
    for digest, size, _ in blobs:
        connection.request("GET", f"/v2/bench/blobs/{digest}")
        answer, hasher = connection.getresponse(), hashlib.sha256()
        while piece := answer.read(1 << 20):
            hasher.update(piece)
        if "sha256:" + hasher.hexdigest() != digest or answer.getheader("Content-Length") != str(size):
            sys.exit(f"{digest} arrives as another")


def small_blobs():
    rng = random.Random(1)
    bodies = [rng.randbytes(rng.randrange(4 << 10, 32 << 10)) for _ in range(SMALL_BLOBS)]
    return [("sha256:" + hashlib.sha256(body).hexdigest(), len(body), body) for body in bodies]


def large_blob(work):
    path, hasher = os.path.join(work, "large"), hashlib.sha256()
    with open(path, "wb") as file:
        for _ in range(LARGE // 1_000_000):
            piece = os.urandom(1_000_000)
            hasher.update(piece)
            file.write(piece)
    return "sha256:" + hasher.hexdigest(), LARGE, path


def loads(small, large):
    """Name → (blobs to pull in order, clients)."""
    rng = random.Random(2)
    many = [blob for _ in range(SMALL_PULLS // SMALL_BLOBS) for blob in rng.sample(small, len(small))]
    return {f"{len(many)} pulls of {SMALL_BLOBS} small blobs, {CLIENTS} clients": (many, CLIENTS),
            f"{LARGE_PULLS} pulls of {LARGE // 1_000_000} MB, {LARGE_CLIENTS} clients": ([large] * LARGE_PULLS, LARGE_CLIENTS),
            f"1 pull of {LARGE // 1_000_000} MB": ([large], 1)}


def one_round(server, blobs, clients):
    jobs = [(request(server.host, digest), size) for digest, size, _ in blobs]
    before = server.cpu()
    wall, latencies, load_cpu = pull(server.host, jobs, clients)
    return {"wall": wall, "pulls": len(blobs) / wall, "mb": sum(size for _, size, _ in blobs) / wall / 1e6,
            "p50": latencies[len(latencies) // 2] * 1e3, "p99": latencies[len(latencies) * 99 // 100] * 1e3,
            "cpu": server.cpu() - before, "memory": server.status("VmHWM") / 1024, "load": 100 * load_cpu / wall}


def show(name, best):
    print(f"\n{name}")
    print(f"  {'':18}{'pulls/s':>9}{'MB/s':>8}{'p50 ms':>9}{'p99 ms':>9}{'CPU s':>8}{'MiB':>6}{'load %':>8}")
    for kind, of in best.items():
        print(f"  {kind:18}{of['pulls']:9.1f}{of['mb']:8.0f}{of['p50']:9.2f}{of['p99']:9.2f}{of['cpu']:8.2f}{of['memory']:6.0f}"
              f"{of['load']:8.0f}")
    if len(best) == 2:
        theirs, mine = best["docker-registry"], best["rockbuild"]
        less = {key: theirs[key] / max(mine[key], 0.01) for key in ("p50", "p99", "cpu", "memory")}
        print(f"  {'ours is better ×':18}{mine['pulls'] / theirs['pulls']:9.2f}{mine['mb'] / theirs['mb']:8.2f}"
              f"{less['p50']:9.2f}{less['p99']:9.2f}{less['cpu']:8.2f}{less['memory']:6.1f}")


def main():
    kinds = [kind for kind in ("docker-registry", "rockbuild") if program(kind)]
    place = os.environ.get("TMPDIR") or ("/dev/shm" if os.path.isdir("/dev/shm") else None)
    with tempfile.TemporaryDirectory(prefix="serve-bench-", dir=place) as work:
        small, large = small_blobs(), large_blob(work)
        print(f"{os.cpu_count()} cores; best of {ROUNDS}")
        rounds = {name: {kind: [] for kind in kinds} for name in loads(small, large)}
        servers = {}
        try:
            for kind in kinds:
                servers[kind] = Server(kind, os.path.join(work, kind))
                fill(servers[kind].host, small)
                with open(large[2], "rb") as file:
                    fill(servers[kind].host, [(large[0], large[1], file)])
                verify(servers[kind].host, [*small, large])
            for name, (blobs, clients) in loads(small, large).items():
                for _ in range(ROUNDS):
                    for kind in kinds:
                        rounds[name][kind].append(one_round(servers[kind], blobs, clients))
                show(name, {kind: min(figures, key=lambda one: one["wall"]) for kind, figures in rounds[name].items()})
        finally:
            for server in servers.values():
                server.__exit__()


main()
