# SPDX-License-Identifier: Apache-2.0
"""What the application writes to be read by people: lines that say which request they are of."""
import io
import os
import sys
from _thread import get_ident

import apus_worker

ERROR, WARNING = 3, 4  # of syslog


class StandardStream(io.TextIOWrapper):
    """sys.stdout and sys.stderr: whole lines, with the request's name before each."""

    def __init__(self, stream):
        super().__init__(
            stream.detach(), encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self.pending = {}  # by thread, the begin of a line and its request

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        request = apus_worker.request()
        former, begin = self.pending.pop(get_ident(), (request, ""))
        if former != request:
            self.write_lines(begin, former)
            begin = ""
        lines, end, rest = (begin + text).rpartition("\n")
        if rest:
            self.pending[get_ident()] = request, rest
        if end:
            self.write_lines(lines, request)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def write_lines(self, text, request):
        if request:
            tag = "\x1e%s\x1f" % request
            text = tag + text.replace("\n", "\n" + tag)
        super().write(text + "\n")

    def finish(self):
        """Writes what there is of lines; flush does not, for the rest may still come."""
        for request, text in self.pending.values():
            self.write_lines(text, request)
        self.pending = {}
        super().flush()


class Errors:
    """wsgi.errors: lines go to the error log of the request that the thread serves."""

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        if not apus_worker.write_errors(text.encode("utf-8", "backslashreplace")):
            sys.stderr.write(text)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        if not apus_worker.flush_errors():
            sys.stderr.flush()

    def close(self):
        self.flush()


def log(text, level=ERROR):
    """Logs lines with the request of this thread; without one, as standard error."""
    for line in text.split("\n"):
        if not apus_worker.log(level, line.encode("utf-8", "backslashreplace")):
            print(line, file=sys.stderr)


errors = Errors()


def describe(type, value, traceback):
    from traceback import format_exception
    return "".join(format_exception(type, value, traceback)).rstrip("\n")


def report(script, type, value, traceback):
    """Logs an exception that a request has ended with."""
    if isinstance(value, SystemExit):
        log("mod_wsgi (pid=%d): SystemExit exception raised by WSGI script '%s' ignored."
            % (os.getpid(), script))
    else:
        log("mod_wsgi (pid=%d): Exception occurred processing WSGI script '%s'."
            % (os.getpid(), script))
    log(describe(type, value, traceback))


def install():
    sys.stdout = sys.__stdout__ = StandardStream(sys.stdout)
    sys.stderr = sys.__stderr__ = StandardStream(sys.stderr)


def finish():
    for stream in (sys.__stdout__, sys.__stderr__):
        try:
            stream.finish()
        except (OSError, ValueError):
            pass
