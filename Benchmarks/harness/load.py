# SPDX-License-Identifier: Apache-2.0
"""The clients: wrk, and the small programs of clients/."""

import dataclasses
import pathlib
import re
import subprocess

HERE = pathlib.Path(__file__).resolve().parent.parent
BUILT = HERE / ".build"

SIZES = {"B": 1, "KB": 2**10, "MB": 2**20, "GB": 2**30, "TB": 2**40}
UNITS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0}


@dataclasses.dataclass
class Load:
    """What a client saw."""

    requests: int
    seconds: float
    failed: int
    median: float = 0.0  # seconds
    slowest_percent: float = 0.0  # seconds
    resent: int = 0
    bytes: float = 0.0  # received, responses that the end of the run cut off included
    note: str = ""


def build_clients():
    BUILT.mkdir(exist_ok=True)
    for source in sorted((HERE / "clients").glob("*.c")):
        program = BUILT / source.stem
        if not program.exists() or program.stat().st_mtime < source.stat().st_mtime:
            subprocess.run(
                ["cc", "-std=gnu11", "-O2", "-Wall", "-Wextra", "-o", program, source], check=True)


def wrk_command(url, connections, seconds, headers=(), script=None):
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "--latency", "--timeout", "10s"]
    for header in headers:
        command += ["-H", header]
    if script:
        command += ["-s", str(script)]
    return command + [url]


def read_wrk(output, expects_errors=False):
    def number(pattern):
        found = re.search(pattern, output)
        return float(found.group(1)) if found else 0.0

    def time(pattern):
        found = re.search(pattern + r"\s+([\d.]+)(us|ms|s|m)\b", output)
        return float(found.group(1)) * UNITS[found.group(2)] if found else 0.0

    ended = re.search(
        r"(\d+) requests in ([\d.]+)(us|ms|s|m), ([\d.]+)(B|KB|MB|GB|TB) read", output)
    if not ended:
        raise RuntimeError("wrk said: " + output.strip())
    failed, note = 0, ""
    errors = re.search(
        r"Socket errors: connect (\d+), read (\d+), write (\d+), timeout (\d+)", output)
    if errors:
        failed = sum(int(count) for count in errors.groups())
        note = "connect {}, read {}, write {}, timeout {}".format(*errors.groups())
    refused = int(number(r"Non-2xx or 3xx responses: (\d+)"))
    if expects_errors:
        # A case that asks for errors has failed where it got anything else.
        refused = int(ended.group(1)) - refused
    if refused:
        note = ", ".join(filter(None, [note, f"status {refused}"]))
    return Load(
        requests=int(ended.group(1)), seconds=float(ended.group(2)) * UNITS[ended.group(3)],
        bytes=float(ended.group(4)) * SIZES[ended.group(5)], failed=failed + refused,
        median=time(r"50%"), slowest_percent=time(r"99%"), note=note)


def pipeline_command(port, path, connections, depth, seconds):
    return [str(BUILT / "pipeline"), str(port), path, str(connections), str(depth), str(seconds)]


def read_pipeline(output, seconds):
    values = dict(line.split() for line in output.splitlines())
    return Load(
        requests=int(values["answered"]), seconds=seconds, failed=int(values["failed"]),
        resent=int(values["resent"]))


class Idle:
    """Many connections that are held open, and what the server made of them."""

    def __init__(self, port, count, path):
        self.process = subprocess.Popen(
            [BUILT / "idle", str(port), str(count), path], stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, text=True)
        self.held = int(self.process.stdout.readline().split()[1])

    def close(self):
        output, _ = self.process.communicate(timeout=60)
        return int(output.split()[1])
