# SPDX-License-Identifier: Apache-2.0
"""The end of a worker: what is queued is served, then the interpreter's own shutdown is run."""
import os
import sys
import time

import apus_worker
from apus_worker import logs


# WSGIDestroyInterpreter Off: the process just ends.
runs_shutdown = True


def leave(stop, attend):
    """Ends the threads, then the process.

    `stop` says how long the requests that run are waited for; `attend` takes seconds, and does
    meanwhile what the parent says, for it may not want to wait so long after all.
    """
    apus_worker.leave()
    start, pause = time.monotonic(), 0.001
    # Threads without a request are woken, until they have gone.
    while apus_worker.wake() and time.monotonic() < start + stop.graceful_timeout:
        (time.sleep if stop.is_orphan else attend)(pause)
        apus_worker.beat()
        pause = min(0.05, pause * 2)
    shut_down(stop.shutdown_timeout)


def shut_down(timeout, status=0):
    """What the interpreter does at its end, but not for longer than the timeout."""
    if not runs_shutdown:
        end(status)
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
