# SPDX-License-Identifier: Apache-2.0
"""The life of a worker process."""
import _imp
import _signal
import os
import sys

import apus_worker
from apus_worker import control, ending, interfaces, logs, restrictions, scripts, template, wsgi

PROTOCOL = 1
INTERFACES = {"wsgi": 1, "asgi": 2}
READY, LEAVING = 2, 3


class Options:
    """What the parent's `start` says, most of it options of WSGIDaemonProcess."""

    def __init__(self, message):
        self.message = message
        self.process = int(message.number("process"))
        self.processes = int(message.number("processes", 1))
        self.threads = max(1, int(message.number("threads", 1)))
        self.process_group = message.get("process-group", "")
        self.application_group = message.get("application-group", "")
        # mod_wsgi: `processes=1` that is written out counts as many.
        self.is_multiprocess = (
            self.processes > 1 or message.get("processes-written-out") in ("1", "yes", "true", "on"))
        self.interface = message.get("interface") or "auto"
        self.scripts = [pair.partition("\t")[::2] for pair in message.all("script")]
        self.import_scripts = message.all("import-script")
        self.is_template = message.get("preload") in ("1", "yes", "true", "on")
        self.ends_on_failure = message.get("on-failure") == "exit"
        self.tolerated = set(message.all("tolerated"))
        self.graceful_timeout = message.number("graceful-timeout", 15)
        self.shutdown_timeout = message.number("shutdown-timeout", 5)
        # Often enough that the parent, which looks once a second, sees it beat in time.
        self.beat_interval = max(0.1, min(
            30, message.number("deadlock-timeout", 300) / 10,
            (message.number("request-timeout") or 120) / 4))
        self.apache_version = numbers(message.get("apache-version", "2.4.71"))
        self.mod_wsgi_version = numbers(message.get("mod-wsgi-version", "5.0.2"))

    @property
    def request_limit(self):
        """maximum-requests; with several processes up to a tenth less, lest all end at once."""
        limit = int(self.message.number("maximum-requests"))
        if limit and self.processes > 1:
            limit -= int.from_bytes(os.urandom(4), "little") % (limit // 10 + 1)
        return limit


def numbers(version):
    return tuple(int(part) for part in version.split(".") if part.isdigit())


class Stop:
    """Set when the process is to leave: by the parent, or by a signal."""

    def __init__(self, options):
        self.wanted = False
        self.is_orphan = False  # The parent has gone.
        self.graceful_timeout = options.graceful_timeout
        self.shutdown_timeout = options.shutdown_timeout

    def on_signal(self, number, frame):
        self.wanted = True

    @staticmethod
    def on_eviction(number=None, frame=None):
        """SIGUSR1: the process serves on until the parent has started another one in its place."""
        control.send("retire", ("cause", "eviction"))

    def on_message(self, message):
        self.wanted = True
        self.is_orphan = not message.verb
        self.graceful_timeout = message.number("graceful-timeout", self.graceful_timeout)
        self.shutdown_timeout = message.number("shutdown-timeout", self.shutdown_timeout)


def main():
    guard_descriptors()
    say_hello()
    message = wait_for_start()
    options = Options(message)
    prepare(options)
    if options.is_template:
        interface = load(options)
        control.send("ready", ("interface", interface))
        template.run(options)
        say_hello()
        apus_worker.open(options.process)
    else:
        apus_worker.open(options.process)
        interface = load(options)
    serve(options, interface)


def guard_descriptors():
    # Programs that the application runs get none of them.
    for descriptor in range(3, 7):
        os.set_inheritable(descriptor, False)
    os.close(7)


def say_hello():
    suffix = _imp.extension_suffixes()[0]
    control.send(
        "hello", ("pid", os.getpid()), ("python", "%d.%d.%d" % sys.version_info[:3]),
        ("soabi", suffix.strip(".").rpartition(".")[0]), ("protocol", PROTOCOL))


def wait_for_start():
    while True:
        message = control.receive(None)
        if message is None:
            continue
        if message.verb == "start":
            return message
        if message.verb in ("", "stop"):
            os._exit(0)


def prepare(options):
    """The interpreter's settings, before anything of the application is imported."""
    import faulthandler
    import threading
    message = options.message
    logs.install()
    faulthandler.enable(file=2)
    faulthandler.register(_signal.SIGRTMAX - 2, file=2, all_threads=True)
    sys.argv = ["mod_wsgi"]
    apus_worker.title(
        (message.get("display-name") or "(wsgi:%s)" % options.process_group).encode())
    if message.get("cpu-scheduling") in ("auto", "batch"):
        apus_worker.schedule(message.get("cpu-scheduling") == "batch")
    if message.get("locale"):
        import _locale
        _locale.setlocale(_locale.LC_ALL, message.get("locale"))
    if message.number("switch-interval"):
        sys.setswitchinterval(message.number("switch-interval"))
    if message.number("stack-size"):
        threading.stack_size(int(message.number("stack-size")))
    if message.get("python-eggs"):
        os.environ["PYTHON_EGG_CACHE"] = message.get("python-eggs")
    add_paths(message.all("python-path"))
    offer_module(options)
    restrictions.impose(message)
    ending.runs_shutdown = message.get("destroy-interpreter") not in ("0", "no", "false", "off")


def add_paths(paths):
    """As mod_wsgi does it: with .pth files, and before everything else."""
    if not paths:
        return
    import site
    before = list(sys.path)
    for path in paths:
        site.addsitedir(path)
    added = [path for path in sys.path if path not in before]
    sys.path[:] = added + before


def offer_module(options):
    """`import mod_wsgi` in an application."""
    module = type(sys)("mod_wsgi")
    module.version = options.mod_wsgi_version
    module.process_group = options.process_group
    module.application_group = options.application_group
    module.maximum_processes = options.processes
    module.threads_per_process = options.threads
    module.RequestTimeout = type("RequestTimeout", (BaseException,), {"__module__": "mod_wsgi"})
    sys.modules["mod_wsgi"] = module


def load(options):
    """Loads what is known beforehand, and finds out which interface it has."""
    for script in options.import_scripts:
        try:
            scripts.module(script)
        except scripts.NotLoaded as error:
            logs.log(scripts.explain(script, error))
    interface = None
    for script, name in list(options.scripts):
        try:
            application = scripts.find(script, name)
        except (scripts.NotLoaded, scripts.NoCallable) as error:
            fail(options, script, scripts.explain(script, error))
            continue
        if interface is None:
            interface = "wsgi" if interfaces.find(application) == interfaces.WSGI else "asgi"
    if options.interface in INTERFACES:
        return options.interface
    return interface or "wsgi"


def fail(options, script, text):
    """A script could not be loaded; where the others shall serve all the same, requests try again."""
    logs.log(text)
    control.send("failed", ("script", script), ("traceback", text))
    options.scripts = [pair for pair in options.scripts if pair[0] != script]
    if options.ends_on_failure and not (script in options.tolerated and options.scripts):
        ending.end(1)


def serve(options, interface):
    stop = Stop(options)
    for number, handler in (
            (_signal.SIGTERM, stop.on_signal), (_signal.SIGINT, stop.on_signal),
            (_signal.SIGUSR1, stop.on_eviction)):
        if _signal.getsignal(number) in (_signal.SIG_DFL, _signal.default_int_handler):
            _signal.signal(number, handler)
    if interface == "asgi":
        # asyncio takes long to import, so it and what uses it are only loaded here.
        for name in ("lifespan", "asgi"):
            apus_worker.part(name)
        apus_worker.asgi.serve(options, stop, lambda *why: fail(options, *why))
        return
    threads = wsgi.serve(options)
    apus_worker.interface(INTERFACES[interface])
    apus_worker.state(READY)
    control.send("ready", ("interface", interface))
    while not stop.wanted:
        attend(control.receive(options.beat_interval), stop, threads)
        apus_worker.beat()
    apus_worker.state(LEAVING)
    ending.leave(stop, lambda seconds: attend(control.receive(seconds), stop, threads))


def attend(message, stop, threads):
    """Does what the parent says."""
    if message is None:
        return
    if message.verb in ("", "stop"):
        stop.on_message(message)
    elif message.verb == "dump":
        dump(message, threads)
    elif message.verb == "interrupt":
        interrupt(message, threads)


def dump(message, threads):
    """Where the threads of one request, or of all, are at the moment."""
    from traceback import format_stack
    frames = sys._current_frames()
    wanted = int(message.get("request") or "0", 16)
    for slot, thread in enumerate(threads):
        (request, name), frame = apus_worker.held(slot), frames.get(thread.ident)
        if request and frame and wanted in (0, request):
            control.send_stack(request, name, "".join(format_stack(frame)))


def interrupt(message, threads):
    """Raises mod_wsgi.RequestTimeout in the thread of a request."""
    wanted = int(message.get("request") or "0", 16)
    for slot, thread in enumerate(threads):
        if wanted and apus_worker.held(slot)[0] == wanted:
            apus_worker.interrupt(
                slot, wanted, thread.ident, sys.modules["mod_wsgi"].RequestTimeout)
