# SPDX-License-Identifier: Apache-2.0
"""The server's side of a worker, for tests: the parent that starts it, and one loop of a front.

It speaks what Sources/Python/CWorkerProtocol/include/worker_protocol.h describes.
"""
import array
import ctypes
import mmap
import os
import platform
import re
import select
import socket
import struct
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PYTHON = os.environ.get("WORKER_PYTHON") or sys.executable
EXTENSION = os.environ.get(
    "WORKER_EXTENSION", os.path.join(ROOT, ".build", "debug", "libPythonWorker.so"))
DEADLINE = int(os.environ.get("WORKER_DEADLINE", "60"))

VERSION = 5
# Where the scoreboard has it; Linux's number of the call that wakes who waits for it.
BELL = 32
FUTEX = 202 if platform.machine() == "x86_64" else 98
LIBC = ctypes.CDLL(None, use_errno=True)

REQUEST, AUTHORIZE, PING = 1, 2, 3
BODY_INLINE, BODY_STREAM, HAS_STREAM, VARIABLES_IN_FILE = 1, 2, 4, 8
HELLO, SURPLUS, HEAD, DATA, FILE, INFORM, LOG, END, PONG, WANT = range(1, 11)
BODY, BODY_END, ABORT = 33, 34, 35
ABORTED, EXPIRED, FAILED, NOT_LOADED = 1, 2, 4, 8

PACKET = struct.Struct("<BBHIQqQQQII")
FRAME = struct.Struct("<BBHIQ")
LIMIT = 65536


# A program that prints the numbers and names of its open files.
LISTING = """
import os
found = []
for name in os.listdir('/proc/self/fd'):
    try:
        found.append((int(name), os.readlink('/proc/self/fd/' + name)))
    except OSError:
        pass  # the listing's own
print(found)
"""


def _inherited():
    names = set()
    for number in os.listdir("/proc/self/fd"):
        try:
            names.add(os.readlink("/proc/self/fd/" + number))
        except OSError:
            pass
    return names


# Whoever runs the tests may have left us files of its own, which workers then inherit.
INHERITED = _inherited()


def leaked(found):
    """What a program of the application has open that is the worker's; `found` is of LISTING."""
    kinds = ("socket:", "anon_inode:", "/memfd:")
    return [name for number, name in found
            if number > 2 and name.startswith(kinds) and name not in INHERITED]


def source(path):
    with open(os.path.join(ROOT, "Sources", "Python", path)) as file:
        return file.read()


KEYS = {name: number for number, name in enumerate(
    re.findall(r'"([^"\n]+)"', source("CWorkerProtocol/keys.c").split("names[] =")[1]
               .split("};")[0]), 1)}


def receive(sock, size, flags=0):
    """A message or some bytes, and the descriptors that came along."""
    room = array.array("i")
    data, control, _, _ = sock.recvmsg(size, socket.CMSG_SPACE(16), flags | socket.MSG_CMSG_CLOEXEC)
    for level, kind, content in control:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            room.frombytes(content[:len(content) - len(content) % 4])
    return data, list(room)


def send(sock, data, descriptors=()):
    control = []
    if descriptors:
        control = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", descriptors))]
    sock.sendmsg([data], control)


class Scoreboard:
    """The shared memory of a generation."""

    def __init__(self, processes, slots):
        self.processes, self.slots = processes, slots
        self.file = os.memfd_create("scoreboard") if hasattr(os, "memfd_create") else temporary()
        os.ftruncate(self.file, 64 * (1 + processes + 2 * processes * slots))
        self.memory = mmap.mmap(self.file, 0)
        struct.pack_into("<III", self.memory, 0, VERSION, processes, slots)
        self.bell = (ctypes.c_uint32 * 2).from_buffer(self.memory, BELL)

    def interface(self):
        return struct.unpack_from("<I", self.memory, 12)[0]

    def count(self, packets):
        struct.pack_into("<i", self.memory, 16, self.queued() + packets)

    def queued(self):
        return struct.unpack_from("<i", self.memory, 16)[0]

    def ring(self, packets=1):
        """Wakes threads that wait for the queue."""
        self.bell[0] = (self.bell[0] + 1) & 0xFFFFFFFF
        if self.bell[1]:
            LIBC.syscall(FUTEX, ctypes.byref(self.bell), 1, packets, None, None, 0)

    def close(self):
        del self.bell
        self.memory.close()
        os.close(self.file)

    def process(self, number=0):
        values = struct.unpack_from("<IIIiQQQQ", self.memory, 64 * (1 + number))
        return dict(zip(("state", "pid", "incarnation", "outstanding", "requests", "started",
                         "last_active", "heartbeat"), values))

    def slot(self, number, process=0):
        offset = 64 * (1 + self.processes + 2 * (process * self.slots + number))
        values = struct.unpack_from("<QQIIQQ", self.memory, offset)
        return dict(zip(("request", "started", "thread", "", "requests", "busy"), values))


def temporary():
    import tempfile
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class Parent:
    """A generation of workers, each started as the server's parent does it."""

    def __init__(self, processes=1, threads=1, python=PYTHON, extension=EXTENSION):
        self.python, self.extension = python, extension
        self.threads, self.processes = threads, processes
        self.board = Scoreboard(processes, threads)
        self.queue, self.queue_reader = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.queue.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        self.workers = []

    def start(self, process=0, environment=None, **options):
        worker = Worker(self, process, environment)
        self.workers.append(worker)
        worker.start(process=process, processes=self.processes, threads=self.threads, **options)
        return worker

    def close(self):
        for worker in self.workers:
            worker.close()
        self.queue.close()
        self.queue_reader.close()
        self.board.close()


class Worker:
    def __init__(self, parent, process, environment=None):
        self.control, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.door, door = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self.control.settimeout(DEADLINE)
        extension = os.open(parent.extension, os.O_RDONLY)
        given = [control.fileno(), parent.queue_reader.fileno(), door.fileno(),
                 parent.board.file, extension]
        self.messages = []
        self.process = subprocess.Popen(
            [parent.python, "-I", "-c", source("Bootstrap/loader.py")],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            close_fds=False, preexec_fn=lambda: place(given),
            env=dict({"LANG": "C.UTF-8"}, **(environment or {})))
        control.close()
        door.close()
        os.close(extension)
        self.output, self.errors = Collector(self.process.stdout), Collector(self.process.stderr)

    def start(self, **options):
        pairs = []
        for key, value in options.items():
            for one in value if isinstance(value, (list, tuple)) else [value]:
                pairs += (key.replace("_", "-"), one)
        self.send("start", *pairs)

    def send(self, *words, **more):
        send(self.control, "\0".join(map(str, words)).encode(), more.get("descriptors", ()))

    def receive(self):
        """The next message: the verb and a dictionary; None at the end."""
        try:
            data, _ = receive(self.control, LIMIT)
        except ConnectionResetError:
            return None
        if not data:
            return None
        words = data.decode().split("\0")
        message = words[0], dict(zip(words[1::2], words[2::2]))
        self.messages.append(message)
        return message

    def expect(self, verb):
        while True:
            message = self.receive()
            if message is None:
                raise AssertionError("the worker ended, and did not say %s: %s"
                                     % (verb, self.errors.text))
            if message[0] == verb:
                return message[1]

    def stop(self, **options):
        words = [word for pair in options.items() for word in pair]
        self.send("stop", "cause", "test", *[str(w).replace("_", "-") for w in words])
        return self.process.wait(DEADLINE)

    def close(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait(DEADLINE)
        self.output.finish()
        self.errors.finish()
        self.control.close()
        self.door.close()


def place(given):
    """In the new process: the descriptors come to 3, 4, ..."""
    import fcntl
    copies = [fcntl.fcntl(descriptor, fcntl.F_DUPFD, 30) for descriptor in given]
    for number, copy in enumerate(copies, 3):
        os.dup2(copy, number)
        os.close(copy)
    os.closerange(8, 256)


class Collector(threading.Thread):
    """Reads a pipe to its end."""

    def __init__(self, pipe):
        super().__init__(daemon=True)
        self.pipe, self.data = pipe, b""
        self.start()

    def run(self):
        while True:
            data = os.read(self.pipe.fileno(), 65536)
            if not data:
                return
            self.data += data

    @property
    def text(self):
        return self.data.decode()

    def finish(self):
        self.join(DEADLINE)
        self.pipe.close()


class Stream:
    """A stream to a slot, seen from the loop."""

    def __init__(self):
        self.socket, self.other = socket.socketpair()
        self.socket.settimeout(DEADLINE)
        self.descriptors = []
        self.bytes = b""
        self.slot = None

    def frame(self):
        """The next frame: type, flags, aux, payload, request; None at the end."""
        head = self.read(FRAME.size)
        if head is None:
            return None
        kind, flags, aux, length, request = FRAME.unpack(head)
        return kind, flags, aux, self.read(length), request

    def read(self, count):
        while len(self.bytes) < count:
            data, descriptors = receive(self.socket, 1 << 18)
            self.descriptors += descriptors
            if not data:
                return None
            self.bytes += data
        result, self.bytes = self.bytes[:count], self.bytes[count:]
        return result

    def send(self, kind, request, payload=b"", aux=0):
        self.socket.sendall(FRAME.pack(kind, 0, aux, len(payload), request) + payload)

    def close(self):
        self.socket.close()
        self.other.close()
        for descriptor in self.descriptors:
            os.close(descriptor)


class Response:
    def __init__(self):
        self.status = self.reason = None
        self.fields = []
        self.length = None
        self.body = b""
        self.logs = []
        self.files = []
        self.end = None  # flags
        self.end_status = 0
        self.frames = []
        self.slot = None
        self.wanted = 0
        self.times = None

    def log(self):
        return "\n".join(self.logs)

    def __getitem__(self, name):
        return [value for key, value in self.fields if key.lower() == name.lower()]


class Loop:
    """One event loop of a front child, made plain: it waits for each response."""

    numbers = iter(range(1, 1 << 30))

    def __init__(self, parent):
        self.parent = parent
        self.number = next(self.numbers)
        self.count = 0
        self.streams = {}  # by socket
        self.new = []
        self.responses = {}
        self.surplus = 0

    def close(self):
        for stream in list(self.streams.values()) + self.new:
            stream.close()

    # Sending

    def send(self, variables=(), body=None, content_length=None, kind=REQUEST, attach=None,
             expires=0, flags=0, in_file=False, queue=None, rings=True):
        """Queues a request.

        body: bytes for inline content, None for none; "stream" if it is to be asked for.
        """
        self.count += 1
        request = self.number << 32 | self.count
        text, count = b"", 0
        for name, value in (variables.items() if isinstance(variables, dict) else variables):
            text += variable(name, value)
            count += 1
        inline = b""
        if body == "stream":
            flags |= BODY_STREAM
        elif body is not None:
            flags |= BODY_INLINE
            inline = body
            content_length = len(body)
        if content_length is None:
            content_length = -1 if body == "stream" else 0
        descriptors = []
        if attach is None:
            attach = len(self.streams) < self.parent.threads * self.parent.processes
        if attach:
            stream = Stream()
            self.new.append(stream)
            flags |= HAS_STREAM
            descriptors.append(stream.other.fileno())
        file = None
        if in_file or len(text) > LIMIT - 1000:
            flags |= VARIABLES_IN_FILE
            file = temporary()
            os.write(file, text)
            descriptors.append(file)
        now = int(time.time() * 1e6)
        head = PACKET.pack(VERSION, kind, flags, count, request, content_length, now, now, expires,
                           len(text), len(inline))
        self.parent.board.count(1)
        send(queue or self.parent.queue, head + (b"" if file is not None else text) + inline,
             descriptors)
        if queue is None and rings:
            self.parent.board.ring()
        if attach:
            stream.other.close()
        if file is not None:
            os.close(file)
        self.responses[request] = Response()
        return request

    # Receiving

    def turn(self, timeout=DEADLINE):
        """Handles what comes next on any stream.

        Returns a list of (stream, frame); an empty one when the time is over.
        """
        streams = self.new + list(self.streams.values())
        with_bytes = [stream for stream in streams if stream.bytes]
        ready = with_bytes
        if not ready:
            readable = select.select([stream.socket for stream in streams], [], [], timeout)[0]
            ready = [stream for stream in streams if stream.socket in readable]
        return [(stream, self.handle(stream)) for stream in ready]

    def handle(self, stream):
        frame = stream.frame()
        if frame is None:
            self.drop(stream)
            return None
        kind, flags, aux, payload, request = frame
        if kind == HELLO:
            stream.slot = struct.unpack("<IIII", payload)
            self.new.remove(stream)
            self.streams[stream.socket] = stream
            return frame
        if kind == SURPLUS:
            self.surplus += 1
            return frame
        response = self.responses.get(request)
        if response is None:
            return frame
        response.slot = stream
        response.frames.append(kind)
        if kind == HEAD:
            response.status = aux
            response.length = struct.unpack_from("<q", payload)[0]
            reason, _, rest = payload[8:].decode("latin-1").partition("\r\n")
            response.reason = reason
            response.fields = [tuple(line.split(": ", 1)) for line in rest.split("\r\n")[:-1]]
        elif kind == DATA:
            response.body += payload
        elif kind == FILE:
            offset, count = struct.unpack("<qq", payload)
            file = stream.descriptors.pop(0)
            response.files.append((offset, count))
            response.body += os.pread(file, count, offset)
            os.close(file)
        elif kind == LOG:
            response.logs.append(payload.decode())
        elif kind == WANT:
            response.wanted += struct.unpack("<I", payload)[0]
        elif kind == END:
            response.end, response.end_status = flags, aux
            response.times = struct.unpack("<QQ", payload)
        return frame

    def drop(self, stream):
        if stream in self.new:
            self.new.remove(stream)
        self.streams.pop(stream.socket, None)
        stream.close()

    def wait(self, request, until=lambda response: response.end is not None):
        response = self.responses[request]
        deadline = time.monotonic() + DEADLINE
        while not until(response):
            if not self.turn(max(0, deadline - time.monotonic())):
                if time.monotonic() >= deadline:
                    raise AssertionError("no answer to request %x" % request)
        return response

    def request(self, variables=(), **how):
        return self.wait(self.send(variables, **how))

    def upload(self, variables, content, piece=50000, length=None, abort_at=None):
        """A request whose content is sent as it is asked for."""
        request = self.send(variables, body="stream", content_length=length)
        response = self.responses[request]
        sent, is_ended = 0, False
        while response.end is None:
            if self.turn(0):
                continue
            if response.wanted > sent and sent < len(content):
                if abort_at is not None and sent >= abort_at:
                    response.slot.send(ABORT, request)
                    abort_at, content = None, content[:sent]
                    is_ended = True
                    continue
                part = content[sent:sent + min(piece, response.wanted - sent)]
                response.slot.send(BODY, request, part)
                sent += len(part)
            elif sent == len(content) and response.wanted and not is_ended:
                response.slot.send(BODY_END, request)
                is_ended = True
            elif not self.turn():
                raise AssertionError("no answer to request %x" % request)
        return response


def variable(name, value):
    value = value if isinstance(value, bytes) else value.encode("latin-1")
    key = KEYS.get(name, 0)
    length = struct.pack("<H", len(value)) if len(value) < 0xFFFF else (
        struct.pack("<HI", 0xFFFF, len(value)))
    literal = b""
    if key == 0:
        literal = struct.pack("<H", len(name)) + name.encode()
    return struct.pack("<BB", key, 0) + length + literal + value
