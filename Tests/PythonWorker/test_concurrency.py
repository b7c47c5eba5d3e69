# SPDX-License-Identifier: Apache-2.0
"""How many threads of a process answer at once."""
import collections
import unittest

from case import WorkerCase

APPLICATION = '''
    import os, threading
    barrier = threading.Barrier(4)
    ended = threading.Event()
    lock = threading.Lock()
    within = beside_others = 0

    def compute():
        global within, beside_others
        with lock:
            within += 1
            beside_others += within > 1
        for _ in range(20):
            sum(range(1000))
            os.stat("/")  # lets go of the interpreter's lock
        with lock:
            within -= 1

    def application(environ, start_response):
        path = environ["PATH_INFO"]
        if path == "/wait":
            barrier.wait(60)
        if path == "/compute":
            compute()
        if path == "/compute-until-the-end":
            while not ended.is_set():
                sum(range(20000))
        if path == "/end":
            ended.set()
        start_response("200 OK", [])
        return [b"%d" % beside_others]
'''


class Concurrency(WorkerCase):
    def ask(self, count, path, times=1):
        for _ in range(times):
            requests = [self.front.send(self.variables(path=path)) for _ in range(count)]
            for request in requests:
                self.assertEqual(self.front.wait(request).status, 200)

    def test_all_threads_answer_when_they_wait(self):
        self.start(APPLICATION, threads=4)
        self.ask(4, "/wait", times=3)

    def test_a_request_that_takes_long_does_not_keep_others_from_being_answered(self):
        self.start(APPLICATION, threads=4)
        long = [self.front.send(self.variables(path="/compute-until-the-end")) for _ in range(2)]
        for _ in range(20):
            self.assertEqual(self.get("/compute").status, 200)
        self.assertEqual(self.get("/end").status, 200)
        for request in long:
            self.assertEqual(self.front.wait(request).status, 200)

    def share_beside_others(self, count=500):
        """Of so many requests, of which some always wait, those that began beside another one."""
        before = int(self.get("/").body)
        waiting = collections.deque()
        for _ in range(count):
            waiting.append(self.front.send(self.variables(path="/compute")))
            if len(waiting) > 32:
                self.front.wait(waiting.popleft())
        for request in waiting:
            self.front.wait(request)
        return (int(self.get("/").body) - before) / count

    def take_turns(self):
        """Whether they come to do so, and keep to it."""
        in_a_row = 0
        for _ in range(60):
            in_a_row = in_a_row + 1 if self.share_beside_others() < 0.3 else 0
            if in_a_row == 5:
                return True
        return False

    def test_requests_that_compute_are_answered_one_after_another(self):
        self.start(APPLICATION, threads=4)
        self.assertTrue(self.take_turns())

    def test_threads_that_have_waited_take_turns_again_when_they_compute(self):
        self.start(APPLICATION, threads=4)
        self.ask(4, "/wait", times=10)
        self.assertTrue(self.take_turns())


if __name__ == "__main__":
    unittest.main()
