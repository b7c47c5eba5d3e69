# SPDX-License-Identifier: Apache-2.0
"""The cases. Each runs its servers in turn, several rounds, so that what the machine does
meanwhile falls on all of them alike; the median of the rounds is reported."""

import statistics
import subprocess
import threading
import time

from . import load, report, servers


class Bench:
    """What all cases share: servers to compare, files, how long to measure."""

    def __init__(self, classes, shared, scratch, seconds, rounds, pin):
        self.classes, self.shared, self.scratch = classes, shared, scratch
        self.seconds, self.rounds = seconds, rounds
        self.server_cores, self.client_cores = pin
        self.method = None

    def server(self, kind, purpose, mpm=None):
        return kind(purpose, self.shared, self.scratch, mpm, self.server_cores)

    def started(self, purpose):
        """Every server that can serve the purpose, running; what cannot is told and left out."""
        running = []
        for kind in self.classes:
            try:
                running.append(self.server(kind, purpose).start())
                self.method = running[-1].account.method
            except servers.Unavailable as reason:
                print(f"  ({reason})", flush=True)
        return running

    def each(self, kinds, purpose, measure):
        """What `measure` makes of each server in turn, while it runs; what cannot serve the
        purpose is told and left out."""
        results = []
        for kind in kinds:
            try:
                server = self.server(kind, purpose).start()
                try:
                    results.append(measure(self, server))
                finally:
                    server.stop()
            except servers.Unavailable as reason:
                print(f"  ({reason})", flush=True)
        return results

    def client(self, command):
        """Runs a client program to its end, and returns what it printed."""
        if self.client_cores:
            cores = ",".join(str(core) for core in self.client_cores)
            command = ["taskset", "-c", cores] + command
        finished = subprocess.run(command, capture_output=True, text=True, timeout=300)
        return finished.stdout


def stop_all(running):
    for server in running:
        server.stop()


class Throughput:
    """A closed loop of wrk: processor time for each request, rate and latency."""

    reference = "nginx"

    def __init__(self, name, title, path, purpose="plain", connections=64, headers=(),
                 expects_errors=False, script=None, by_size=False):
        self.name, self.title, self.path, self.purpose = name, title, path, purpose
        self.connections, self.headers, self.script = connections, headers, script
        self.expects_errors, self.by_size = expects_errors, by_size

    def run(self, bench):
        running = bench.started(self.purpose)
        try:
            for server in running:
                self.measure(bench, server, 1)
            results = {server: [] for server in running}
            for _ in range(bench.rounds):
                for server in running:
                    results[server].append(self.measure(bench, server, bench.seconds))
        finally:
            stop_all(running)
        return self.table(results)

    def measure(self, bench, server, seconds):
        script = bench.shared / self.script if self.script else None
        command = load.wrk_command(
            f"http://127.0.0.1:{server.port}{self.path}", self.connections, seconds,
            self.headers, script)
        before = server.seconds()
        output = bench.client(command)
        used = server.seconds() - before
        seen = load.read_wrk(output, self.expects_errors)
        return used, seen, server.memory()

    def table(self, results):
        unit = "MiB" if self.by_size else "request"
        headings = ["server", f"CPU us/{unit}", f"x {self.reference}", "from - to", "requests/s", "p50 ms",
                    "p99 ms", "failed", "PSS MiB"]
        costs = {
            server: [self.cost(used, seen) for used, seen, _ in rounds]
            for server, rounds in results.items()
        }
        reference = next(
            (statistics.median(costs[server]) for server in results
             if server.name == self.reference), 0)
        rows = []
        for server, rounds in results.items():
            cost = statistics.median(costs[server])
            rows.append([
                server.label, f"{cost:.2f}", report.ratio(cost, reference),
                f"{min(costs[server]):.2f} - {max(costs[server]):.2f}",
                f"{statistics.median(seen.requests / seen.seconds for _, seen, _ in rounds):.0f}",
                report.milliseconds(statistics.median(seen.median for _, seen, _ in rounds)),
                report.milliseconds(
                    statistics.median(seen.slowest_percent for _, seen, _ in rounds)),
                sum(seen.failed for _, seen, _ in rounds),
                report.mebibytes(max(memory for _, _, memory in rounds)),
            ])
        return report.table(headings, rows)

    def cost(self, used, seen):
        """Microseconds for each request, or for each MiB where the end of a run cuts large
        responses off."""
        amount = seen.bytes / 2**20 if self.by_size else seen.requests
        return used * 1e6 / amount if amount else float("inf")


class IdleConnections:
    """What an open keep-alive connection costs while nothing happens on it."""

    name = "idle"
    title = "Idle keep-alive connections"
    count = 10_000

    def run(self, bench):
        rows = []
        running = bench.started("idle")
        try:
            for server in running:
                # Once used, memory that the first requests need is not counted as a connection's.
                self.hold(server, 200)
                before = server.memory()
                held, kept, full = self.hold(server, self.count)
                rows.append([
                    server.label, held, kept, report.mebibytes(before), report.mebibytes(full),
                    f"{(full - before) / 1024 / max(held, 1):.2f}",
                ])
        finally:
            stop_all(running)
        return report.table(
            ["server", "held", "kept open", "PSS MiB before", "PSS MiB with", "KiB/connection"],
            rows)

    @staticmethod
    def hold(server, count):
        clients = load.Idle(server.port, count, "/1k.html")
        time.sleep(1)  # What the server gives back when a connection falls idle, it has by now.
        memory = server.memory()
        return clients.held, clients.close(), memory


class IdleMemory:
    """The server as it is after its start: default modules, two processes, one request."""

    name = "memory"
    title = "Memory of the idle server"

    def run(self, bench):
        running = bench.started("memory")
        try:
            time.sleep(2)
            rows = [
                [server.label, report.mebibytes(server.memory()),
                 len(servers.accounting.process_tree(server.process.pid))]
                for server in running
            ]
        finally:
            stop_all(running)
        return report.table(["server", "PSS MiB", "processes"], rows)


class ColdStart:
    """From the start of the program to the first response."""

    name = "start"
    title = "Cold start to the first answer"
    times = 10

    def run(self, bench):
        taken = {}
        for _ in range(self.times):
            for kind in bench.classes:
                try:
                    taken.setdefault(kind.name, []).append(self.once(bench, kind))
                except servers.Unavailable as reason:
                    print(f"  ({reason})", flush=True)
        rows = [
            [name, report.milliseconds(statistics.median(times)), report.milliseconds(min(times)),
             report.milliseconds(max(times))]
            for name, times in taken.items()
        ]
        return report.table(["server", "median ms", "fastest ms", "slowest ms"], rows)

    @staticmethod
    def once(bench, kind):
        server = bench.server(kind, "plain")
        start = time.monotonic()
        server.launch()
        try:
            while not servers.responds(server.port, server.probe):
                if time.monotonic() - start > 10:
                    raise servers.Unavailable(f"{server.label}: {server.complaint()}")
                time.sleep(0.0005)
            return time.monotonic() - start
        finally:
            server.stop()


class GracefulRestarts:
    """Ten graceful restarts under load, for each kind of client: which requests are lost."""

    name = "restart"
    title = "Ten graceful restarts under load"
    restarts = 10
    interval = 0.7

    def run(self, bench):
        rows = []
        for kind in bench.classes:
            for mpm in kind.mpms:
                for client in ("keep-alive", "connection each", "pipelining"):
                    try:
                        rows.append(self.row(bench, kind, mpm, client))
                    except servers.Unavailable as reason:
                        print(f"  ({reason})", flush=True)
                        break
        return report.table(
            ["server", "client", "requests", "failed", "per million", "sent again", "what"], rows)

    def row(self, bench, kind, mpm, client):
        server = bench.server(kind, "restart", mpm).start()
        seconds = int(self.restarts * self.interval + 3)
        restarter = threading.Thread(target=self.restart, args=(server,))
        try:
            restarter.start()
            seen = self.load(bench, server, client, seconds)
            restarter.join()
            ended = server.process.poll() is not None
        finally:
            restarter.join()
            server.stop()
        note = "the server ended" if ended else seen.note
        return [server.label, client, seen.requests, seen.failed,
                f"{seen.failed * 1e6 / max(seen.requests, 1):.0f}", seen.resent, note]

    def restart(self, server):
        time.sleep(1)
        for _ in range(self.restarts):
            if server.process.poll() is not None:
                return
            server.restart_gracefully()
            time.sleep(self.interval)

    @staticmethod
    def load(bench, server, client, seconds):
        if client == "pipelining":
            output = bench.client(load.pipeline_command(server.port, "/1k.html", 8, 8, seconds))
            return load.read_pipeline(output, seconds)
        headers = ["Connection: close"] if client == "connection each" else []
        command = load.wrk_command(
            f"http://127.0.0.1:{server.port}/1k.html", 32, seconds, headers)
        return load.read_wrk(bench.client(command))


ALL = [
    Throughput("keepalive", "1 KiB file, keep-alive, 64 connections", "/1k.html"),
    Throughput("missing", "404, keep-alive, 64 connections", "/missing", expects_errors=True),
    Throughput("close", "1 KiB file, a connection for each request", "/1k.html",
               headers=["Connection: close"]),
    Throughput("100k", "100 KiB file, keep-alive, 64 connections", "/100k.bin", by_size=True),
    Throughput("10m", "10 MiB file, keep-alive, 16 connections", "/10m.bin", connections=16,
               by_size=True),
    Throughput("realistic", "20 virtual hosts, fields, browser rules, access log", "/page.html",
               purpose="realistic", script="hosts.lua"),
    Throughput("cgi", "CGI hello, 16 connections", "/cgi-bin/hello.cgi", purpose="cgi",
               connections=16),
    IdleConnections(),
    IdleMemory(),
    ColdStart(),
    GracefulRestarts(),
]
