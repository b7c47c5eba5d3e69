# SPDX-License-Identifier: Apache-2.0
"""The end of the interpreter, with threads in all states that they can be in."""
import unittest

from case import WorkerCase

APPLICATION = '''
    import threading, time

    def application(environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/sleep":
            time.sleep(600)
        elif path == "/compute":
            while True:
                pass
        elif path == "/lock":
            lock = threading.Lock()
            lock.acquire()
            lock.acquire()
        elif path == "/read":
            environ["wsgi.input"].read()
        start_response("200 OK", [])
        return [b"hello"]
'''


class Finalization(WorkerCase):
    def test_it_ends_cleanly_whatever_its_threads_do(self):
        for _ in range(20):
            self.start(APPLICATION, threads=6)
            for path in ("/sleep", "/compute", "/lock"):
                self.front.send(self.variables(path=path))
            self.front.send(self.variables(path="/read"), body="stream")
            # Two threads are left, one of which waits for the next request.
            self.assertEqual(self.get("/hello").body, b"hello")
            self.assertEqual(self.worker.stop(graceful_timeout=0, shutdown_timeout=2), 0)
            self.worker.close()
            self.assertEqual(self.worker.errors.text, "")
            self.doCleanups()
            self.setUp()


if __name__ == "__main__":
    unittest.main()
