# SPDX-License-Identifier: Apache-2.0
"""The ASGI side: one event loop, on the main thread. Requests themselves are the extension's."""
import asyncio
import contextvars
import os
import signal
import sys
import threading
import time

import apus_worker
from apus_worker import control, ending, interfaces, logs, restrictions, scripts
from apus_worker.lifespan import Lifespan, StartupFailed

ASGI = 2  # APUS_INTERFACE_ASGI
READY, LEAVING = 2, 3
GOING_AWAY = 1012  # RFC 6455's registry: the service restarts; clients may come back at once.

# The request that the running code is of: the extension's object, which has a label.
current = contextvars.ContextVar("apus_worker.request", default=None)


def current_label():
    """The number of the request that the running code is of, 0 for none, and what logs call it."""
    request = current.get()
    return (0, "") if request is None else request.label


class ClientDisconnected(OSError):
    """What `send` raises when nobody can be sent to any more."""

    def __init__(self, message="the client has disconnected"):
        super().__init__(message)


def serve(options, stop, fail):
    """Serves until the parent, or a signal, says to stop; then the process ends.

    `fail` takes a script and a text: an application that could not be started.
    """
    loop = make_loop(options.message.get("event-loop") or "auto")
    asyncio.set_event_loop(loop)
    service = Service(options, stop, fail, loop)
    apus_worker.request = lambda: current_label()[1]
    apus_worker.log = service.log
    os.register_at_fork(after_in_child=apus_worker.forget)
    run(loop, service)
    ending.shut_down(stop.shutdown_timeout)


def make_loop(kind):
    if kind in ("auto", "uvloop"):
        try:
            import uvloop
            return uvloop.new_event_loop()
        except ImportError:
            if kind == "uvloop":
                logs.log("mod_wsgi (pid=%d): There is no uvloop for event-loop=uvloop; asyncio's "
                         "own loop is used." % os.getpid())
    if sys.version_info < (3, 10):
        # Locks and queues that the application has made on import belong to this one.
        return asyncio.get_event_loop()
    return asyncio.new_event_loop()


def run(loop, service):
    main = loop.create_task(service.main())
    while not main.done():
        try:
            loop.run_until_complete(main)
        except (SystemExit, KeyboardInterrupt) as error:
            # Out of a task that the application has made; the process is not its to end.
            if not main.done():
                logs.log("mod_wsgi (pid=%d): %s exception raised by an ASGI application ignored."
                         % (os.getpid(), type(error).__name__))
    left = asyncio.all_tasks(loop)
    for task in left:
        task.cancel()
    if left:
        loop.run_until_complete(asyncio.wait(left, timeout=service.stop.shutdown_timeout))
    loop.run_until_complete(loop.shutdown_asyncgens())
    if not main.cancelled() and main.exception():
        raise main.exception()


class Service:
    """The process's applications and requests; and the hooks that the extension calls."""

    CancelledError = asyncio.CancelledError
    ClientDisconnected = ClientDisconnected
    enter = current.set

    def __init__(self, options, stop, fail, loop):
        self.options = options
        self.stop = stop
        self.fail = fail
        self.loop = loop
        self.stopping = asyncio.Event()
        self.lifespans = []
        self.loading = set()
        self.late = set()
        self.request_timeout = options.message.number("request-timeout")
        self.interrupt_timeout = options.message.number("interrupt-timeout")
        self.check_interval = max(0.05, min(0.25, self.request_timeout / 4))
        self.check_time = time.monotonic()

    async def main(self):
        apus_worker.loop_open(
            self.loop, self, sys.version_info >= (3, 12), self.concurrency,
            self.options.request_limit, contextvars.copy_context())
        self.loop.add_reader(3, self.on_control)
        self.listen_to_signals()
        for script, name in self.options.scripts:
            await self.mount(script, name, self.fail)
        self.beat()
        if self.request_timeout:
            self.check_timeouts()
            threading.Thread(
                target=self.watch_loop, args=(threading.get_ident(),), daemon=True,
                name="request-timeout").start()
        apus_worker.interface(ASGI)
        apus_worker.loop_accept()
        apus_worker.state(READY)
        control.send("ready", ("interface", "asgi"))
        await self.stopping.wait()
        await self.leave()

    @property
    def concurrency(self):
        return max(0, int(self.options.message.number("concurrency")))

    # Applications

    def load(self, script, name):
        """Hook: a request is for an application that is not known yet."""
        task = self.loop.create_task(self.mount(script, name, lambda script, text: logs.log(text)))
        self.loading.add(task)
        task.add_done_callback(self.loading.discard)

    async def mount(self, script, name, fail):
        try:
            application = scripts.find(script, name)
        except (scripts.NotLoaded, scripts.NoCallable) as error:
            fail(script, scripts.explain(script, error))
            # The next request tries again.
            apus_worker.loop_mount(script, name, False, None)
            return
        if interfaces.find(application) == interfaces.WSGI and self.options.interface != "asgi":
            fail(script, "mod_wsgi (pid=%d): The application of '%s' is not an ASGI application, "
                 "but others of its application group are." % (os.getpid(), script))
            apus_worker.loop_mount(script, name, False, None)
            return
        application = interfaces.adapt(application)
        lifespan = Lifespan(application)
        try:
            await lifespan.start()
        except StartupFailed as error:
            fail(script, "mod_wsgi (pid=%d): The startup of the ASGI application of '%s' failed.\n%s"
                 % (os.getpid(), script, error))
            apus_worker.loop_mount(script, name, False, None)
            return
        self.lifespans.append(lifespan)
        apus_worker.loop_mount(script, name, application, lifespan.state)

    # The parent

    def listen_to_signals(self):
        with restrictions.Lifted():
            for number in (signal.SIGTERM, signal.SIGINT):
                # What the application has set on import is its own.
                if signal.getsignal(number) == self.stop.on_signal:
                    self.loop.add_signal_handler(number, self.begin_to_stop)
            if signal.getsignal(signal.SIGUSR1) == self.stop.on_eviction:
                self.loop.add_signal_handler(signal.SIGUSR1, self.stop.on_eviction)

    def begin_to_stop(self):
        self.stop.wanted = True
        self.stopping.set()

    def on_control(self):
        message = control.receive(0)
        if message is None:
            return
        if message.verb in ("", "stop"):
            if not message.verb:
                self.loop.remove_reader(3)
            self.stop.on_message(message)
            self.stopping.set()
        elif message.verb == "dump":
            wanted = int(message.get("request") or "0", 16)
            for request, stack in self.stacks(wanted):
                control.send_stack(*request, stack)
        elif message.verb == "interrupt":
            self.time_out(int(message.get("request") or "0", 16))

    def beat(self):
        apus_worker.beat()
        self.loop.call_later(self.options.beat_interval, self.beat)

    # Requests

    def log(self, level, line):
        """In place of the extension's `log`, which knows the requests of threads."""
        return apus_worker.loop_log(current_label()[0], level, line)

    def report(self, request, error, is_disconnected):
        """Hook: a request's task has ended with an exception."""
        if is_disconnected and comes_of_disconnection(error):
            return
        who = "mod_wsgi (pid=%d): " % os.getpid()
        if isinstance(error, SystemExit):
            text = who + "SystemExit exception raised by an ASGI application ignored.\n"
        else:
            text = who + "Exception occurred processing an ASGI request.\n"
        log_of(request, text + logs.describe(type(error), error, error.__traceback__))

    def stacks(self, wanted=0):
        for request, started, is_socket, task in apus_worker.loop_requests():
            if task is not None and wanted in (0, request[0]):
                yield request, "".join(stack_of(task.get_coro()).format())

    def late_requests(self):
        limit = (time.time() - self.request_timeout) * 1000000
        return {
            request: task for request, started, is_socket, task in apus_worker.loop_requests()
            if not is_socket and started < limit and task is not None}

    def check_timeouts(self):
        """request-timeout: a request that takes too long is cancelled, and where it was is logged.

        The process is replaced, unless `interrupt-timeout` says that it is enough if the request
        ends by then.
        """
        self.check_time = time.monotonic()
        late = set(self.late_requests())
        for request in late - self.late:
            self.time_out(request[0])
            if self.interrupt_timeout:
                self.loop.call_later(self.interrupt_timeout, self.check_interrupted, request)
            else:
                self.retire()
        self.late = late
        self.loop.call_later(self.check_interval, self.check_timeouts)

    def check_interrupted(self, request):
        if any(running == request for running, _, _, _ in apus_worker.loop_requests()):
            log_of(request, "mod_wsgi (pid=%d): Request could not be interrupted within the interrupt "
                   "timeout." % os.getpid())
            self.retire()

    @staticmethod
    def retire():
        control.send("retire", ("cause", "request-timeout"))

    def time_out(self, wanted):
        for request, stack in self.stacks(wanted):
            if request[0] != wanted:
                continue
            text = "mod_wsgi (pid=%d): Request timeout; the request is cancelled at:\n%s" % (
                os.getpid(), stack.rstrip("\n"))
            log_of(request, text)
            apus_worker.loop_cancel(wanted, 504)

    def watch_loop(self, main):
        """In a thread: tells of requests that take too long where code keeps the loop from running.

        Nothing can be cancelled then.
        """
        from traceback import format_stack
        told = set()
        while True:
            time.sleep(self.check_interval)
            if time.monotonic() - self.check_time < 2 * self.check_interval + 0.1:
                told.clear()
                continue
            late = self.late_requests()
            for request in set(late) - told:
                coroutine = late[request].get_coro()
                frame = sys._current_frames().get(main)
                stack = (
                    format_stack(frame) if frame and getattr(coroutine, "cr_running", False)
                    else stack_of(coroutine).format())
                told.add(request)
                control.send_stack(
                    *request, "Request timeout; the event loop is held up, and the request is at:\n"
                    + "".join(stack))
                self.retire()

    # The end

    async def leave(self):
        """Serves what fronts have sent already, then tells the applications."""
        apus_worker.state(LEAVING)
        start = time.monotonic()
        apus_worker.loop_close_sockets(GOING_AWAY)
        quiet = 0
        # The parent may come to want it sooner.
        while quiet < 3 and time.monotonic() < start + self.stop.graceful_timeout:
            running, held, outstanding, streams = apus_worker.loop_counts()
            # A front counts before it sends, so nothing is on its way if it counts none.
            busy = running or held or (outstanding > 0 and streams)
            quiet = 0 if busy else quiet + 1
            apus_worker.beat()
            await asyncio.sleep(0.01)
        tasks = [task for _, _, _, task in apus_worker.loop_requests() if task is not None]
        for request, _, _, _ in apus_worker.loop_requests():
            apus_worker.loop_cancel(request[0], 503)
        if tasks:
            await asyncio.wait(tasks, timeout=self.stop.shutdown_timeout)
        if self.lifespans:
            await asyncio.wait(
                [self.loop.create_task(lifespan.stop()) for lifespan in self.lifespans],
                timeout=self.stop.shutdown_timeout)
        apus_worker.loop_close()


def log_of(request, text):
    """Logs lines with a request; once its response is complete, as standard error, tagged."""
    for line in text.split("\n"):
        if not apus_worker.loop_log(request[0], logs.ERROR, line.encode("utf-8", "backslashreplace")):
            print(line, file=sys.stderr)


def comes_of_disconnection(error):
    """Whether the exception is, or follows from, that of a `send` to nobody."""
    seen = set()
    waiting = [error]
    while waiting:
        error = waiting.pop()
        if error is None or id(error) in seen:
            continue
        if isinstance(error, ClientDisconnected):
            return True
        seen.add(id(error))
        waiting += [error.__cause__, error.__context__]
        waiting += getattr(error, "exceptions", ())
    return False


def stack_of(coroutine):
    """Where a coroutine waits: its own frame and those of what it awaits."""
    import traceback
    frames = []
    while coroutine is not None:
        frame = None
        for prefix, awaits in (("cr", "cr_await"), ("gi", "gi_yieldfrom"), ("ag", "ag_await")):
            frame = frame or getattr(coroutine, prefix + "_frame", None)
            following = getattr(coroutine, awaits, None)
            if following is not None:
                break
        if frame is not None:
            frames.append((frame, frame.f_lineno))
        coroutine = following
    return traceback.StackSummary.extract(iter(frames))
