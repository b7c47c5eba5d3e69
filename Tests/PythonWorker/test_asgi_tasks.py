# SPDX-License-Identifier: Apache-2.0
"""ASGI: tasks, the lifespan, and the life of a process."""
import ast
import os
import signal
import socket
import sys
import textwrap
import unittest

import front
from asgi_front import ABORT, LEAVING, Case
from front import ABORTED, FAILED, LISTING, leaked

HELLO = """
    async def application(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": b"Hello"})
"""

# A request's answer is what `answer` makes of its scope.
ANSWER = """
    import asyncio, contextvars, sys, os
    async def application(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        text = repr(await answer(scope))
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": text.encode()})
"""


class Interfaces(Case):
    def test_what_is_asgi(self):
        for text in (
            "application = type('A', (), {'__call__': f})()",
            "import functools; application = functools.partial(f2, 1)",
            "def application(scope, receive, send): return f3(scope, receive, send)",
            "class application:\n"
            "    def __init__(self, scope): self.scope = scope\n"
            "    async def __call__(self, receive, send): await f3(self.scope, receive, send)",
            "def application(scope):\n"
            "    async def call(receive, send): await f3(scope, receive, send)\n"
            "    return call",
            "class application:\n"
            "    def __init__(self, scope, receive, send): self.all = (scope, receive, send)\n"
            "    def __await__(self): return f3(*self.all).__await__()",
        ):
            path = "async def f3(scope, receive, send):\n" \
                   "    if scope['type'] == 'lifespan': raise NotImplementedError\n" \
                   "    await send({'type': 'http.response.start', 'status': 200})\n" \
                   "    await send({'type': 'http.response.body', 'body': b'Hello'})\n" \
                   "async def f(self, scope, receive, send): await f3(scope, receive, send)\n" \
                   "async def f2(x, scope, receive, send): await f3(scope, receive, send)\n" + text
            with self.subTest(text):
                self.assertEqual(self.serve(path).request().body, b"Hello")

    def test_what_is_wsgi(self):
        # Unless it is said.
        worker = self.start("def application(*arguments): return call(*arguments)\n"
                            + textwrap.dedent(HELLO).replace("application", "call"),
                            interface="asgi")
        self.assertEqual(self.connect(worker).request().body, b"Hello")
        for text in (
            "def application(environ, start_response): return []",
            "class application:\n    def __init__(self, environ, start_response): pass",
            "class A:\n    def __call__(self, environ, start_response): return []\n"
            "application = A()",
            "def application(*arguments): return []",
        ):
            with self.subTest(text):
                worker = self.spawn(text)
                self.assertEqual(worker.expect("ready")["interface"], "wsgi")


class Tasks(Case):
    def test_current_task_and_context(self):
        connection = self.serve(ANSWER + """
    variable = contextvars.ContextVar("variable", default=0)
    async def answer(scope):
        task = asyncio.current_task()
        before = variable.get()
        variable.set(scope["path"])
        await asyncio.sleep(0.01)
        async def child():
            return variable.get()
        return (before, variable.get(), await asyncio.ensure_future(child()),
                task is asyncio.current_task(), task in asyncio.all_tasks(),
                asyncio.get_running_loop() is not None)
        """)
        numbers = [connection.send("/%d" % i) for i in range(50)]
        for i, number in enumerate(numbers):
            found = ast.literal_eval(connection.wait(number).body.decode())
            self.assertEqual(found, (0, "/%d" % i, "/%d" % i, True, True, True))

    def test_all_tasks(self):
        connection = self.serve(ANSWER + textwrap.indent(textwrap.dedent("""
            import gc
            first = None
            async def answer(scope):
                global first
                if scope["path"] == "/first":
                    # Some that are gone, some that go while somebody iterates, and one that stays.
                    first = asyncio.create_task(asyncio.sleep(3600))
                    await asyncio.gather(*(asyncio.sleep(0) for _ in range(10)))
                    going = [asyncio.create_task(asyncio.sleep(0)) for _ in range(10)]
                    register = asyncio.tasks._all_tasks if sys.version_info < (3, 12) else [None]
                    for task in register:
                        going.clear()
                        await asyncio.sleep(0.01)
                    task = None
                gc.collect()
                tasks = asyncio.all_tasks()
                return (asyncio.current_task() in tasks, first in tasks,
                        sum("sleep" in repr(task.get_coro()) for task in tasks),
                        [task for task in tasks if task.done()])
        """), "    "))
        self.assertEqual(connection.request("/first").body, b"(True, True, 1, [])")
        for _ in range(20):
            self.assertEqual(connection.request("/").body, b"(True, True, 1, [])")
        counts = [ast.literal_eval(connection.request("/").body.decode())[2] for _ in range(3)]
        self.assertEqual(counts, [1, 1, 1])

    def test_timeouts_and_cancellation(self):
        connection = self.serve(ANSWER + """
    async def answer(scope):
        try:
            await asyncio.wait_for(asyncio.sleep(60), 0.01)
        except asyncio.TimeoutError:
            pass
        if scope["path"] == "/self":
            asyncio.current_task().cancel()
            await asyncio.sleep(0)
        return "fine"
        """)
        self.assertEqual(connection.request().body, b"'fine'")
        answer = connection.request("/self")
        self.assertEqual(answer.end, FAILED)
        self.assertEqual(connection.request().body, b"'fine'")

    def test_receive_and_send_as_coroutines(self):
        connection = self.serve("""
            import asyncio
            async def application(scope, receive, send):
                loop = asyncio.get_running_loop()
                assert (await loop.create_task(receive()))["body"] == b"content"
                await asyncio.gather(send({"type": "http.response.start", "status": 200}))
                waiting = loop.create_task(receive())
                done, _ = await asyncio.wait([waiting], timeout=0.02)
                assert not done
                waiting.cancel()
                try:
                    await waiting
                except asyncio.CancelledError:
                    pass
                try:
                    await asyncio.wait_for(receive(), 0.02)
                except asyncio.TimeoutError:
                    pass
                first, second = loop.create_task(receive()), loop.create_task(receive())
                await asyncio.sleep(0.01)
                await loop.create_task(send({"type": "http.response.body", "body": b"done"}))
                print((await first)["type"], (await second)["type"], await_twice(receive))
            def await_twice(receive):
                one = receive()
                one.close()
                try:
                    one.send(None)
                except RuntimeError:
                    return "once"
        """)
        answer = connection.request(body=b"content")
        self.assertEqual((answer.body, answer.log()), (b"done", ""))
        self.eventually(lambda: "http.disconnect http.disconnect once"
                        in connection.worker.output.text, connection.worker.errors.text)

    def test_background_after_the_response(self):
        connection = self.serve("""
            import asyncio, os
            async def application(scope, receive, send):
                assert scope["type"] == "http"
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": b"done"})
                while not os.path.exists(scope["query_string"]):
                    await asyncio.sleep(0.01)
                print("background", flush=True)
                raise ValueError("late")
        """)
        path = os.path.join(self.folder, "go")
        number = connection.send("/?" + path)
        self.assertEqual(connection.wait(number).body, b"done")
        self.assertNotIn("background", connection.worker.output.text)
        open(path, "w").close()
        self.eventually(lambda: "background" in connection.worker.output.text)
        # What it logs now has the request's number in standard error.
        self.eventually(lambda: "\x1ename-%d\x1fValueError: late" % number in connection.worker.errors.text)
        self.assertEqual(connection.request("/?" + path).body, b"done")

    def test_lines_are_tagged_with_the_request(self):
        connection = self.serve(ANSWER + """
    async def answer(scope):
        print("out of " + scope["path"])
        await asyncio.sleep(0.01)
        print("error of " + scope["path"], file=sys.stderr)
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        await loop.run_in_executor(None, context.run, print, "thread of " + scope["path"])
        """)
        number = connection.send("/a")
        other = connection.send("/b")
        connection.wait(number)
        connection.wait(other)
        worker = connection.worker
        self.eventually(lambda: worker.output.text.count("\n") >= 4)
        self.assertIn("\x1ename-%d\x1fout of /a\n" % number, worker.output.text)
        self.assertIn("\x1ename-%d\x1fthread of /b\n" % other, worker.output.text)
        self.eventually(lambda: "\x1ename-%d\x1ferror of /b\n" % other in worker.errors.text)

    def test_exception_group(self):
        if sys.version_info < (3, 11):
            self.skipTest("there are no exception groups")
        connection = self.serve(ANSWER + """
    async def answer(scope):
        async def failing():
            raise ValueError("one")
        async with asyncio.TaskGroup() as group:
            group.create_task(failing())
        """)
        answer = connection.request()
        self.assertEqual(answer.end, FAILED)
        self.assertIn("ValueError: one", answer.log())

    def test_exit_in_a_task_of_the_application(self):
        connection = self.serve(ANSWER + """
    async def answer(scope):
        if scope["path"] == "/exit":
            async def leave():
                sys.exit(3)
            task = asyncio.ensure_future(leave())
        return 1
        """)
        self.assertEqual(connection.request("/exit").body, b"1")
        for _ in range(10):
            self.assertEqual(connection.request().body, b"1")
        self.eventually(lambda: "SystemExit" in connection.worker.errors.text)

    def test_concurrency_limit(self):
        connection = self.serve(ANSWER + """
    running = most = 0
    async def answer(scope):
        global running, most
        running += 1
        most = max(most, running)
        await asyncio.sleep(0.002)
        running -= 1
        return most
        """, concurrency=3)
        numbers = [connection.send() for _ in range(100)]
        connection.frame(ABORT, numbers[50])
        for number in numbers:
            answer = connection.wait(number)
            if number == numbers[50]:
                self.assertEqual(answer.end, ABORTED)
            else:
                self.assertLessEqual(int(answer.body), 3)
        self.assertEqual(connection.request().body, b"3")

    def test_task_factory(self):
        connection = self.serve(ANSWER + """
    made = 0
    def factory(loop, coroutine, **more):
        global made
        made += 1
        return asyncio.Task(coroutine, loop=loop)
    async def answer(scope):
        asyncio.get_running_loop().set_task_factory(factory)
        return made
        """)
        self.assertEqual(connection.request().body, b"0")
        self.assertEqual(connection.request().body, b"1")

    def test_memory_does_not_grow(self):
        connection = self.serve(HELLO)

        def run(times):
            for _ in range(times):
                numbers, frames = zip(*(connection.packet(
                    "/x?%d" % i, fields=[("x", str(i))]) for i in range(50)))
                connection.stream.socket.sendall(b"".join(frames))
                for number in numbers:
                    connection.wait(number)
                    del connection.exchanges[number]
        from asgi_front import memory
        run(100)
        before = memory(connection.worker.process.pid)
        run(200)
        self.assertLess(memory(connection.worker.process.pid) - before, 2 << 20)

    def test_event_loop(self):
        connection = self.serve(ANSWER + """
    async def answer(scope):
        return type(asyncio.get_running_loop()).__module__.split(".")[0]
        """)
        self.assertEqual(connection.request().body.decode(), repr(self.event_loop))


class Preloading(Case):
    def test_workers_are_forked_from_a_template(self):
        template = self.spawn("""
            import os
            loaded_by = os.getpid()
            async def application(scope, receive, send):
                if scope["type"] == "lifespan":
                    await receive()
                    scope["state"]["started_by"] = os.getpid()
                    await send({"type": "lifespan.startup.complete"})
                    await receive()
                    await send({"type": "lifespan.shutdown.complete"})
                    return
                text = b"%d %d %d" % (loaded_by, scope["state"]["started_by"], os.getpid())
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": text})
        """, preload="yes")
        self.assertEqual(template.expect("ready")["interface"], "asgi")
        control, control_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        door, door_end = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        for end in (control, door):
            self.addCleanup(end.close)
        front.send(template.control, b"fork\0process\x000",
                   [control_end.fileno(), door_end.fileno()])
        control_end.close()
        door_end.close()
        pid = int(template.expect("forked")["pid"])
        control.settimeout(front.DEADLINE)
        self.assertEqual(front.receive(control, front.LIMIT)[0].split(b"\0")[0], b"hello")
        self.assertEqual(front.receive(control, front.LIMIT)[0], b"ready\0interface\0asgi")
        template.door.close()
        template.door = door
        connection = self.connect(template)
        self.assertEqual(connection.request().body.split(), [
            b"%d" % number for number in (template.process.pid, pid, pid)])
        front.send(control, b"stop\0cause\0test")
        self.assertEqual(template.expect("ended"), {"pid": str(pid), "status": "0"})
        self.assertEqual(template.stop(), 0)


class Lifespans(Case):
    def test_startup_state_shutdown(self):
        worker = self.start("""
            import asyncio
            async def application(scope, receive, send):
                if scope["type"] == "lifespan":
                    assert scope["asgi"]["spec_version"] == "2.0"
                    assert (await receive())["type"] == "lifespan.startup"
                    await asyncio.sleep(0.01)
                    scope["state"]["list"] = []
                    await send({"type": "lifespan.startup.complete"})
                    assert (await receive())["type"] == "lifespan.shutdown"
                    await asyncio.sleep(0.01)
                    print("shut down")
                    await send({"type": "lifespan.shutdown.complete"})
                    return
                scope["state"]["list"].append(1)
                scope["state"]["own"] = 1
                text = repr(sorted(scope["state"])) + repr(scope["state"]["list"])
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": text.encode()})
        """)
        connection = self.connect(worker)
        self.assertEqual(connection.request().body, b"['list', 'own'][1]")
        self.assertEqual(connection.request().body, b"['list', 'own'][1, 1]")
        self.assertEqual(worker.stop(), 0)
        worker.output.join(front.DEADLINE)
        self.assertEqual(worker.output.text, "shut down\n")

    def test_unsupported(self):
        for text in ("raise ValueError('no lifespan')", "return", "await receive(); raise KeyError"):
            worker = self.start("""
                async def application(scope, receive, send):
                    if scope["type"] == "lifespan":
                        %s
                    await send({"type": "http.response.start", "status": 200})
                    await send({"type": "http.response.body", "body": b"served"})
            """ % text)
            self.assertEqual(self.connect(worker).request().body, b"served")
            self.assertEqual(worker.stop(), 0)
            worker.errors.join(front.DEADLINE)
            self.assertEqual(worker.errors.text, "")

    FAILING = """
        async def application(scope, receive, send):
            await receive()
            await send({"type": "lifespan.startup.failed", "message": "no database"})
    """

    def test_failed(self):
        worker = self.spawn(self.FAILING, on_failure="exit")
        failed = worker.expect("failed")
        self.assertEqual(failed["script"], worker.script)
        self.assertIn("no database", failed["traceback"])
        self.assertEqual(worker.process.wait(front.DEADLINE), 1)
        worker = self.spawn(self.FAILING, on_failure="serve")
        self.assertIn("no database", worker.expect("failed")["traceback"])
        worker.expect("ready")

    def test_shutdown_that_hangs(self):
        worker = self.start("""
            import asyncio
            async def application(scope, receive, send):
                await receive()
                await send({"type": "lifespan.startup.complete"})
                await receive()
                await asyncio.sleep(1000)
        """)
        self.assertEqual(worker.stop(**{"shutdown-timeout": "0.2"}), 0)


class Life(Case):
    SLOW = """
        import asyncio
        async def application(scope, receive, send):
            assert scope["type"] == "http"
            await send({"type": "http.response.start", "status": 200})
            await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
            await asyncio.sleep(float(scope["query_string"]))
            await send({"type": "http.response.body", "body": b"done"})
    """

    def test_stop_finishes_requests(self):
        connection = self.serve("""
            import asyncio, os
            async def application(scope, receive, send):
                assert scope["type"] == "http"
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": b"begun ", "more_body": True})
                while not os.path.exists(scope["query_string"]):
                    await asyncio.sleep(0.01)
                await send({"type": "http.response.body", "body": b"done"})
        """)
        worker = connection.worker
        path = os.path.join(self.folder, "go")
        number = connection.send("/?" + path)
        connection.wait(number, lambda exchange: exchange.body)
        worker.send("stop", "cause", "test", "graceful-timeout", "30")
        self.eventually(lambda: worker.board.process()["state"] == LEAVING)
        late = connection.send("/?" + path)
        open(path, "w").close()
        self.assertEqual(connection.wait(number).body, b"begun done")
        self.assertEqual(connection.wait(late).body, b"begun done")
        self.assertEqual(worker.process.wait(front.DEADLINE), 0)

    def test_graceful_timeout(self):
        connection = self.serve(self.SLOW)
        number = connection.send("/?1000")
        connection.wait(number, lambda exchange: exchange.body)
        connection.worker.send("stop", "cause", "test", "graceful-timeout", "0.1")
        self.assertEqual(connection.wait(number).end, ABORTED)
        self.assertEqual(connection.worker.process.wait(front.DEADLINE), 0)

    def test_the_parent_may_lose_its_patience(self):
        connection = self.serve(self.SLOW)
        worker = connection.worker
        number = connection.send("/?1000")
        connection.wait(number, lambda exchange: exchange.body)
        worker.send("stop", "cause", "test", "graceful-timeout", "600")
        self.eventually(lambda: worker.board.process()["state"] == LEAVING)
        # It still answers.
        worker.send("dump", "request", "%x" % number)
        worker.expect("dumped")
        self.assertIsNone(worker.process.poll())
        worker.send("stop", "cause", "test", "graceful-timeout", "0")
        self.assertEqual(connection.wait(number).end, ABORTED)
        self.assertEqual(worker.process.wait(front.DEADLINE), 0)

    def test_signal(self):
        worker = self.start(HELLO)
        worker.process.send_signal(signal.SIGTERM)
        self.assertEqual(worker.process.wait(front.DEADLINE), 0)

    def test_parent_gone(self):
        worker = self.start(HELLO)
        worker.control.close()
        self.assertEqual(worker.process.wait(front.DEADLINE), 0)

    def test_dump_and_interrupt(self):
        connection = self.serve("""
            import asyncio
            async def deep():
                await asyncio.sleep(1000)
            async def application(scope, receive, send):
                assert scope["type"] == "http"
                print("begun", flush=True)
                await deep()
        """)
        worker = connection.worker
        number = connection.send()
        self.eventually(lambda: "begun" in worker.output.text)
        worker.send("dump", "cause", "test")
        dumped = worker.expect("dumped")
        self.assertEqual(dumped["request"], "%x" % number)
        self.assertEqual(dumped["name"], "name-%d" % number)
        self.assertIn("in application", dumped["stack"])
        self.assertIn("in deep", dumped["stack"])
        worker.send("interrupt", "request", "%x" % number)
        answer = connection.wait(number)
        self.assertEqual((answer.end, answer.end_status), (FAILED, 504))
        self.assertIn("in deep", answer.log())

    def test_request_timeout(self):
        connection = self.serve(self.SLOW.replace("await send({", "pass; await send({", 1), **{
            "request_timeout": "0.2"})
        answer = connection.request("/?1000")
        self.assertEqual(answer.end, ABORTED)
        self.assertIn("Request timeout", answer.log())
        self.assertEqual(connection.worker.expect("retire")["cause"], "request-timeout")
        self.assertEqual(connection.request("/?0").end, 0)

    def test_maximum_requests(self):
        connection = self.serve(HELLO, maximum_requests=5)
        for _ in range(4):
            connection.request()
        connection.request()
        self.assertEqual(connection.worker.expect("retire")["cause"], "maximum-requests")
        self.assertEqual(connection.request().body, b"Hello")

    def test_heartbeat(self):
        worker = self.start(HELLO, deadlock_timeout=10)
        before = worker.board.process()["heartbeat"]
        self.eventually(lambda: worker.board.process()["heartbeat"] > before)

    def test_no_descriptors_leak(self):
        connection = self.serve(ANSWER + """
    async def answer(scope):
        import subprocess
        return subprocess.check_output(
            [sys.executable, "-c", LISTING], close_fds=False).decode()
    LISTING = """ + repr(LISTING) + """
        """)
        found = ast.literal_eval(ast.literal_eval(connection.request().body.decode()))
        self.assertEqual(leaked(found), [])

    def test_fork_of_the_application(self):
        connection = self.serve(ANSWER + """
    async def answer(scope):
        pid = os.fork()
        if pid == 0:
            os._exit(0 if not [fd for fd in os.listdir("/proc/self/fd") if is_socket(fd)] else 1)
        return os.waitpid(pid, 0)[1]
    def is_socket(fd):
        try:
            link = os.readlink("/proc/self/fd/" + fd)
        except OSError:
            return False
        return link.startswith("socket:") and link in peers
    import socket
    peers = set(os.readlink("/proc/self/fd/%d" % fd) for fd in (3, 5))
        """)
        self.assertEqual(connection.request().body, b"0")
        self.assertEqual(connection.request().body, b"0")


if __name__ == "__main__":
    unittest.main()
