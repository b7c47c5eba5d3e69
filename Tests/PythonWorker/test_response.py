# SPDX-License-Identifier: Apache-2.0
"""Responses: PEP 3333's rules about start_response, blocks, write, close and lengths."""
import os
import unittest

import front
from case import WorkerCase

APPLICATION = '''
    import io, os, sys, threading
    TEXT = [("Content-Type", "text/plain")]
    closed = []

    class Result:
        """Counts what is asked of it."""
        def __init__(self, *blocks):
            self.blocks = list(blocks)
        def __iter__(self):
            return self
        def __next__(self):
            if not self.blocks:
                raise StopIteration
            block = self.blocks.pop(0)
            if isinstance(block, Exception):
                raise block
            return block
        def close(self):
            closed.append(len(self.blocks))

    def application(environ, start_response):
        name = environ["PATH_INFO"][1:]
        return globals()[name](environ, start_response)

    def ok(start_response, *fields, status="200 OK"):
        return start_response(status, TEXT + list(fields))

    def single(environ, start_response):
        ok(start_response)
        return [b"one"]

    def several(environ, start_response):
        ok(start_response)
        return (b"one", b"", b"two")

    def nothing(environ, start_response):
        ok(start_response)
        return []

    def generator(environ, start_response):
        ok(start_response)
        yield b""
        yield b"one"
        yield b"two"

    def late(environ, start_response):
        def blocks():
            ok(start_response)
            yield b"late"
        return blocks()

    def big(environ, start_response):
        ok(start_response)
        return [b"x" * 3000000]

    def bigger(environ, start_response):
        ok(start_response)
        yield b"y" * 3000000
        yield b"z" * 100

    def write(environ, start_response):
        write = ok(start_response)
        write(b"one")
        write(b"two")
        return [b"three"]

    def long(environ, start_response):
        ok(start_response, ("Content-Length", "4"))
        return Result(b"one", b"two", b"three")

    def short(environ, start_response):
        ok(start_response, ("Content-Length", "40"))
        return Result(b"one")

    def exact(environ, start_response):
        ok(start_response, ("Content-Length", "6"))
        return Result(b"one", b"two")

    def empty(environ, start_response):
        ok(start_response, status="204 No Content")
        return Result(b"dropped")

    def unchanged(environ, start_response):
        ok(start_response, ("Content-Length", "77"), status="304 Not Modified")
        return Result(b"dropped")

    def count(environ, start_response):
        ok(start_response)
        return [repr(closed).encode()]

    def fails(environ, start_response):
        raise ValueError("before the head")

    def fails_started(environ, start_response):
        ok(start_response)
        raise ValueError("after start_response")

    def fails_midway(environ, start_response):
        ok(start_response)
        return Result(b"one", ValueError("midway"), b"two")

    def fails_to_close(environ, start_response):
        class Bad(Result):
            def close(self):
                raise ValueError("in close")
        ok(start_response)
        return Bad(b"one")

    released = threading.Event()

    def works_on(environ, start_response):
        class Late(Result):
            def close(self):
                released.wait(60)
                environ["wsgi.errors"].write("so late\\n")
                raise ValueError("in close")
        ok(start_response, ("Content-Length", "3"))
        return Late(b"one")

    def release(environ, start_response):
        released.set()
        return single(environ, start_response)

    def replaced(environ, start_response):
        ok(start_response)
        try:
            raise ValueError("replaced")
        except ValueError:
            start_response("500 Oops", [("X-Error", "yes")], sys.exc_info())
        return [b"sorry"]

    def too_late(environ, start_response):
        write = ok(start_response)
        write(b"one")
        try:
            raise ValueError("too late")
        except ValueError:
            start_response("500 Oops", [], sys.exc_info())
        return [b"not reached"]

    def twice(environ, start_response):
        ok(start_response)
        try:
            ok(start_response)
        except AssertionError:
            return [b"refused"]

    def never(environ, start_response):
        return [b"no head"]

    def not_at_all(environ, start_response):
        return []

    def text(environ, start_response):
        ok(start_response)
        return ["text"]

    def bad(environ, start_response):
        """Tries heads that must be refused, each with the exception it must raise."""
        heads = [
            (200, [], TypeError), ("200", [], ValueError), ("20 OK", [], ValueError),
            ("xyz OK", [], ValueError), ("200 O\\nK", [], ValueError),
            ("100 Continue", [], ValueError), ("99 Low", [], ValueError),
            ("200 OK", (), TypeError), ("200 OK", [["a", "b"]], TypeError),
            ("200 OK", [("a",)], TypeError), ("200 OK", [("a", 1)], TypeError),
            ("200 OK", [(b"a", "b")], TypeError), ("200 OK", [("a", b"b")], TypeError),
            ("200 OK", [("a b", "c")], ValueError), ("200 OK", [("", "c")], ValueError),
            ("200 OK", [("a:", "c")], ValueError),
            ("200 OK", [("a", "b\\r\\nSet-Cookie: c")], ValueError),
            ("200 OK", [("a", "b\\0")], ValueError), ("200 OK", [("a\\n", "b")], ValueError),
            ("200 OK", [("Connection", "close")], ValueError),
            ("200 OK", [("transfer-encoding", "chunked")], ValueError),
            ("200 OK", [("Content-Length", "-1")], ValueError),
            ("200 OK", [("Content-Length", "x")], ValueError),
            ("200 OK", [("Content-Length", "1"), ("content-length", "2")], ValueError),
            ("200 OK", [("a", "\\u20ac")], UnicodeEncodeError),
        ]
        wrong = []
        for status, fields, kind in heads:
            try:
                start_response(status, fields)
                wrong.append((status, fields, "accepted"))
            except Exception as error:
                if type(error) is not kind:
                    wrong.append((status, fields, repr(error)))
        ok(start_response, ("X-Latin", "\\xe9"), ("X-Tab", "a\\tb"))
        return [repr(wrong).encode()]

    def file(environ, start_response):
        ok(start_response)
        file = open(__file__, "rb")
        file.read(10)
        return environ["wsgi.file_wrapper"](file)

    def part(environ, start_response):
        ok(start_response, ("Content-Length", "5"))
        return environ["wsgi.file_wrapper"](open(__file__, "rb"), 100)

    def memory(environ, start_response):
        ok(start_response)
        return environ["wsgi.file_wrapper"](io.BytesIO(b"m" * 20000), 7000)

    def pipe(environ, start_response):
        ok(start_response)
        reader, writer = os.pipe()
        os.write(writer, b"through a pipe")
        os.close(writer)
        return environ["wsgi.file_wrapper"](os.fdopen(reader, "rb"))

    def kernel(environ, start_response):
        ok(start_response)
        return environ["wsgi.file_wrapper"](open("/proc/self/status", "rb"))

    def closed_file(environ, start_response):
        ok(start_response)
        file = open(__file__, "rb")
        file.close()
        return environ["wsgi.file_wrapper"](file)
'''


class Responses(WorkerCase):
    def setUp(self):
        super().setUp()
        self.start(APPLICATION)

    def test_a_list_has_its_length_computed_and_is_one_message(self):
        response = self.get("/single")
        self.assertEqual((response.status, response.reason), (200, "OK"))
        self.assertEqual((response.length, response.body, response.end), (3, b"one", 0))
        self.assertEqual(self.get("/several").length, 6)
        self.assertEqual(self.get("/several").body, b"onetwo")
        response = self.get("/nothing")
        self.assertEqual((response.length, response.body, response.end), (0, b"", 0))

    def test_blocks_of_an_iterable_are_sent_as_they_come(self):
        response = self.get("/generator")
        self.assertEqual((response.length, response.body), (-1, b"onetwo"))
        self.assertEqual(response.frames, [front.HEAD, front.DATA, front.DATA, front.END])
        self.assertEqual(self.get("/late").body, b"late")

    def test_long_content_comes_whole(self):
        self.assertEqual(self.get("/big").body, b"x" * 3000000)
        self.assertEqual(self.get("/bigger").body, b"y" * 3000000 + b"z" * 100)

    def test_write_sends_before_the_result(self):
        response = self.get("/write")
        self.assertEqual((response.body, response.length), (b"onetwothree", -1))

    def test_content_never_exceeds_its_length(self):
        response = self.get("/long")
        self.assertEqual((response.length, response.body, response.end), (4, b"onet", 0))
        long, response = response, self.get("/exact")
        self.assertEqual(long.frames.count(front.END), 1)
        self.assertEqual((response.body, response.end), (b"onetwo", 0))

    def test_content_short_of_its_length_is_aborted(self):
        response = self.get("/short")
        self.assertEqual((response.body, response.end), (b"one", front.ABORTED))
        self.assertIn("shorter", response.log())

    def test_statuses_without_content_have_none(self):
        response = self.get("/empty")
        self.assertEqual((response.status, response.body, response.length), (204, b"", -1))
        response = self.get("/unchanged")
        self.assertEqual((response.status, response.body, response.length), (304, b"", 77))
        self.assertEqual(response.end, 0)

    def test_head_requests_have_no_content_and_the_same_length(self):
        response = self.get("/single", method="HEAD")
        self.assertEqual((response.body, response.length, response.end), (b"", 3, 0))
        response = self.get("/exact", method="HEAD")
        self.assertEqual((response.body, response.length, response.end), (b"", 6, 0))

    def test_close_is_called_in_every_ending(self):
        for path in ("exact", "long", "short", "fails_midway", "empty"):
            self.get("/" + path)
        self.get("/exact", method="HEAD")
        closed = eval(self.get("/count").body)
        self.assertEqual(len(closed), 6, closed)

    def test_an_exception_before_the_head_is_a_failure(self):
        for path, words in (("fails", "before the head"), ("fails_started", "after start_response"),
                            ("text", "bytes"), ("never", "start_response")):
            response = self.get("/" + path)
            self.assertEqual((response.status, response.end), (None, front.FAILED), path)
            self.assertIn(words, response.log())
            self.assertIn(self.script, response.log())
        self.assertEqual(self.get("/not_at_all").end, front.FAILED)
        self.assertIn("Traceback", self.get("/fails").log())

    def test_an_exception_after_the_head_aborts(self):
        response = self.get("/fails_midway")
        self.assertEqual((response.body, response.end), (b"one", front.ABORTED))
        self.assertIn("ValueError: midway", response.log())

    def test_an_exception_in_close_is_logged(self):
        response = self.get("/fails_to_close")
        self.assertEqual((response.body, response.end), (b"one", 0))
        self.assertIn("in close", response.log())

    def test_a_request_ends_with_the_last_content_whatever_close_does(self):
        self.start(APPLICATION, threads=2)
        response = self.get("/works_on")
        self.assertEqual((response.body, response.end, response.logs), (b"one", 0, []))
        self.assertEqual(self.get("/release").body, b"one")
        self.worker.stop()
        self.worker.close()
        # The request is over, so this is not for its log.
        self.assertIn("so late\n", self.worker.errors.text)
        self.assertIn("ValueError: in close\n", self.worker.errors.text)

    def test_exc_info_replaces_a_head_that_has_not_been_sent(self):
        response = self.get("/replaced")
        self.assertEqual((response.status, response.reason), (500, "Oops"))
        self.assertEqual(response.fields, [("X-Error", "yes")])
        self.assertEqual(response.body, b"sorry")

    def test_exc_info_is_raised_again_after_the_head(self):
        response = self.get("/too_late")
        self.assertEqual((response.status, response.body), (200, b"one"))
        self.assertEqual(response.end, front.ABORTED)
        self.assertIn("ValueError: too late", response.log())

    def test_start_response_twice_is_refused(self):
        self.assertEqual(self.get("/twice").body, b"refused")

    def test_heads_that_are_none_are_refused(self):
        response = self.get("/bad")
        self.assertEqual(response.body, b"[]")
        self.assertEqual(response["X-Latin"], ["\xe9"])
        self.assertEqual(response["X-Tab"], ["a\tb"])

    def test_a_plain_file_is_handed_over(self):
        with open(self.script, "rb") as file:
            content = file.read()
        response = self.get("/file")
        self.assertEqual(response.files, [(10, len(content) - 10)])
        self.assertEqual((response.body, response.length), (content[10:], len(content) - 10))
        response = self.get("/part")
        self.assertEqual((response.body, response.files), (content[:5], [(0, 5)]))

    def test_other_files_are_read(self):
        response = self.get("/memory")
        self.assertEqual((response.body, response.files), (b"m" * 20000, []))
        self.assertEqual(response.frames.count(front.DATA), 3)
        self.assertEqual(self.get("/pipe").body, b"through a pipe")
        self.assertIn(b"Pid:", self.get("/kernel").body)
        self.assertEqual(self.get("/closed_file").end, front.FAILED)

    def test_a_file_for_a_head_request_is_not_sent(self):
        response = self.get("/part", method="HEAD")
        self.assertEqual((response.body, response.files, response.length), (b"", [], 5))


class Validated(WorkerCase):
    def test_all_passes_the_validator_of_the_standard_library(self):
        self.start('''
            from wsgiref.validate import validator

            def inner(environ, start_response):
                size = len(environ["wsgi.input"].read(5) + environ["wsgi.input"].read(-1))
                size += len(environ["wsgi.input"].readline())
                list(environ["wsgi.input"])
                environ["wsgi.errors"].write("a word\\n")
                environ["wsgi.errors"].flush()
                environ["wsgi.errors"].writelines(["and", " more\\n"])
                write = start_response("200 OK", [("Content-Type", "text/plain")])
                write(b"size ")
                return [str(size).encode()]

            application = validator(inner)
        ''')
        for content in (b"", b"some content\nin lines\n"):
            response = self.post(content)
            self.assertEqual(response.log(), "a word\nand more")
            self.assertEqual((response.end, response.body), (0, b"size %d" % len(content)))


class AfterTheEnd(WorkerCase):
    def test_what_an_application_keeps_of_a_request_is_dead(self):
        self.start('''
            kept = []

            def application(environ, start_response):
                found = []
                for use in kept:
                    try:
                        use()
                        found.append("alive")
                    except RuntimeError:
                        found.append("dead")
                write = start_response("200 OK", [])
                kept[:] = [environ["wsgi.input"].read, lambda: write(b"x"),
                           lambda: start_response("200 OK", [], None)]
                return [" ".join(found).encode()]
        ''')
        self.get()
        response = self.get()
        self.assertEqual((response.body, response.end), (b"dead dead dead", 0))

    def test_a_client_that_leaves_ends_a_stream_without_end(self):
        self.start('''
            closed = []

            class Endless:
                def __iter__(self):
                    while True:
                        yield b"block"
                def close(self):
                    closed.append(1)

            def application(environ, start_response):
                start_response("200 OK", [])
                return [b"closed %d" % len(closed)] if environ["PATH_INFO"] == "/n" else Endless()
        ''')
        request = self.front.send(self.variables())
        response = self.front.wait(request, lambda response: len(response.body) > 1000)
        response.slot.send(front.ABORT, request)
        self.front.wait(request)
        self.assertEqual(response.end, front.ABORTED)
        self.assertEqual(self.get("/n").body, b"closed 1")
        # Or the front just closes the stream.
        request = self.front.send(self.variables())
        response = self.front.wait(request, lambda response: len(response.body) > 1000)
        self.front.drop(response.slot)
        self.assertEqual(self.get("/n").body, b"closed 2")


if __name__ == "__main__":
    unittest.main()
