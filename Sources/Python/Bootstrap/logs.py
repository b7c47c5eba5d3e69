# SPDX-License-Identifier: Apache-2.0
"""What the application writes to be read by people: lines that say which request they are of."""
import io
import os
import sys
from _thread import get_ident

import apus_worker

ERROR = 3  # of syslog


class Lines:
    """Puts together lines, each thread its own, and writes them whole."""

    def __init__(self, write):
        self.write_lines = write
        self.pending = {}

    def add(self, text):
        text = self.pending.pop(get_ident(), "") + text
        lines, end, rest = text.rpartition("\n")
        if rest:
            self.pending[get_ident()] = rest
        if end:
            self.write_lines(lines)

    def flush(self, everything=False):
        for thread in list(self.pending) if everything else (get_ident(),):
            text = self.pending.pop(thread, "")
            if text:
                self.write_lines(text)


class StandardStream(io.TextIOWrapper):
    """sys.stdout and sys.stderr: the parent reads the request's number before each line."""

    def __init__(self, stream):
        super().__init__(
            stream.detach(), encoding="utf-8", errors="backslashreplace", line_buffering=True)
        self.lines = Lines(self.write_tagged)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        self.lines.add(text)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def write_tagged(self, text):
        request = apus_worker.request()
        if request:
            tag = "\x1e%x\x1f" % request
            text = tag + text.replace("\n", "\n" + tag)
        super().write(text + "\n")

    def flush(self):
        # Within a request the rest of the line may still come; the log has only whole ones.
        if hasattr(self, "lines") and not apus_worker.request():
            self.lines.flush()
        super().flush()


class Errors:
    """wsgi.errors: lines go to the error log of the request that the thread serves."""

    def __init__(self):
        self.lines = Lines(log)

    def write(self, text):
        if not isinstance(text, str):
            raise TypeError("write() argument must be str, not " + type(text).__name__)
        self.lines.add(text)
        return len(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        self.lines.flush()

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
            stream.lines.flush(everything=True)
            stream.flush()
        except (OSError, ValueError):
            pass
