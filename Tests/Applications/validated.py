# SPDX-License-Identifier: Apache-2.0
"""All sorts of answers, with wsgiref.validate between them and the server.

The validator checks both sides: the environ and the input that the server gives, and what the
application does with them. A fault of the server is an AssertionError, a 500 for the client.
"""

import io
import os
import tempfile
from wsgiref.validate import validator


def plain(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "6")])
    return [b"plain\n"]


def unknown_length(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"no ", b"length\n"]


def single(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"single\n"]


def generator(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    for number in range(100):
        yield b"%d\n" % number


def write(environ, start_response):
    writer = start_response("200 OK", [("Content-Type", "text/plain")])
    writer(b"written ")
    writer(b"first\n")
    return [b"then returned\n"]


def empty(environ, start_response):
    start_response("204 No Content", [])
    return []


def echo(environ, start_response):
    source = environ["wsgi.input"]
    content = b"".join(iter(lambda: source.read(10_000), b""))
    start_response("200 OK", [
        ("Content-Type", "application/octet-stream"), ("Content-Length", str(len(content)))])
    return [content]


def lines(environ, start_response):
    source = environ["wsgi.input"]
    first = source.readline()
    rest = source.readlines()
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [first, b"%d more\n" % len(rest)]


def iterated(environ, start_response):
    count = sum(1 for _ in environ["wsgi.input"])
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"%d lines\n" % count]


def file(environ, start_response):
    source = tempfile.TemporaryFile()
    source.write(b"0123456789" * 20_000)
    source.seek(int(environ["QUERY_STRING"] or "0"))
    start_response("200 OK", [("Content-Type", "application/octet-stream")])
    return environ["wsgi.file_wrapper"](source, 8192)


def memory_file(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return environ["wsgi.file_wrapper"](io.BytesIO(b"from memory\n" * 1000), 100)


def replaced(environ, start_response):
    """A second head with exc_info, before anything was sent."""
    import sys

    start_response("200 OK", [("Content-Type", "text/plain")])
    try:
        raise ValueError("too late?")
    except ValueError:
        start_response("500 Oh no", [("Content-Type", "text/plain")], sys.exc_info())
    return [b"replaced\n"]


def raises(environ, start_response):
    raise RuntimeError("on purpose")


def errors(environ, start_response):
    environ["wsgi.errors"].write("a line for the error log\n")
    environ["wsgi.errors"].writelines(["two ", "pieces\n"])
    environ["wsgi.errors"].flush()
    return plain(environ, start_response)


def variables(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain; charset=latin-1")])
    return ["\n".join(f"{name}={environ[name]!r}" for name in sorted(environ)).encode(
        "latin-1", "backslashreplace")]


def worker(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [str(os.getpid()).encode()]


ROUTES = {
    f"/{function.__name__}": function
    for function in (plain, unknown_length, single, generator, write, empty, echo, lines, iterated,
                     file, memory_file, replaced, raises, errors, variables, worker)
}


def routed(environ, start_response):
    handler = ROUTES.get(environ["PATH_INFO"])
    if handler is None:
        start_response("404 Not Found", [("Content-Type", "text/plain")])
        return [b"no such route\n"]
    return handler(environ, start_response)


application = validator(routed)
