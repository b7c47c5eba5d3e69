# SPDX-License-Identifier: Apache-2.0
"""WSGIRestrictStdin, WSGIRestrictStdout and WSGIRestrictSignal: what an application is kept from."""
import os
import sys

from apus_worker import logs

set_signal = None  # signal.signal itself, where applications have another one.


class RestrictedStream:
    def __init__(self, name):
        object.__setattr__(self, "_name", name)

    def __getattribute__(self, name):
        raise OSError("sys.%s access restricted by mod_wsgi" % object.__getattribute__(self, "_name"))


def impose(message):
    def is_set(name):
        return message.get(name) in ("1", "yes", "true", "on")

    if is_set("restrict-stdin"):
        sys.stdin = RestrictedStream("stdin")
    if is_set("restrict-stdout"):
        sys.stdout = RestrictedStream("stdout")
    if is_set("restrict-signal"):
        restrict_signals()


def restrict_signals():
    global set_signal
    import signal
    set_signal = signal.signal

    def ignore(number, handler):
        from traceback import format_stack
        logs.log(
            "mod_wsgi (pid=%d): Callback registration for signal %d ignored.\n%s"
            % (os.getpid(), number, "".join(format_stack()[:-1]).rstrip("\n")), logs.WARNING)

    signal.signal = ignore


class Lifted:
    """In a `with`: the restriction of signals does not hold for what is done there."""

    def __enter__(self):
        if set_signal:
            import signal
            self.ignore, signal.signal = signal.signal, set_signal

    def __exit__(self, *_):
        if set_signal:
            import signal
            signal.signal = self.ignore
