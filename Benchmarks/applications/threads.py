# SPDX-License-Identifier: Apache-2.0
"""What threads of an application do: wait, compute and wait, compute without the interpreter's lock."""

import hashlib
import time

BLOCK = bytes(1_500_000)


def compute(seconds):
    end = time.thread_time() + seconds
    while time.thread_time() < end:
        pass


def application(environ, start_response):
    kind = environ["PATH_INFO"]
    if kind == "/wait":
        time.sleep(0.005)
    elif kind == "/both":
        compute(0.0005)
        time.sleep(0.001)
    elif kind == "/unlocked":
        hashlib.sha256(BLOCK).digest()
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "3")])
    return [b"ok\n"]
