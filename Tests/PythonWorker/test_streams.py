# SPDX-License-Identifier: Apache-2.0
"""Streams, the queue and the scoreboard."""
import os
import struct
import time
import unittest

import front
from case import WorkerCase

APPLICATION = '''
    import threading, time
    barrier = threading.Barrier(2)

    def application(environ, start_response):
        start_response("200 OK", [])
        if environ["PATH_INFO"] == "/both":
            barrier.wait(60)
        if environ["PATH_INFO"] == "/wait":
            environ["wsgi.input"].read()
        return [environ["PATH_INFO"].encode()]
'''


class Streams(WorkerCase):
    def test_the_greeting_says_who_it_is(self):
        self.start(APPLICATION, threads=2)
        response = self.get()
        self.assertEqual(
            response.slot.slot,
            (front.VERSION, self.worker.process.pid, 0, response.slot.slot[3]))
        self.assertIn(response.slot.slot[3], (0, 1))

    def test_two_threads_serve_at_once_and_each_has_its_stream(self):
        self.start(APPLICATION, threads=2)
        requests = [self.front.send(self.variables(path="/both")) for _ in range(2)]
        responses = [self.front.wait(request) for request in requests]
        self.assertEqual({response.slot.slot[3] for response in responses}, {0, 1})
        self.assertEqual(len(self.front.streams), 2)

    def test_a_stream_too_many_is_refused(self):
        self.start(APPLICATION)
        self.get()
        self.assertEqual(self.get(attach=True).body, b"/")
        while self.front.new:
            self.assertTrue(self.front.turn())
        self.assertEqual(self.front.surplus, 1)
        self.assertEqual(self.get().body, b"/")

    def test_a_stream_that_a_thread_does_not_need_is_for_another_one(self):
        self.start(APPLICATION, threads=3)
        # One after another, so that one thread could take all.
        for _ in range(100):
            self.get()
            while self.front.new:
                self.assertTrue(self.front.turn())
            if len(self.front.streams) == 3:
                break
        self.assertEqual({stream.slot[3] for stream in self.front.streams.values()}, {0, 1, 2})
        requests = [self.front.send(self.variables(path="/wait"), body="stream", attach=False)
                    for _ in range(3)]
        responses = [self.front.wait(r, lambda response: response.wanted) for r in requests]
        self.assertEqual({response.slot.slot[3] for response in responses}, {0, 1, 2})
        for request, response in zip(requests, responses):
            response.slot.send(front.BODY_END, request)
            self.front.wait(request)

    def test_each_loop_has_its_own_stream_and_few_are_kept(self):
        self.start(APPLICATION)
        loops = [self.loop(self.parent) for _ in range(270)]
        for loop in loops:
            self.assertEqual(loop.request(self.variables()).body, b"/")
        loops[-1].request(self.variables())
        self.assertEqual(len(loops[-1].streams), 1)
        # The one not used for longest has been closed.
        self.assertEqual(loops[0].turn()[0][1], None)
        self.assertEqual(loops[0].streams, {})
        self.assertEqual(loops[0].request(self.variables()).body, b"/")

    def test_a_stream_that_the_front_has_closed_is_replaced(self):
        self.start(APPLICATION)
        for _ in range(3):
            self.front.drop(self.get().slot)

    def test_one_ring_is_for_all_packets_of_a_burst(self):
        self.start(APPLICATION)
        self.get()
        requests = [self.front.send(self.variables(), rings=False) for _ in range(20)]
        self.parent.board.ring(len(requests))
        for request in requests:
            self.assertEqual(self.front.wait(request).body, b"/")

    def test_many_short_requests_are_answered_by_another_scheduling(self):
        self.start(APPLICATION, cpu_scheduling="auto")
        self.get()
        thread = self.parent.board.slot(0)["thread"]
        self.assertEqual(os.sched_getscheduler(thread), os.SCHED_OTHER)

        def policy_after(ask):
            end = time.monotonic() + front.DEADLINE
            while time.monotonic() < end:
                ask()
                yield os.sched_getscheduler(thread)

        def burst():
            requests = [self.front.send(self.variables(), rings=False) for _ in range(256)]
            self.parent.board.ring(len(requests))
            for request in requests:
                self.front.wait(request)

        def slowly():
            for _ in range(64):
                self.get()
                time.sleep(0.001)

        self.assertIn(os.SCHED_BATCH, policy_after(burst))
        self.assertIn(os.SCHED_OTHER, policy_after(slowly))

    def test_ping_is_answered(self):
        self.start(APPLICATION)
        request = self.front.send(kind=front.PING)
        response = self.front.wait(request, lambda response: response.frames)
        self.assertEqual(response.frames, [front.PONG])
        request = self.front.send(kind=front.PING)
        self.front.wait(request, lambda response: response.frames)

    def test_an_expired_request_is_not_begun(self):
        self.start(APPLICATION)
        response = self.get(expires=int(time.time() * 1e6) - 1)
        self.assertEqual((response.end, response.status), (front.EXPIRED, None))
        self.assertEqual(response.times, (0, 0))
        self.assertEqual(self.get(expires=int(time.time() * 1e6) + 60000000).end, 0)

    def test_the_scoreboard_tells_what_goes_on(self):
        self.start(APPLICATION)
        board = self.parent.board
        self.assertEqual((board.interface(), board.process()["state"]), (1, 2))
        self.assertEqual(board.process()["pid"], self.worker.process.pid)
        request = self.front.send(self.variables(path="/wait"), body="stream")
        response = self.front.wait(request, lambda response: response.wanted)
        self.assertEqual(board.slot(0)["request"], request)
        self.assertEqual(board.queued(), 0)
        self.assertTrue(os.path.exists("/proc/%d/task/%d" % (
            self.worker.process.pid, board.slot(0)["thread"])))
        response.slot.send(front.BODY_END, request)
        self.front.wait(request)
        self.assertAlmostEqual(response.times[0], time.time() * 1e6, delta=120e6)
        # The line is cleared after the last frame has gone out.
        self.get()
        self.assertGreaterEqual(board.process()["requests"], 1)
        self.assertGreaterEqual(board.slot(0)["requests"], 1)
        self.assertGreater(board.process()["last_active"], response.times[0])


if __name__ == "__main__":
    unittest.main()
