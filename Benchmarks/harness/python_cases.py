# SPDX-License-Identifier: Apache-2.0
"""The cases of Python applications (`Benchmarks/python`)."""

import base64
import os
import socket
import subprocess
import threading
import time

from . import cases, load, python_servers, report, servers


class Requests(cases.Throughput):
    """wrk against one application on several servers, with the usual one as the reference."""

    def __init__(self, name, title, application, kinds, reference, connections=64):
        super().__init__(name, title, "/", purpose=application, connections=connections)
        self.kinds, self.reference = kinds, reference

    def run(self, bench):
        bench.classes = bench.chosen(self.kinds)
        return super().run(bench)


def measure(bench, server, path, connections):
    return load.read_wrk(bench.client(load.wrk_command(
        f"http://127.0.0.1:{server.port}{path}", connections, bench.seconds)))


def changed(kinds, **attributes):
    """The same kinds of servers, with other numbers of processes or threads."""
    return [type(kind.__name__, (kind,), attributes) for kind in kinds]


class Mix:
    """Fast requests beside slow ones: whether the fast wait for the slow."""

    name = "mix"
    title = "Two clients that ask for 200 ms of work each, beside 8 that ask for a hello"

    def run(self, bench):
        return report.table(
            ["server", "p99 ms alone", "p99 ms beside", "requests/s alone", "beside", "failed"],
            bench.each(bench.chosen(python_servers.WSGI), "hello", self.row))

    def row(self, bench, server):
        alone = measure(bench, server, "/", 8)
        slow = subprocess.Popen(
            load.wrk_command(f"http://127.0.0.1:{server.port}/slow", 2, bench.seconds + 2),
            stdout=subprocess.DEVNULL)
        time.sleep(0.5)
        beside = measure(bench, server, "/", 8)
        slow.wait()
        return [
            server.label, report.milliseconds(alone.slowest_percent),
            report.milliseconds(beside.slowest_percent), f"{alone.requests / alone.seconds:.0f}",
            f"{beside.requests / beside.seconds:.0f}", alone.failed + beside.failed]


class Threads:
    """Applications that gain by threads, on one process of four."""

    name = "threads"
    title = "Requests/s of one process of four threads, 16 connections"
    kinds = {
        "/wait": "waits 5 ms", "/both": "computes 0.5 ms, waits 1 ms",
        "/unlocked": "computes without the lock"}

    def run(self, bench):
        kinds = bench.chosen(
            [python_servers.Apus, python_servers.NginxUWSGI, python_servers.ModWSGI])
        return report.table(
            ["server", *self.kinds.values()],
            bench.each(changed(kinds, worker_count=1), "threads", self.row))

    def row(self, bench, server):
        seen = [measure(bench, server, path, 16) for path in self.kinds]
        return [server.label, *(f"{each.requests / each.seconds:.0f}" for each in seen)]


class WorkerMemory:
    """One process with one thread that has answered some hellos."""

    name = "python-memory"
    title = "Memory of a hello worker"

    def run(self, bench):
        kinds = bench.chosen([python_servers.Apus, python_servers.UWSGI,
                              python_servers.ApusASGI, python_servers.Uvicorn])
        single = changed(kinds, worker_count=1, thread_count=1)
        return report.table(
            ["server", "worker, RSS MiB", "worker and its master, PSS MiB", "all, PSS MiB"],
            bench.each(single, "hello", self.row))

    @staticmethod
    def row(bench, server):
        bench.client(load.wrk_command(f"http://127.0.0.1:{server.port}/", 4, 1))
        time.sleep(1)
        pids = server.interpreters()
        # A master that the worker was forked from shares most of its pages with it: what they take
        # is what they take together.
        largest = max(servers.accounting.resident(pid) for pid in pids)
        together = sum(servers.accounting.process_memory(pid) for pid in pids)
        return [f"{server.label} ({server.interface})", report.mebibytes(largest),
                report.mebibytes(together), report.mebibytes(server.memory())]


class IdleWebSockets:
    """What an open WebSocket costs the server, beside what it costs the application."""

    name = "websockets"
    title = "2,000 idle WebSockets"
    count = 2000

    def run(self, bench):
        return report.table(
            ["server", "open", "echoed", "KiB each, server", "KiB each, with the application"],
            bench.each(bench.chosen([python_servers.ApusWebSockets]), "hello", self.row))

    def row(self, bench, server):
        held = []
        try:
            held += [self.opened(server.port) for _ in range(100)]
            time.sleep(1)
            before = server.front_memory(), server.memory()
            held += [self.opened(server.port) for _ in range(self.count)]
            time.sleep(2)
            after = server.front_memory(), server.memory()
            answered = sum(self.echoes(connection) for connection in held)
        finally:
            for connection in held:
                connection.close()
        cost = [(late - early) / 1024 / self.count for early, late in zip(before, after)]
        return [server.label, len(held), answered, f"{cost[0]:.2f}", f"{cost[1]:.2f}"]

    @staticmethod
    def opened(port):
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        key = base64.b64encode(os.urandom(16)).decode()
        connection.sendall((
            "GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n").encode())
        head = b""
        while b"\r\n\r\n" not in head:
            received = connection.recv(4096)
            if not received:
                raise servers.Unavailable(f"no WebSocket: {head!r}")
            head += received
        if b" 101 " not in head.split(b"\r\n")[0]:
            raise servers.Unavailable(f"no WebSocket: {head!r}")
        return connection

    @staticmethod
    def echoes(connection):
        """Whether a message comes back; its mask is zero."""
        connection.sendall(b"\x81\x82\0\0\0\0ok")
        return connection.recv(16) == b"\x81\x02ok"


class Reloads:
    """Ten reloads under load by touching the script: which requests are lost."""

    name = "reload"
    title = "Ten reloads of the application under load"
    reloads = 10
    interval = 0.7

    def run(self, bench):
        kinds = bench.chosen([python_servers.Apus, python_servers.UWSGI, python_servers.ModWSGI])
        return report.table(["server", "requests", "failed", "per million", "what"],
                            bench.each(kinds, "hello", self.row))

    def row(self, bench, server):
        toucher = threading.Thread(target=self.touch, args=(server,))
        toucher.start()
        try:
            seen = load.read_wrk(bench.client(load.wrk_command(
                f"http://127.0.0.1:{server.port}/", 32, int(self.reloads * self.interval + 3))))
        finally:
            toucher.join()
        return [server.label, seen.requests, seen.failed,
                f"{seen.failed * 1e6 / max(seen.requests, 1):.0f}", seen.note]

    def touch(self, server):
        time.sleep(1)
        for _ in range(self.reloads):
            os.utime(server.applications / "hello.py")
            time.sleep(self.interval)


ALL = [
    Requests("wsgi", "WSGI hello, keep-alive, 64 connections", "hello",
             python_servers.WSGI, "nginx + uwsgi"),
    Requests("asgi", "ASGI hello, keep-alive, 64 connections", "hello",
             python_servers.ASGI, "nginx + uvicorn"),
    Requests("flask", "Flask hello, keep-alive, 16 connections", "hello_flask",
             [python_servers.Apus, python_servers.NginxUWSGI, python_servers.ModWSGI,
              python_servers.Granian], "nginx + uwsgi", connections=16),
    Requests("django", "Django page: a query and a template, 16 connections", "page_django",
             [python_servers.Apus, python_servers.NginxUWSGI, python_servers.ModWSGI,
              python_servers.Granian], "nginx + uwsgi", connections=16),
    Mix(),
    Threads(),
    WorkerMemory(),
    IdleWebSockets(),
    Reloads(),
]
