# SPDX-License-Identifier: Apache-2.0
"""A front's loop as an ASGI worker sees it: one stream for many requests, with credits."""
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import textwrap
import time
import unittest

import front
from front import (ABORT, BODY, BODY_END, BODY_INLINE, BODY_STREAM, DATA, DEADLINE, END, FILE, HEAD,
                   HELLO, INFORM, LOG, PACKET, VERSION, WANT)

CONNECT = 4
TRAILERS = 11
REQUEST_FRAME, CREDIT = 32, 36
ACCEPT, TEXT, BINARY, CLOSE = 64, 65, 66, 67
CONTINUES = 1
INITIAL_CREDIT = 65536
FIELD = 255
LEAVING = 3


class Exchange(front.Response):
    """What has come for one request so far."""

    def __init__(self):
        super().__init__()
        self.hints = []
        self.trailers = []
        self.accepted = None
        self.messages = []
        self.partial = b""
        self.close = None
        self.counted = 0
        self.ended_at = None


def fields_of(payload):
    return [tuple(line.split(": ", 1)) for line in payload.decode("latin-1").split("\r\n")[:-1]]


class Connection:
    """A stream to one process. It credits what it gets, unless `credits` is set to False."""

    numbers = iter(range(1 << 20, 1 << 30))

    def __init__(self, worker):
        self.worker = worker
        self.number = next(self.numbers)
        self.count = 0
        self.credits = True
        self.exchanges = {}
        self.stream = front.Stream()
        front.send(worker.door, PACKET.pack(VERSION, CONNECT, 0, 0, self.number << 32, 0, 0, 0, 0, 0, 0),
                   [self.stream.other.fileno()])
        self.stream.other.close()
        frame = self.stream.frame()
        assert frame is not None and frame[0] == HELLO, frame
        self.hello = struct.unpack("<IIII", frame[3])

    def close(self):
        self.stream.close()

    def packet(self, target="/", method="GET", fields=(), variables=(), body=b"", kind="http",
               expires=0, length=None, script=None, mount=""):
        """A request's number, and its frame as bytes. A body of None is to be asked for."""
        self.count += 1
        number = self.number << 32 | self.count
        path, _, query = target.partition("?")
        pairs = {
            "REQUEST_METHOD": method, "SERVER_PROTOCOL": "HTTP/1.1", "REQUEST_SCHEME": "http",
            "SCRIPT_NAME": mount, "PATH_INFO": unquote(path[len(mount):]), "asgi.raw_path": path,
            "QUERY_STRING": query, "REMOTE_ADDR": "192.0.2.7", "REMOTE_PORT": "41000",
            "SERVER_ADDR": "127.0.0.1", "SERVER_PORT": "8080", "asgi.type": kind,
            "SCRIPT_FILENAME": script or self.worker.script,
            "mod_wsgi.callable_object": "application", "mod_wsgi.request_id": "name-%d" % number,
        }
        pairs.update(variables)
        text = b"".join(front.variable(name, value) for name, value in pairs.items())
        for name, value in fields:
            text += field(name, value)
        flags = BODY_STREAM if body is None else BODY_INLINE if body else 0
        inline = body or b""
        if length is None:
            length = -1 if body is None else len(inline)
        now = int(time.time() * 1e6)
        head = PACKET.pack(VERSION, 1, flags, len(pairs) + len(fields), number, length, now, now, expires,
                           len(text), len(inline))
        payload = head + text + inline
        self.exchanges[number] = Exchange()
        return number, front.FRAME.pack(REQUEST_FRAME, 0, 0, len(payload), number) + payload

    def send(self, target="/", **how):
        number, frame = self.packet(target, **how)
        self.stream.socket.sendall(frame)
        return number

    def frame(self, kind, number, payload=b"", aux=0, flags=0):
        self.stream.socket.sendall(
            front.FRAME.pack(kind, flags, aux, len(payload), number) + payload)

    def turn(self):
        """Handles the next frame; False at the end of the stream."""
        frame = self.stream.frame()
        if frame is None:
            return False
        kind, flags, aux, payload, number = frame
        exchange = self.exchanges.get(number)
        if exchange is None:
            return True
        exchange.frames.append(kind)
        if kind == HEAD:
            exchange.status = aux
            exchange.length = struct.unpack_from("<q", payload)[0]
            exchange.fields = fields_of(payload[8:].partition(b"\r\n")[2])
        elif kind == DATA:
            exchange.counted += len(payload)
            exchange.body += payload
        elif kind == FILE:
            offset, count = struct.unpack("<qq", payload)
            file = self.stream.descriptors.pop(0)
            exchange.files.append((offset, count))
            exchange.body += os.pread(file, count, offset)
            os.close(file)
        elif kind == LOG:
            exchange.logs.append(payload.decode())
        elif kind == WANT:
            exchange.wanted += struct.unpack("<I", payload)[0]
        elif kind == INFORM:
            exchange.hints.append((aux, fields_of(payload)))
        elif kind == TRAILERS:
            exchange.trailers += fields_of(payload)
        elif kind == ACCEPT:
            exchange.accepted = fields_of(payload)
        elif kind in (TEXT, BINARY):
            exchange.counted += len(payload)
            exchange.partial += payload
            if not flags & CONTINUES:
                whole, exchange.partial = exchange.partial, b""
                exchange.messages.append(whole.decode() if kind == TEXT else whole)
        elif kind == CLOSE:
            exchange.close = aux, payload.decode()
        elif kind == END:
            exchange.end, exchange.end_status = flags, aux
            exchange.times = struct.unpack("<QQ", payload)
        if kind in (DATA, TEXT, BINARY) and self.credits and payload:
            self.frame(CREDIT, number, struct.pack("<I", len(payload)))
        return True

    def wait(self, number, until=lambda exchange: exchange.end is not None):
        exchange = self.exchanges[number]
        while not until(exchange):
            if not self.turn():
                raise AssertionError("the stream ended: " + self.worker.errors.text)
        return exchange

    def request(self, target="/", **how):
        return self.wait(self.send(target, **how))


def unquote(path):
    from urllib.parse import unquote_to_bytes
    return unquote_to_bytes(path)


def field(name, value):
    name = name.encode("latin-1") if isinstance(name, str) else name
    value = value.encode("latin-1") if isinstance(value, str) else value
    return struct.pack("<BBHH", FIELD, 0, len(value), len(name)) + name + value


class Case(unittest.TestCase):
    """Starts workers with applications that the tests write, on each event loop there is."""

    event_loop = os.environ.get("WORKER_EVENT_LOOP", "asyncio")

    def setUp(self):
        self.folder = tempfile.mkdtemp()
        self.addCleanup(shutil.rmtree, self.folder)
        self.parents = []

    def write(self, text, name="application.py"):
        path = os.path.join(self.folder, name)
        with open(path, "w") as file:
            file.write(textwrap.dedent(text))
        return path

    def spawn(self, text, **options):
        """A worker that has been told to start, and nothing more."""
        parent = front.Parent(python=front.PYTHON)
        self.addCleanup(parent.close)
        path = self.write(text)
        settings = {"event-loop": self.event_loop, "interface": "auto",
                    "script": path + "\tapplication"}
        settings.update({name.replace("_", "-"): value for name, value in options.items()})
        worker = parent.start(**settings)
        worker.script = path
        worker.board = parent.board
        return worker

    def start(self, text, **options):
        worker = self.spawn(text, **options)
        self.assertEqual(worker.expect("ready")["interface"], "asgi")
        return worker

    def connect(self, worker):
        connection = Connection(worker)
        self.addCleanup(connection.close)
        return connection

    def serve(self, text, **options):
        return self.connect(self.start(text, **options))

    def eventually(self, condition, what="in time"):
        deadline = time.monotonic() + DEADLINE
        while not condition():
            self.assertLess(time.monotonic(), deadline, what)
            time.sleep(0.005)


def memory(pid, name="VmRSS"):
    """Bytes."""
    with open("/proc/%d/status" % pid) as file:
        for line in file:
            if line.startswith(name + ":"):
                return int(line.split()[1]) * 1024
    raise AssertionError(name)
