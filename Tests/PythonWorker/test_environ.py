# SPDX-License-Identifier: Apache-2.0
"""What the application gets in environ."""
import time
import unittest

import front
from case import WorkerCase

APPLICATION = '''
    def application(environ, start_response):
        start_response("200 OK", [("Content-Type", "text/plain")])
        if environ["PATH_INFO"] == "/change":
            environ["wsgi.errors"] = environ["X_CHANGED"] = None
            environ.clear()
            return [b"changed"]
        assert type(environ) is dict
        return [repr({key: value if isinstance(value, (str, bool, int, tuple)) else
                           str(type(value)) for key, value in environ.items()}).encode()]
'''


class Environ(WorkerCase):
    def environ(self, more=(), **options):
        variables = self.variables()
        variables.update(more)
        return eval(self.front.request(variables, **options).body)

    def test_constants_and_variables(self):
        self.start(APPLICATION, threads=2, application_group="there|")
        environ = self.environ({"HTTP_HOST": "localhost", "CONTENT_TYPE": "a/b"})
        for key, value in {
            "wsgi.version": (1, 0), "wsgi.url_scheme": "http", "wsgi.multithread": True,
            "wsgi.multiprocess": False, "wsgi.run_once": False, "wsgi.input_terminated": True,
            "REQUEST_METHOD": "GET", "SCRIPT_NAME": "", "PATH_INFO": "/", "QUERY_STRING": "",
            "HTTP_HOST": "localhost", "CONTENT_TYPE": "a/b", "SCRIPT_FILENAME": self.script,
            "mod_wsgi.process_group": "group", "mod_wsgi.application_group": "there|",
            "mod_wsgi.callable_object": "application", "mod_wsgi.total_requests": 0,
            "mod_wsgi.thread_requests": 0,
        }.items():
            self.assertEqual(environ.get(key), value, key)
        for key in ("request_start", "queue_start", "daemon_start", "script_start",
                    "application_start"):
            self.assertRegex(environ["mod_wsgi." + key], r"^\d{16}$")
        self.assertIn(environ["mod_wsgi.thread_id"], (1, 2))
        self.assertNotIn("CONTENT_LENGTH", environ)

    def test_one_thread_and_written_out_processes(self):
        self.start(APPLICATION, processes_written_out="1")
        environ = self.environ()
        self.assertEqual((environ["wsgi.multithread"], environ["wsgi.multiprocess"]), (False, True))

    def test_text_is_latin_1(self):
        self.start(APPLICATION)
        environ = self.environ({"PATH_INFO": "/\xc3\xa9", "HTTP_X_ANY": "\xff\x80",
                                "HTTP_COOKIE": "k=\xe9"})
        self.assertEqual(environ["PATH_INFO"], "/\xc3\xa9")
        self.assertEqual(environ["HTTP_X_ANY"], "\xff\x80")
        self.assertEqual(environ["HTTP_COOKIE"], "k=\xe9")

    def test_values_are_each_requests_own(self):
        self.start(APPLICATION)
        for value in ("one", "two", "two", "\xe9", "", "x" * 300, "x" * 300, "one"):
            environ = self.environ({"HTTP_USER_AGENT": value, "HTTP_COOKIE": value, "OTHER": value})
            self.assertEqual(environ["HTTP_USER_AGENT"], value)
            self.assertEqual(environ["HTTP_COOKIE"], value)
            self.assertEqual(environ["OTHER"], value)
        self.assertEqual(self.get("/change").body, b"changed")
        self.assertNotIn("X_CHANGED", self.environ())

    def test_more_names_than_are_remembered(self):
        self.start(APPLICATION)
        for start in range(0, 1500, 100):
            names = {"HTTP_X_%d" % n: str(n) for n in range(start, start + 100)}
            environ = self.environ(names)
            self.assertEqual({key: environ[key] for key in names}, names)

    def test_variables_too_long_for_a_packet(self):
        self.start(APPLICATION)
        names = {"HTTP_X_%d" % n: chr(97 + n % 26) * 8190 for n in range(100)}
        names["HTTP_LONG"] = "l" * 70000
        environ = self.environ(names)
        self.assertEqual({key: environ[key] for key in names}, names)
        self.assertNotIn("HTTP_LONG", self.environ())
        # With and without a stream, and without need.
        self.assertIn("HTTP_LONG", self.environ(names, attach=True))
        self.assertEqual(self.environ({"A": "b"}, in_file=True)["A"], "b")

    def test_packets_that_make_no_sense_are_passed_over(self):
        self.start(APPLICATION)
        self.environ()
        for packet in (b"", b"x", b"\2\1", bytes(56), b"\2\1" + b"\xff" * 54, b"\2\1" + b"\xff" * 99):
            if packet:
                self.parent.board.count(1)
                front.send(self.parent.queue, packet)
                self.parent.board.ring()
        # Lengths of variables beyond the packet's end: the rest is not there.
        good = front.variable("HTTP_HOST", "a")
        for bad in (b"\1", b"\1\0\xfe\0", b"\1\0\xff\xff\1", b"\0\0\1\0\xff\xffx", b"\xfa\0\0\0",
                    b"\0\0\1\0"):
            text = b"".join(front.variable(*pair) for pair in self.variables().items()) + good + bad
            self.front.count += 1
            request = self.front.number << 32 | self.front.count
            self.front.responses[request] = front.Response()
            self.parent.board.count(1)
            front.send(self.parent.queue, front.PACKET.pack(
                front.VERSION, front.REQUEST, 0, 1, request, 0, 0, 0, 0, len(text), 0) + text)
            self.parent.board.ring()
            self.assertEqual(eval(self.front.wait(request).body)["HTTP_HOST"], "a")
        end = time.monotonic() + 30
        while self.parent.board.queued() != 0 and time.monotonic() < end:
            time.sleep(0.01)  # The thread that took the last of them may not have counted it yet.
        self.assertEqual(self.parent.board.queued(), 0)


if __name__ == "__main__":
    unittest.main()
