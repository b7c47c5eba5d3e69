# SPDX-License-Identifier: Apache-2.0
"""ASGI: requests and responses."""
import ast
import os
import struct
import threading
import unittest

from asgi_front import (ABORT, BODY, BODY_END, CREDIT, DATA, END, FILE, HEAD, INITIAL_CREDIT, Case,
                        memory)
from front import ABORTED, EXPIRED, FAILED, NOT_LOADED

HELLO = """
    async def application(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError(scope["type"])
        await send({"type": "http.response.start", "status": 200,
                    "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": b"Hello, world!"})
"""

REPR = """
    async def application(scope, receive, send):
        assert scope["type"] == "http"
        scope = dict(scope)
        text = repr(scope).encode()
        await send({"type": "http.response.start", "status": 200})
        await send({"type": "http.response.body", "body": text})
"""


class Responses(Case):
    def test_one_body(self):
        connection = self.serve(HELLO)
        for _ in range(3):
            answer = connection.request()
            self.assertEqual(answer.status, 200)
            self.assertEqual(answer.fields, [("content-type", "text/plain")])
            self.assertEqual(answer.length, 13)
            self.assertEqual(answer.body, b"Hello, world!")
            self.assertEqual(answer.end, 0)
            self.assertEqual(answer.frames, [HEAD, DATA, END])

    def test_many_requests_at_once(self):
        connection = self.serve(HELLO)
        numbers, frames = zip(*(connection.packet("/%d" % i) for i in range(1000)))
        connection.credits = False  # There is enough, and the other thread sends.
        sender = threading.Thread(
            target=connection.stream.socket.sendall, args=(b"".join(frames),))
        sender.start()
        for number in numbers:
            self.assertEqual(connection.wait(number).body, b"Hello, world!")
        sender.join()
        process = connection.worker.board.process()
        self.assertEqual(process["requests"], 1000)
        self.assertGreater(process["last_active"], process["started"])

    def test_several_streams(self):
        worker = self.start(HELLO)
        connections = [self.connect(worker) for _ in range(5)]
        numbers = [connection.send() for connection in connections]
        for connection, number in zip(connections, numbers):
            self.assertEqual(connection.hello[1], worker.process.pid)
            self.assertEqual(connection.hello[3], 0xFFFFFFFF)
            self.assertEqual(connection.wait(number).body, b"Hello, world!")
        connections[0].close()
        self.assertEqual(connections[1].request().status, 200)

    def test_streamed_body(self):
        connection = self.serve("""
            import asyncio
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 201, "headers": []})
                for i in range(5):
                    await send({"type": "http.response.body", "body": b"%d" % i, "more_body": True})
                    await asyncio.sleep(0)
                await send({"type": "http.response.body"})
        """)
        answer = connection.request()
        self.assertEqual((answer.status, answer.length), (201, -1))
        self.assertEqual(answer.body, b"01234")
        self.assertEqual(answer.frames.count(DATA), 5)

    def test_the_head_does_not_wait_for_the_content(self):
        connection = self.serve("""
            import asyncio, os
            async def application(scope, receive, send):
                async def answer():
                    await send({"type": "http.response.start", "status": 200})
                    while not os.path.exists(scope["query_string"]):
                        await asyncio.sleep(0.01)
                    await send({"type": "http.response.body", "body": b"event"})
                await asyncio.gather(answer())
        """)
        path = os.path.join(self.folder, "go")
        number = connection.send("/?" + path)
        connection.wait(number, lambda exchange: exchange.status == 200)
        open(path, "w").close()
        self.assertEqual(connection.wait(number).body, b"event")

    def test_head_and_no_content(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                status = int(scope["query_string"] or 200)
                await send({"type": "http.response.start", "status": status,
                            "headers": [(b"content-length", b"5")] if status == 200 else []})
                await send({"type": "http.response.body", "body": b"12345" if status == 200 else b""})
        """)
        answer = connection.request(method="HEAD")
        self.assertEqual((answer.length, answer.body, answer.end), (5, b"", 0))
        self.assertEqual(connection.request().body, b"12345")
        answer = connection.request("/?204")
        self.assertEqual((answer.status, answer.length, answer.body), (204, -1, b""))
        self.assertEqual(connection.request("/?304").end, 0)

    def test_requests_leave_nothing_behind(self):
        # They may share memory, one after the other.
        connection = self.serve("""
            async def application(scope, receive, send):
                path = scope["path"]
                if path == "/raises":
                    raise ValueError("no response")
                body = b""
                if path == "/reads":
                    while True:
                        message = await receive()
                        body += message["body"]
                        if not message["more_body"]:
                            break
                start = {"type": "http.response.start", "status": 201 if path == "/made" else 200}
                if path == "/short":
                    start["headers"] = [(b"content-length", b"10"), (b"x-large", b"x" * 3000)]
                if path == "/trailers":
                    start["trailers"] = True
                await send(start)
                await send({"type": "http.response.body", "body": body or path.encode()})
                if path == "/trailers":
                    await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")]})
        """)
        for _ in range(3):
            for path, how, end in (
                ("/raises", {}, FAILED), ("/short", {}, ABORTED), ("/reads", {"body": b"1" * 500}, 0),
                ("/made", {"method": "HEAD"}, 0), ("/trailers", {"fields": [("te", "trailers")]}, 0),
            ):
                self.assertEqual(connection.request(path, **how).end, end)
                answer = connection.request("/plain")
                self.assertEqual(
                    (answer.status, answer.length, answer.body, answer.fields, answer.trailers,
                     answer.end), (200, 6, b"/plain", [], [], 0))

    def test_content_length_is_kept(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 200,
                            "headers": [(b"Content-Length", b"4")]})
                body = scope["query_string"]
                await send({"type": "http.response.body", "body": body})
        """)
        answer = connection.request("/?1234")
        self.assertEqual((answer.length, answer.body, answer.end), (4, b"1234", 0))
        self.assertNotIn("content-length", [name.lower() for name, _ in answer.fields])
        answer = connection.request("/?12345")
        self.assertEqual(answer.end, FAILED)
        self.assertIn("longer than its Content-Length", answer.log())
        answer = connection.request("/?1")
        self.assertEqual(answer.end, ABORTED)

    def test_what_may_not_be_sent(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                start = {"type": "http.response.start", "status": 200}
                bad = [
                    dict(start, headers=[(b"name", b"a\\r\\nb: c")]), dict(start, headers=[(b"a b", b"")]),
                    dict(start, headers=[("name", b"")]), dict(start, headers=[(b"name",)]),
                    dict(start, status=99), dict(start, status="200"), {"type": "http.response.start"},
                    {"type": "http.unknown"}, {"type": 1}, {}, None,
                    {"type": "http.response.body", "body": b""}, dict(start, headers=[(b"", b"")]),
                    dict(start, headers=[(b"content-length", b"x")]),
                ]
                for message in bad:
                    try:
                        await send(message)
                    except (ValueError, TypeError, RuntimeError):
                        continue
                    raise AssertionError(message)
                await send(start)
                for message in [start, {"type": "http.response.body", "body": "text"},
                                {"type": "http.response.body", "body": 7}]:
                    try:
                        await send(message)
                    except (ValueError, TypeError, RuntimeError):
                        continue
                    raise AssertionError(message)
                await send({"type": "http.response.body", "body": bytearray(b"fine")})
                await send({"type": "http.response.body", "body": b"ignored"})
        """)
        answer = connection.request()
        self.assertEqual(answer.log(), "")
        self.assertEqual(answer.body, b"fine")

    def test_fields_of_the_connection_are_dropped(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                def headers():
                    yield [b"transfer-encoding", b"chunked"]
                    yield [b"Connection", b"close"]
                    yield (b"x-a", b"1")
                    yield [b"x-a", b"2"]
                await send({"type": "http.response.start", "status": 200, "headers": headers()})
                await send({"type": "http.response.body"})
        """)
        self.assertEqual(connection.request().fields, [("x-a", "1"), ("x-a", "2")])

    def test_exception_before_and_after_the_head(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                if scope["path"] == "/silent":
                    return
                if scope["path"] == "/late":
                    await send({"type": "http.response.start", "status": 200})
                if scope["path"] == "/later":
                    await send({"type": "http.response.start", "status": 200})
                    await send({"type": "http.response.body", "body": b"some", "more_body": True})
                if scope["path"] == "/half":
                    await send({"type": "http.response.start", "status": 200})
                    await send({"type": "http.response.body", "body": b"some", "more_body": True})
                    return
                if scope["path"] == "/exit":
                    raise SystemExit(3)
                raise ValueError("for the log")
        """)
        answer = connection.request("/")
        self.assertEqual((answer.status, answer.end), (None, FAILED))
        self.assertIn("Traceback (most recent call last):", answer.log())
        self.assertIn("ValueError: for the log", answer.log())
        self.assertNotIn("\n", answer.logs[0])
        answer = connection.request("/late")
        self.assertEqual((answer.status, answer.end), (None, FAILED))
        answer = connection.request("/later")
        self.assertEqual((answer.status, answer.body, answer.end), (200, b"some", ABORTED))
        answer = connection.request("/half")
        self.assertEqual(answer.end, ABORTED)
        self.assertIn("before the response was complete", answer.log())
        answer = connection.request("/silent")
        self.assertEqual(answer.end, FAILED)
        self.assertIn("without a response", answer.log())
        answer = connection.request("/exit")
        self.assertEqual(answer.end, FAILED)
        self.assertIn("SystemExit", answer.log())
        self.assertEqual(connection.request("/").end, FAILED)

    def test_expired_and_unknown(self):
        connection = self.serve(HELLO)
        self.assertEqual(connection.request(expires=1).end, EXPIRED)
        answer = connection.request(script=os.path.join(self.folder, "none.py"))
        self.assertEqual(answer.end, NOT_LOADED)
        other = self.write(HELLO.replace("Hello", "Other"), "other.py")
        self.assertEqual(connection.request(script=other).body, b"Other, world!")
        self.assertEqual(connection.request().body, b"Hello, world!")

    def test_files(self):
        path = self.write("0123456789" * 1000, "file.txt")
        connection = self.serve("""
            import asyncio, os
            PATH = %r
            async def application(scope, receive, send):
                start = {"type": "http.response.start", "status": 200, "headers": []}
                kind = scope["path"]
                assert {"http.response.pathsend", "http.response.zerocopysend"} <= set(scope["extensions"])
                if kind == "/missing":
                    await send(start)
                    await send({"type": "http.response.pathsend", "path": PATH + "x"})
                if kind == "/folder":
                    await send(start)
                    await send({"type": "http.response.pathsend", "path": os.path.dirname(PATH)})
                await send(start)
                if scope["query_string"] == b"later":
                    await asyncio.sleep(0.01)  # The head is sent meanwhile.
                if kind == "/path":
                    await send({"type": "http.response.pathsend", "path": PATH})
                if kind == "/zero":
                    with open(PATH, "rb") as file:
                        await send({"type": "http.response.body", "body": b"<", "more_body": True})
                        await send({"type": "http.response.zerocopysend", "file": file, "offset": 5,
                                    "count": 10, "more_body": True})
                        os.lseek(file.fileno(), 20, 0)
                        await send({"type": "http.response.zerocopysend", "file": file, "count": 3,
                                    "more_body": True})
                        await send({"type": "http.response.zerocopysend", "file": file, "count": 3,
                                    "more_body": True})
                        await send({"type": "http.response.body", "body": b">"})
        """ % path)
        answer = connection.request("/path")
        self.assertEqual((answer.length, answer.files), (10000, [(0, 10000)]))
        self.assertEqual(answer.body, b"0123456789" * 1000)
        self.assertEqual(connection.request("/path?later").body, b"0123456789" * 1000)
        self.assertEqual(connection.request("/path", method="HEAD").frames, [HEAD, END])
        answer = connection.request("/zero")
        self.assertEqual(answer.body, b"<5678901234012345>")
        self.assertEqual(answer.files, [(5, 10), (20, 3), (23, 3)])
        self.assertIn("FileNotFoundError", connection.request("/missing").log())
        self.assertIn("OSError", connection.request("/folder").log())

    def test_early_hints_and_trailers(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                await send({"type": "http.response.early_hint", "links": [b"</a.css>; rel=preload"]})
                await send({"type": "http.response.start", "status": 200, "trailers": True,
                            "headers": [(b"trailer", b"x-sum")]})
                await send({"type": "http.response.early_hint", "links": [b"</b>", b"</c>"]})
                await send({"type": "http.response.body", "body": b"content"})
                await send({"type": "http.response.trailers", "headers": [(b"x-sum", b"1")],
                            "more_trailers": True})
                await send({"type": "http.response.trailers", "headers": [(b"x-more", b"2")]})
        """)
        answer = connection.request(fields=[("te", "trailers")])
        self.assertEqual(answer.hints, [
            (103, [("Link", "</a.css>; rel=preload")]), (103, [("Link", "</b>"), ("Link", "</c>")])])
        self.assertEqual(answer.trailers, [("x-sum", "1"), ("x-more", "2")])
        self.assertEqual((answer.body, answer.end), (b"content", 0))
        self.assertEqual(connection.request().trailers, [])


class Scopes(Case):
    def test_scope(self):
        connection = self.serve(REPR)
        answer = connection.request(
            "/app/a%20b/%C3%A4%2F?x=%20&y", mount="/app", method="PUT",
            fields=[("host", "example.org"), ("x-twice", "1"), ("accept", "*/*"), ("x-twice", "2"),
                    (b"x-raw", b"\xff\x00")])
        self.assertEqual(answer.log(), "")
        scope = ast.literal_eval(answer.body.decode())
        self.assertEqual(scope["asgi"], {"version": "3.0", "spec_version": "2.5"})
        del scope["asgi"]
        self.assertEqual(
            scope.pop("extensions"),
            {"http.response.pathsend": {}, "http.response.zerocopysend": {},
             "http.response.early_hint": {}, "http.response.trailers": {}})
        self.assertEqual(scope, {
            "type": "http", "http_version": "1.1", "method": "PUT", "scheme": "http",
            "path": "/app/a b/\u00e4/", "raw_path": b"/app/a%20b/%C3%A4%2F", "root_path": "/app",
            "query_string": b"x=%20&y", "client": ("192.0.2.7", 41000),
            "server": ("127.0.0.1", 8080), "state": {},
            "headers": [(b"host", b"example.org"), (b"x-twice", b"1"), (b"accept", b"*/*"),
                        (b"x-twice", b"2"), (b"x-raw", b"\xff\x00")],
        })

    def test_variants(self):
        connection = self.serve(REPR)

        def scope(**variables):
            names = {name.replace("__", "."): value for name, value in variables.items()}
            return ast.literal_eval(connection.request(variables=names).body.decode())
        self.assertEqual(scope(SERVER_PROTOCOL="HTTP/2.0")["http_version"], "2")
        self.assertEqual(scope(SERVER_PROTOCOL="HTTP/3.0")["http_version"], "3")
        self.assertEqual(scope(SERVER_PROTOCOL="HTTP/1.0")["http_version"], "1.0")
        self.assertEqual(scope(wsgi__url_scheme="https")["scheme"], "https")
        self.assertEqual(scope(SERVER_PROTOCOL="HTTP/1.1")["http_version"], "1.1")
        self.assertEqual(scope(PATH_INFO=b"/\xff")["path"], "/\ufffd")
        self.assertEqual(scope(REMOTE_ADDR="2001:db8::1")["client"], ("2001:db8::1", 41000))
        self.assertIsNone(scope(REMOTE_ADDR="")["client"])

    def test_scopes_are_the_requests_own(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                found = sorted(scope["extensions"]) , sorted(scope["asgi"]), scope["state"], scope["headers"]
                text = repr(found).encode()
                scope["extensions"]["x"] = scope["asgi"]["x"] = scope["state"]["x"] = 1
                scope["headers"].append(1)
                scope.clear()
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": text})
        """)
        self.assertEqual(connection.request().body, connection.request().body)

    def test_many_field_names(self):
        connection = self.serve(REPR)
        for start in range(0, 2000, 100):
            fields = [("x-name-%d" % i, "v%d" % i) for i in range(start, start + 100)]
            scope = ast.literal_eval(connection.request(fields=fields).body.decode())
            self.assertEqual(
                scope["headers"], [(name.encode(), value.encode()) for name, value in fields])


ECHO = """
    async def application(scope, receive, send):
        if scope["type"] != "http":
            raise NotImplementedError
        await send({"type": "http.response.start", "status": 200})
        more = True
        while more:
            message = await receive()
            assert message["type"] == "http.request", message
            more = message["more_body"]
            await send({"type": "http.response.body", "body": message["body"], "more_body": more})
"""


class Content(Case):
    def test_inline(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                first = await receive()
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": repr(first).encode()})
                last = await receive()
                print(last["type"])
        """)
        self.assertEqual(
            ast.literal_eval(connection.request(body=b"content").body.decode()),
            {"type": "http.request", "body": b"content", "more_body": False})
        self.assertEqual(
            ast.literal_eval(connection.request().body.decode()),
            {"type": "http.request", "body": b"", "more_body": False})
        self.eventually(
            lambda: connection.worker.output.text.count("http.disconnect") == 2)

    def upload(self, connection, number, content, piece):
        """Sends content as it is asked for; returns the exchange at its end."""
        exchange = connection.exchanges[number]
        sent, ended = 0, False
        while exchange.end is None:
            if sent < len(content) and exchange.wanted > sent:
                part = content[sent:sent + min(piece, exchange.wanted - sent)]
                connection.frame(BODY, number, part)
                sent += len(part)
            elif sent == len(content) and not ended:
                connection.frame(BODY_END, number)
                ended = True
            else:
                self.assertTrue(connection.turn())
        return exchange

    def test_echo(self):
        connection = self.serve(ECHO)
        content = os.urandom(3000000)
        for piece in (65536, 1000):
            number = connection.send(method="POST", body=None)
            self.assertEqual(connection.exchanges[number].wanted, 0)
            exchange = self.upload(connection, number, content, piece)
            self.assertTrue(exchange.body == content)
            self.assertEqual(exchange.end, 0)

    def test_nothing_is_asked_for_before_it_is_read(self):
        connection = self.serve(HELLO)
        answer = connection.wait(connection.send(body=None))
        self.assertEqual((answer.wanted, answer.status), (0, 200))

    def test_gigabyte_up(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                total, more = 0, True
                while more:
                    message = await receive()
                    total += len(message["body"])
                    more = message["more_body"]
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": b"%d" % total})
        """)
        number = connection.send(body=None)
        exchange, total, sent = connection.exchanges[number], 1 << 30, 0
        part = bytes(32768)
        while sent < total:
            if exchange.wanted - sent >= len(part):
                connection.frame(BODY, number, part)
                sent += len(part)
            else:
                self.assertLessEqual(exchange.wanted - sent, INITIAL_CREDIT)
                self.assertTrue(connection.turn())
        connection.frame(BODY_END, number)
        self.assertEqual(connection.wait(number).body, b"%d" % total)
        self.assertLess(memory(connection.worker.process.pid, "VmHWM"), 150 << 20)

    def test_gigabyte_down(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 200})
                block = bytes(1 << 20)
                for i in range(1 << 10):
                    await send({"type": "http.response.body", "body": block, "more_body": True})
                await send({"type": "http.response.body"})
        """)
        number = connection.send()
        exchange = connection.exchanges[number]
        total = 0
        while exchange.end is None:
            self.assertTrue(connection.turn())
            total += len(exchange.body)
            exchange.body = b""
        self.assertEqual((total, exchange.end), (1 << 30, 0))
        self.assertLess(memory(connection.worker.process.pid, "VmHWM"), 150 << 20)

    def test_no_more_than_the_credit(self):
        connection = self.serve("""
            done = False
            async def application(scope, receive, send):
                global done
                await send({"type": "http.response.start", "status": 200})
                if scope["path"] == "/done":
                    await send({"type": "http.response.body", "body": repr(done).encode()})
                    return
                for i in range(10):
                    await send({"type": "http.response.body", "body": bytes(30000), "more_body": True})
                done = True
                await send({"type": "http.response.body"})
        """)
        connection.credits = False
        number = connection.send()
        exchange = connection.wait(number, lambda exchange: exchange.counted >= INITIAL_CREDIT)
        self.assertEqual(connection.request("/done").body, b"False")
        self.assertEqual(exchange.counted, INITIAL_CREDIT)
        connection.frame(CREDIT, number, struct.pack("<I", 10))
        connection.wait(number, lambda exchange: exchange.counted == INITIAL_CREDIT + 10)
        connection.frame(CREDIT, number, struct.pack("<I", 1 << 20))
        self.assertEqual(len(connection.wait(number).body), 300000)

    def test_body_beyond_the_credit_without_waiting(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 200})
                send({"type": "http.response.body", "body": b"a" * 100000, "more_body": True})
                send({"type": "http.response.body", "body": b"b" * 100000, "more_body": True})
                send({"type": "http.response.body", "body": b"c"})
        """)
        answer = connection.request()
        self.assertEqual(answer.body, b"a" * 100000 + b"b" * 100000 + b"c")
        self.assertEqual(answer.end, 0)

    def test_a_front_that_does_not_read(self):
        worker = self.start("""
            async def application(scope, receive, send):
                assert scope["type"] == "http"
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": scope["query_string"] * 20000})
        """)
        connection = self.connect(worker)
        connection.credits = False
        numbers = [connection.send("/?%03d" % i) for i in range(200)]
        # Another stream is served meanwhile, so all of them have been.
        self.eventually(lambda: worker.board.process()["requests"] == 200)
        self.assertEqual(self.connect(worker).request("/?x").counted, 20000)
        for i, number in enumerate(numbers):
            self.assertEqual(connection.wait(number).body, b"%03d" % i * 20000)
        # Its end, with much still to be sent, is the end of the stream alone.
        for i in range(100):
            connection.send("/?%03d" % i)
        self.eventually(lambda: worker.board.process()["requests"] == 301)
        connection.close()
        self.assertEqual(self.connect(worker).request("/?x").counted, 20000)

    def test_files_to_a_front_that_does_not_read(self):
        paths = [self.write("%05d" % i * 4, "file%d" % i) for i in range(200)]
        connection = self.serve("""
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": b"*" * 5000, "more_body": True})
                with open(scope["query_string"], "rb") as file:
                    await send({"type": "http.response.zerocopysend", "file": file, "offset": 1})
        """)
        numbers = [connection.send("/?" + path) for path in paths]
        self.eventually(lambda: connection.worker.board.process()["requests"] == 200)
        for i, number in enumerate(numbers):
            answer = connection.wait(number)
            self.assertEqual(answer.body, b"*" * 5000 + (b"%05d" % i * 4)[1:])

    def test_a_huge_block(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": bytes(5000000)})
        """)
        connection.credits = False
        number = connection.send()
        connection.frame(CREDIT, number, struct.pack("<I", 10000000))
        self.assertEqual(len(connection.wait(number).body), 5000000)


class Disconnection(Case):
    def test_receive_and_send(self):
        connection = self.serve("""
            import asyncio
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 200})
                await send({"type": "http.response.body", "body": b"a", "more_body": True})
                message = await receive()
                assert message["type"] == "http.request"
                message = await receive()
                print(message["type"])
                try:
                    await send({"type": "http.response.body", "body": b"b"})
                except OSError as error:
                    print("OSError", type(error).__name__, isinstance(error, OSError))
                    if scope["path"] == "/through":
                        try:
                            raise RuntimeError("of the framework") from error
                        finally:
                            print("out")
        """)
        for path in ("/", "/through"):
            number = connection.send(path)
            connection.wait(number, lambda exchange: exchange.body == b"a")
            connection.frame(ABORT, number)
            answer = connection.wait(number)
            self.assertEqual((answer.end, answer.log()), (ABORTED, ""))
        self.eventually(lambda: "out" in connection.worker.output.text)
        self.assertEqual(connection.worker.output.text.count("OSError ClientDisconnected True"), 2)
        self.assertEqual(connection.worker.output.text.count("http.disconnect"), 2)

    def test_send_that_waits(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                await send({"type": "http.response.start", "status": 200})
                try:
                    await send({"type": "http.response.body", "body": bytes(100000), "more_body": True})
                except OSError:
                    print("woken")
        """)
        connection.credits = False
        number = connection.send()
        connection.wait(number, lambda exchange: exchange.counted == INITIAL_CREDIT)
        connection.frame(ABORT, number)
        self.assertEqual(connection.wait(number).end, ABORTED)
        self.eventually(lambda: "woken" in connection.worker.output.text)

    def test_end_of_the_stream(self):
        worker = self.start("""
            async def application(scope, receive, send):
                assert scope["type"] == "http"
                await receive()
                print((await receive())["type"])
        """)
        connection = self.connect(worker)
        connection.send()
        connection.send()
        self.connect(worker)  # Both are surely there when this one's greeting is.
        connection.close()
        self.eventually(lambda: worker.output.text.count("http.disconnect") == 2)


if __name__ == "__main__":
    unittest.main()
