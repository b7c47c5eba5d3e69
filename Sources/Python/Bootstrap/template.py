# SPDX-License-Identifier: Apache-2.0
"""Preloading: a process that has imported the application, and forks the workers."""
import _signal
import gc
import os

import apus_worker
from apus_worker import control


def run(options):
    """Serves the parent; returns in each worker, which has the template's options but its own place."""
    _signal.signal(_signal.SIGCHLD, lambda number, frame: None)
    gc.collect()
    gc.freeze()
    while True:
        report_ended()
        message = control.receive(None)
        if message is None:
            continue
        if message.verb in ("", "stop"):
            os._exit(0)
        if message.verb == "fork" and fork(message):
            # What is said to one worker has precedence over what is said to all.
            options.message.pairs[:0] = message.pairs
            options.process = int(message.number("process"))
            return


def fork(message):
    """True in the new process."""
    pid = os.fork()
    if pid:
        for file in message.files:
            os.close(file)
        control.send("forked", ("process", message.get("process")), ("pid", pid))
        return False
    _signal.signal(_signal.SIGCHLD, _signal.SIG_DFL)
    # Signals to the template's group are not for workers, who lead groups of their own.
    os.setpgid(0, 0)
    for file, place in zip(message.files, (3, 5)):
        os.dup2(file, place, inheritable=False)
        os.close(file)
    for file in message.files[2:]:  # Its own output.
        os.dup2(file, 1)
        os.dup2(file, 2)
        os.close(file)
    return True


def report_ended():
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return
        if pid == 0:
            return
        control.send("ended", ("pid", pid), ("status", status))
