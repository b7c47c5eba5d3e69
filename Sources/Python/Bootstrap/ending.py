# SPDX-License-Identifier: Apache-2.0
"""The end of a worker: what is queued is served, then the interpreter's own shutdown is run."""
import os
import sys
import time

import apus_worker
from apus_worker import logs


def leave(threads, graceful_timeout, shutdown_timeout):
    apus_worker.leave()
    wait(threads, time.monotonic() + graceful_timeout)
    shut_down(shutdown_timeout)


def wait(threads, deadline):
    """Waits for the requests that run; threads without one are woken until they have gone."""
    pause = 0.001
    while apus_worker.wake() and time.monotonic() < deadline:
        for thread in threads:
            if thread.is_alive():
                thread.join(pause)
                break
        apus_worker.beat()
        pause = min(0.05, pause * 2)


def shut_down(timeout, status=0):
    """What the interpreter does at its end, but not for longer than the timeout."""
    import _thread
    import atexit
    import threading
    _thread.start_new_thread(end_after, (timeout,))
    for step in (threading._shutdown, atexit._run_exitfuncs):
        try:
            step()
        except SystemExit:
            pass
        except BaseException:
            logs.log(logs.describe(*sys.exc_info()))
    end(status)


def end_after(timeout):
    time.sleep(timeout)
    logs.log("mod_wsgi (pid=%d): Shutdown timeout expired." % os.getpid())
    end(0)


def end(status):
    logs.finish()
    os._exit(status)
