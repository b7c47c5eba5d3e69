# SPDX-License-Identifier: Apache-2.0
"""ASGI: WebSocket."""
import struct
import unittest

from asgi_front import (ABORT, ACCEPT, BINARY, CLOSE, CONTINUES, CREDIT, INITIAL_CREDIT, TEXT, Case,
                        memory)
from front import ABORTED, FAILED

ECHO = """
    async def application(scope, receive, send):
        if scope["type"] != "websocket":
            raise NotImplementedError(scope["type"])
        assert (await receive()) == {"type": "websocket.connect"}
        await send({"type": "websocket.accept"})
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                print(message, flush=True)
                return
            message["type"] = "websocket.send"
            await send(message)
"""


class WebSockets(Case):
    def open(self, connection, target="/", **how):
        number = connection.send(target, kind="websocket", **how)
        connection.wait(number, lambda exchange: exchange.accepted is not None)
        return number, connection.exchanges[number]

    def test_scope(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                assert scope["type"] == "websocket"
                await receive()
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.send", "text": repr(scope)})
                await send({"type": "websocket.close"})
        """)
        number, exchange = self.open(
            connection, "/a%20b?c", variables={"REQUEST_SCHEME": "https"},
            fields=[("sec-websocket-protocol", "one, two"), ("sec-websocket-protocol", "three")])
        connection.wait(number)
        import ast
        scope = ast.literal_eval(exchange.messages[0])
        self.assertNotIn("method", scope)
        self.assertEqual(scope["scheme"], "wss")
        self.assertEqual(scope["path"], "/a b")
        self.assertEqual(scope["subprotocols"], ["one", "two", "three"])
        self.assertEqual(scope["extensions"], {"websocket.http.response": {}})
        self.assertEqual((exchange.close, exchange.end), ((1000, ""), 0))

    def test_echo(self):
        connection = self.serve(ECHO)
        number, exchange = self.open(connection)
        connection.wait(number, lambda exchange: exchange.wanted == INITIAL_CREDIT)
        sent = 0
        for i in range(10000):
            if i % 2:
                data, kind = b"\x00%d" % i, BINARY
            else:
                data, kind = ("m\u00e4 %d" % i).encode(), TEXT
            while exchange.wanted - sent < len(data):
                self.assertTrue(connection.turn())
            connection.frame(kind, number, data)
            sent += len(data)
        connection.wait(number, lambda exchange: len(exchange.messages) == 10000)
        for i, message in enumerate(exchange.messages):
            self.assertEqual(message, b"\x00%d" % i if i % 2 else "m\u00e4 %d" % i)
        connection.frame(CLOSE, number, "gr\u00fcn".encode(), aux=4001)
        connection.wait(number)
        self.assertEqual(exchange.end, ABORTED)
        self.eventually(lambda: "'code': 4001, 'reason': 'gr\u00fcn'" in connection.worker.output.text)

    def test_empty_messages(self):
        connection = self.serve(ECHO)
        number, exchange = self.open(connection)
        connection.frame(TEXT, number)
        connection.frame(BINARY, number)
        connection.wait(number, lambda exchange: len(exchange.messages) == 2)
        self.assertEqual(exchange.messages, ["", b""])

    def test_long_messages_both_ways(self):
        connection = self.serve(ECHO)
        number, exchange = self.open(connection)
        content = bytes(range(256)) * 20000
        for _ in range(3):
            sent = 0
            start = exchange.wanted
            used = getattr(self, "used", 0)
            while sent < len(content):
                room = exchange.wanted - used
                if room > 0:
                    part = content[sent:sent + min(room, 60000)]
                    sent += len(part)
                    used += len(part)
                    connection.frame(BINARY, number, part,
                                     flags=CONTINUES if sent < len(content) else 0)
                else:
                    self.assertTrue(connection.turn())
            self.used = used
            connection.wait(number, lambda exchange: exchange.messages)
            self.assertTrue(exchange.messages.pop() == content)
        self.assertLess(memory(connection.worker.process.pid, "VmHWM"), 150 << 20)

    def test_no_more_than_the_credit(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                assert scope["type"] == "websocket"
                await send({"type": "websocket.accept"})
                for i in range(20):
                    await send({"type": "websocket.send", "bytes": bytes(10000)})
                    print(i, flush=True)
                await send({"type": "websocket.close", "code": 3000, "reason": "end"})
        """)
        connection.credits = False
        number, exchange = self.open(connection)
        connection.wait(number, lambda exchange: exchange.counted == INITIAL_CREDIT)
        self.assertEqual(len(exchange.messages), 6)
        self.assertIsNone(exchange.end)
        connection.frame(CREDIT, number, struct.pack("<I", 1 << 20))
        connection.wait(number)
        self.assertEqual([len(message) for message in exchange.messages], [10000] * 20)
        self.assertEqual(exchange.close, (3000, "end"))

    def test_subprotocol_and_headers(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                assert scope["type"] == "websocket"
                await receive()
                await send({"type": "websocket.accept", "subprotocol": scope["subprotocols"][1],
                            "headers": [(b"x-one", b"1"), (b"set-cookie", b"a=b")]})
                await send({"type": "websocket.close"})
        """)
        number, exchange = self.open(connection, fields=[("sec-websocket-protocol", "a, b")])
        self.assertEqual(exchange.accepted, [
            ("Sec-WebSocket-Protocol", "b"), ("x-one", "1"), ("set-cookie", "a=b")])

    def test_refusals(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                assert scope["type"] == "websocket"
                await receive()
                path = scope["path"]
                if path == "/close":
                    await send({"type": "websocket.close"})
                    print((await receive())["type"], flush=True)
                if path == "/denial":
                    await send({"type": "websocket.http.response.start", "status": 401,
                                "headers": [(b"www-authenticate", b"Basic")]})
                    await send({"type": "websocket.http.response.body", "body": b"no", "more_body": True})
                    await send({"type": "websocket.http.response.body", "body": b"pe"})
                if path == "/error":
                    raise ValueError("refused")
        """)
        answer = connection.request("/close", kind="websocket")
        self.assertEqual((answer.status, answer.length, answer.end), (403, 0, 0))
        answer = connection.request("/denial", kind="websocket")
        self.assertEqual((answer.status, answer.body, answer.end), (401, b"nope", 0))
        self.assertEqual(answer["www-authenticate"], ["Basic"])
        answer = connection.request("/error", kind="websocket")
        self.assertEqual((answer.end, answer.accepted), (FAILED, None))
        self.assertIn("ValueError: refused", answer.log())
        self.assertEqual(connection.request("/return", kind="websocket").end, FAILED)
        self.eventually(lambda: "websocket.disconnect" in connection.worker.output.text)

    def test_ends_of_the_application(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                assert scope["type"] == "websocket"
                await receive()
                await send({"type": "websocket.accept"})
                if scope["path"] == "/error":
                    raise ValueError("after")
                if scope["path"] == "/twice":
                    await send({"type": "websocket.close", "code": 1001})
                    await send({"type": "websocket.close"})
                    assert (await receive())["code"] == 1001
                    try:
                        await send({"type": "websocket.send", "text": "x"})
                    except OSError:
                        print("raised", flush=True)
        """)
        number, exchange = self.open(connection, "/error")
        connection.wait(number)
        self.assertEqual((exchange.close, exchange.end), ((1011, ""), FAILED))
        self.assertIn("ValueError: after", exchange.log())
        number, exchange = self.open(connection, "/return")
        connection.wait(number)
        self.assertEqual((exchange.close, exchange.end), ((1000, ""), 0))
        number, exchange = self.open(connection, "/twice")
        connection.wait(number)
        self.assertEqual((exchange.close, exchange.end), ((1001, ""), 0))
        self.eventually(lambda: "raised" in connection.worker.output.text)

    def test_client_gone(self):
        connection = self.serve(ECHO)
        number, exchange = self.open(connection)
        connection.frame(ABORT, number)
        connection.wait(number)
        self.eventually(lambda: "'code': 1006" in connection.worker.output.text)
        number = connection.send(kind="websocket")
        connection.frame(ABORT, number)
        connection.wait(number)

    def test_what_may_not_be_sent(self):
        connection = self.serve("""
            async def application(scope, receive, send):
                assert scope["type"] == "websocket"

                async def refused(**message):
                    try:
                        await send(message)
                    except (ValueError, TypeError, RuntimeError):
                        return
                    raise AssertionError(message)
                await refused(type="websocket.send", text="early")
                await refused(type="websocket.http.response.body", body=b"")
                await refused(type="websocket.accept", subprotocol="a b")
                await refused(type="http.response.start", status=200)
                await send({"type": "websocket.accept", "subprotocol": None, "headers": []})
                await refused(type="websocket.accept")
                await refused(type="websocket.send")
                await refused(type="websocket.send", text=None, bytes=None)
                await refused(type="websocket.send", text=b"bytes")
                await refused(type="websocket.send", bytes="text")
                await refused(type="websocket.send", text="\\ud800")
                await refused(type="websocket.close", code=70000)
                await refused(type="websocket.close", reason="x" * 124)
                await refused(type="websocket.http.response.start", status=200)
                await send({"type": "websocket.send", "text": "fine", "bytes": None})
        """)
        number, exchange = self.open(connection)
        connection.wait(number)
        self.assertEqual((exchange.log(), exchange.messages), ("", ["fine"]))

    def test_invalid_text(self):
        connection = self.serve(ECHO)
        number, exchange = self.open(connection)
        connection.frame(TEXT, number, b"\xff")
        connection.wait(number)
        self.assertEqual(exchange.close, (1007, ""))

    def test_many_idle(self):
        connection = self.serve(ECHO)
        numbers = [connection.send("/%d" % i, kind="websocket") for i in range(2000)]
        for number in numbers:
            connection.wait(number, lambda exchange: exchange.accepted is not None)
        for number in numbers[::100]:
            connection.frame(TEXT, number, b"still there")
        for number in numbers[::100]:
            connection.wait(number, lambda exchange: exchange.messages)
        self.assertLess(memory(connection.worker.process.pid), 100 << 20)
        # The end of the process ends them with "service restart".
        worker = connection.worker
        worker.send("stop", "cause", "test", "graceful-timeout", "30")
        for number in numbers:
            connection.wait(number)
            self.assertEqual(connection.exchanges[number].close, (1012, ""))
        self.assertEqual(worker.process.wait(60), 0)


if __name__ == "__main__":
    unittest.main()
