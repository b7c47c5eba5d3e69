# SPDX-License-Identifier: Apache-2.0
"""wsgi.input, of content in the packet and of content that is asked for."""
import hashlib
import unittest

import front
from case import WorkerCase

APPLICATION = '''
    import hashlib

    def application(environ, start_response):
        write = None
        input = environ["wsgi.input"]
        how = environ["PATH_INFO"][1:]
        if how == "all":
            body = repr([input.read(), input.read(), input.read(5), input.readline()])
        elif how == "pieces":
            body = repr([input.read(0), input.read(3), input.read(2), input.read(1000)])
        elif how == "none":
            body = repr([input.read(None), input.readline(None)])
        elif how == "lines":
            body = repr([input.readline(), input.readline(3), input.readline(-1),
                         input.readlines(), input.readline()])
        elif how == "hint":
            body = repr([input.readlines(3), input.readlines()])
        elif how == "iterate":
            body = repr(list(input))
        elif how == "digest":
            digest, count = hashlib.md5(), 0
            while True:
                piece = input.read(100000)
                if not piece:
                    break
                digest.update(piece)
                count += len(piece)
            body = "%d %s" % (count, digest.hexdigest())
        elif how == "echo":
            start_response("200 OK", [])
            return iter(lambda: input.read(65536), b"")
        elif how == "begin":
            body = repr(input.read(4))
        elif how == "broken":
            try:
                while input.read(70000):
                    pass
                body = "no error"
            except OSError as error:
                body = "OSError " + str(error)
        else:
            body = "ignored"
        start_response("200 OK", [])
        return [body.encode()]
'''

LINES = b"first\nsecond line\nthird\nlast"


class Inputs(WorkerCase):
    def setUp(self):
        super().setUp()
        self.start(APPLICATION)

    def both(self, path, content):
        """The response's text, the same for content inline and streamed, known length or not."""
        variables = self.variables("POST", path)
        texts = {self.front.request(variables, body=content).body}
        for length in (len(content), -1):
            for piece in (50000, 3):
                texts.add(self.front.upload(variables, content, piece, length).body)
        self.assertEqual(len(texts), 1, texts)
        return eval(texts.pop())

    def test_read(self):
        self.assertEqual(self.both("/all", LINES), [LINES, b"", b"", b""])
        self.assertEqual(self.both("/pieces", LINES), [b"", LINES[:3], LINES[3:5], LINES[5:]])
        self.assertEqual(self.both("/none", LINES), [LINES, b""])

    def test_lines(self):
        self.assertEqual(self.both("/lines", LINES),
                         [b"first\n", b"sec", b"ond line\n", [b"third\n", b"last"], b""])
        self.assertEqual(self.both("/hint", LINES),
                         [[b"first\n"], [b"second line\n", b"third\n", b"last"]])
        self.assertEqual(self.both("/iterate", LINES),
                         [b"first\n", b"second line\n", b"third\n", b"last"])

    def test_a_long_line(self):
        line = b"x" * 200000 + b"\n"
        response = self.front.upload(self.variables("POST", "/iterate"), line + b"y")
        self.assertEqual(eval(response.body), [line, b"y"])

    def test_no_content(self):
        self.assertEqual(self.get("/all").body, b"[b'', b'', b'', b'']")
        self.assertEqual(self.get("/iterate").body, b"[]")
        response = self.front.upload(self.variables("POST", "/all"), b"")
        self.assertEqual(response.body, b"[b'', b'', b'', b'']")

    def test_much_content_comes_whole(self):
        content = bytes(range(256)) * 40000
        wanted = b"%d %s" % (len(content), hashlib.md5(content).hexdigest().encode())
        for length in (len(content), -1):
            response = self.front.upload(
                self.variables("POST", "/digest"), content, 70000, length)
            self.assertEqual(response.body, wanted)
        response = self.front.upload(self.variables("POST", "/echo"), content[:3000000])
        self.assertEqual(response.body, content[:3000000])

    def test_content_is_asked_for_only_when_it_is_read(self):
        response = self.front.upload(self.variables("POST", "/ignore"), LINES)
        self.assertEqual((response.body, response.wanted), (b"ignored", 0))
        # What was asked for and not read does not get into the next request.
        for _ in range(3):
            response = self.front.upload(self.variables("POST", "/begin"), b"abcd" * 50000, 1000)
            self.assertEqual(response.body, b"b'abcd'")
            self.assertLess(response.wanted, 150000)
        self.assertEqual(eval(self.front.upload(self.variables("POST", "/all"), LINES).body)[0],
                         LINES)

    def test_a_client_that_leaves_is_an_error(self):
        for length in (1000000, -1):
            response = self.front.upload(
                self.variables("POST", "/broken"), b"x" * 1000000, length=length, abort_at=100000)
            self.assertEqual(response.body, b"OSError request data read error")
        self.assertEqual(self.get("/all").end, 0)

    def test_a_stream_that_breaks_is_an_error_and_serving_goes_on(self):
        request = self.front.send(self.variables("POST", "/broken"), body="stream")
        response = self.front.wait(request, lambda response: response.wanted)
        self.front.drop(response.slot)
        self.assertEqual(self.get("/all").end, 0)


if __name__ == "__main__":
    unittest.main()
