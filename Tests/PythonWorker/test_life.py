# SPDX-License-Identifier: Apache-2.0
"""The life of a worker: its start, its end, signals, crashes, logs and preloading."""
import ast
import os
import signal
import subprocess
import sys
import threading
import time
import unittest

import front
from case import WorkerCase
from front import LISTING, leaked

APPLICATION = '''
    import atexit, os, signal, subprocess, sys, threading, time
    atexit.register(lambda: print("at exit", flush=True))
    started = threading.Event()

    def application(environ, start_response):
        result = globals()[environ["PATH_INFO"][1:]](environ)
        start_response("200 OK", [("Content-Type", "text/plain")])
        return [str(result).encode()]

    def hello(environ):
        return "hello"

    def read(environ):
        return environ["wsgi.input"].read()

    def slow(environ):
        time.sleep(0.3)
        return "slow"

    def leave(environ):
        sys.exit(3)

    def quit(environ):
        os._exit(7)

    def crash(environ):
        os.kill(os.getpid(), signal.SIGSEGV)
        time.sleep(60)

    def child(environ):
        return subprocess.check_output([sys.executable, "-c", @LISTING@], close_fds=False).decode()

    def fork(environ):
        pid = os.fork()
        if pid == 0:
            time.sleep(600)
            os._exit(0)
        return pid

    def prints(environ):
        print("to stdout")
        print("first", "second", sep="\\n", file=sys.stderr)
        print("not ended", end="", flush=True)
        sys.stderr.write("half ")
        sys.stderr.flush()
        sys.stderr.write("line\\n")
        os.write(1, b"raw\\n")
        return "printed"

    def logs(environ):
        environ["wsgi.errors"].write("one\\ntwo\\nha")
        environ["wsgi.errors"].write("lf \\u20ac\\n")
        environ["wsgi.errors"].writelines(["a", "b"])
        environ["wsgi.errors"].flush()
        environ["wsgi.errors"].write("rest")
        thread = threading.Thread(target=environ["wsgi.errors"].write, args=("elsewhere\\n",))
        thread.start()
        thread.join()
        return "logged"

    def stuck(environ):
        started.set()
        while True:
            time.sleep(0.01)

    def deadlock(environ):
        import ctypes
        libc = ctypes.PyDLL(None)  # Keeps the GIL.
        sleep = libc.sleep
        os.write(2, b"stuck from now on\\n")
        sleep(600)

    def helper(environ):
        threading.Thread(target=time.sleep, args=(600,), daemon=False).start()
        return "started"
'''.replace("@LISTING@", repr(LISTING))


class Life(WorkerCase):
    def text(self, path):
        return self.get(path).body.decode()

    def test_hello_tells_about_the_interpreter(self):
        self.start(APPLICATION)
        hello = dict(self.worker.messages[0][1])
        self.assertEqual(self.worker.messages[0][0], "hello")
        self.assertEqual(hello["pid"], str(self.worker.process.pid))
        self.assertRegex(hello["python"], r"^3\.\d+\.\d+$")
        self.assertRegex(hello["soabi"], r"^cpython-3")

    def test_settings_of_the_interpreter(self):
        self.start('''
            import sys, threading, locale, time
            def application(environ, start_response):
                start_response("200 OK", [])
                return [repr((sys.getswitchinterval(), threading.stack_size(),
                              locale.setlocale(locale.LC_ALL))).encode()]
        ''', switch_interval="0.02", stack_size="1048576", locale="C.UTF-8")
        interval, size, locale = eval(self.get().body)
        self.assertAlmostEqual(interval, 0.02)
        self.assertEqual((size, locale), (1048576, "C.UTF-8"))

    def test_the_title_names_the_group(self):
        for title, words in (("(wsgi:group)", {}), ("named", {"display_name": "named"})):
            self.start(APPLICATION, **words)
            with open("/proc/%d/cmdline" % self.worker.process.pid, "rb") as file:
                self.assertEqual(file.read().rstrip(b"\0").decode(), title)

    def test_a_poisoned_environment_does_no_harm(self):
        self.start(APPLICATION, environment={"PYTHONHOME": "/nowhere", "PYTHONPATH": self.folder,
                                             "HOME": "/nowhere"})
        self.write("os.py", "raise ValueError")
        self.assertEqual(self.text("/hello"), "hello")

    def test_a_root_directory_without_proc(self):
        program = os.path.join(self.folder, "python")
        with open(program, "w") as file:
            file.write('#!/bin/sh\nexec unshare -m sh -c \'mount -t tmpfs none /proc && exec "$@"\' '
                       '- %s "$@"\n' % front.PYTHON)
        os.chmod(program, 0o755)
        if subprocess.run([program, "-c", ""], stderr=subprocess.DEVNULL).returncode:
            self.skipTest("needs the right to mount")
        self.script = self.write("app.wsgi", APPLICATION)
        self.parent = front.Parent(python=program)
        self.addCleanup(self.parent.close)
        self.worker = self.parent.start(script=self.script + "\tapplication")
        self.worker.expect("ready")
        self.front = self.loop(self.parent)
        self.assertEqual(self.text("/hello"), "hello")

    def test_a_virtual_environment(self):
        folder = os.path.join(self.folder, "venv")
        subprocess.run([front.PYTHON, "-m", "venv", "--without-pip", folder], check=True)
        self.script = self.write("app.wsgi", "import sys\n"
                                 "def application(environ, start_response):\n"
                                 "    start_response('200 OK', [])\n"
                                 "    return [sys.prefix.encode()]\n")
        self.parent = front.Parent(python=os.path.join(folder, "bin", "python"))
        self.addCleanup(self.parent.close)
        self.parent.start(script=self.script + "\tapplication").expect("ready")
        self.front = self.loop(self.parent)
        self.assertEqual(self.text("/"), folder)

    def test_stop_ends_everything_in_order(self):
        self.start(APPLICATION, threads=4)
        self.assertEqual(self.text("/hello"), "hello")
        self.assertEqual(self.worker.stop(), 0)
        self.assertEqual(self.parent.board.process()["state"], 3)
        self.worker.close()
        self.assertEqual(self.worker.output.text, "at exit\n")
        self.assertEqual(self.worker.errors.text, "")

    def test_what_is_queued_is_served_before_the_end(self):
        self.start(APPLICATION)
        requests = [self.front.send(self.variables(path="/slow")) for _ in range(3)]
        self.worker.send("stop", "cause", "test")
        for request in requests:
            self.assertEqual(self.front.wait(request).body, b"slow")
        self.assertEqual(self.worker.process.wait(front.DEADLINE), 0)

    def test_a_request_that_does_not_end_is_left_after_the_timeout(self):
        self.start(APPLICATION, threads=2)
        self.front.send(self.variables(path="/stuck"))
        self.wait_for_request()
        self.assertEqual(self.worker.stop(graceful_timeout=0.1, shutdown_timeout=1), 0)

    def test_the_parent_may_lose_its_patience(self):
        self.start(APPLICATION, threads=2)
        request = self.front.send(self.variables(path="/stuck"))
        self.wait_for_request()
        self.worker.send("stop", "graceful-timeout", "600")
        # It still answers.
        self.worker.send("dump", "request", "%x" % request)
        self.worker.expect("dumped")
        self.assertIsNone(self.worker.process.poll())
        self.assertEqual(self.worker.stop(graceful_timeout=0, shutdown_timeout=1), 0)

    def test_a_thread_of_the_application_holds_up_the_end_so_long_only(self):
        self.start(APPLICATION)
        self.text("/helper")
        self.assertEqual(self.worker.stop(shutdown_timeout=0.2), 0)
        self.worker.close()
        self.assertIn("Shutdown timeout", self.worker.errors.text)

    def test_the_parents_death_ends_the_worker(self):
        self.start(APPLICATION)
        self.worker.control.close()
        self.assertEqual(self.worker.process.wait(front.DEADLINE), 0)

    def test_signals_end_the_worker(self):
        for number in (signal.SIGTERM, signal.SIGINT):
            self.start(APPLICATION, threads=2)
            self.text("/hello")
            self.worker.process.send_signal(number)
            self.assertEqual(self.worker.process.wait(front.DEADLINE), 0)

    def test_SIGUSR1_asks_for_a_successor(self):
        self.start(APPLICATION, threads=2)
        self.worker.process.send_signal(signal.SIGUSR1)
        self.assertEqual(self.worker.expect("retire")["cause"], "eviction")
        self.text("/hello")
        self.assertEqual(self.worker.stop(), 0)

    def test_what_is_restricted(self):
        self.start('''
            import signal, sys
            before = signal.getsignal(signal.SIGALRM)
            signal.signal(signal.SIGALRM, print)

            def application(environ, start_response):
                answers = [signal.getsignal(signal.SIGALRM) is before]
                for use in (lambda: sys.stdin.read(), lambda: print("x")):
                    try:
                        use()
                    except OSError as error:
                        answers.append(str(error))
                start_response("200 OK", [])
                return [repr(answers).encode()]
        ''', restrict_stdin=1, restrict_stdout=1, restrict_signal=1)
        self.assertEqual(eval(self.get().body), [
            True, "sys.stdin access restricted by mod_wsgi",
            "sys.stdout access restricted by mod_wsgi"])
        self.assertIn(
            "Callback registration for signal %d ignored." % signal.SIGALRM,
            self.worker.errors.text)
        self.assertEqual(self.worker.stop(), 0)

    def test_an_interpreter_that_is_not_destroyed_runs_nothing_at_its_end(self):
        for value in (0, 1):
            self.start(APPLICATION, destroy_interpreter=value)
            self.text("/hello")
            self.assertEqual(self.worker.stop(), 0)
            self.worker.close()
            self.assertEqual("at exit" in self.worker.output.text, bool(value))

    def test_signals_may_be_the_applications_own(self):
        self.start('''
            import signal, threading
            seen = []
            for number in (signal.SIGTERM, signal.SIGUSR1):
                signal.signal(number, lambda number, frame: seen.append(
                    (number, threading.current_thread() is threading.main_thread())))

            def application(environ, start_response):
                start_response("200 OK", [])
                return [repr(seen).encode()]
        ''', threads=2)
        self.get()
        self.worker.process.send_signal(signal.SIGUSR1)
        deadline = time.monotonic() + front.DEADLINE
        while self.get().body != b"[(%d, True)]" % signal.SIGUSR1:
            self.assertLess(time.monotonic(), deadline)
        self.worker.process.send_signal(signal.SIGTERM)
        while len(eval(self.get().body)) < 2:
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(self.worker.stop(), 0)

    def test_exit_in_a_request_is_only_logged(self):
        self.start(APPLICATION)
        response = self.get("/leave")
        self.assertEqual(response.end, front.FAILED)
        self.assertIn("SystemExit exception raised", response.log())
        self.assertEqual(self.text("/hello"), "hello")

    def test_a_crash_shows_in_the_scoreboard_and_others_go_on(self):
        self.parent = self.generation(processes=2)
        self.script = self.write("app.wsgi", APPLICATION)
        workers = [self.parent.start(n, script=self.script + "\tapplication") for n in range(2)]
        for worker in workers:
            worker.expect("ready")
        self.front = self.loop(self.parent)
        request = self.front.send(self.variables(path="/quit"))
        deadline = time.monotonic() + front.DEADLINE
        while all(worker.process.poll() is None for worker in workers):
            self.assertLess(time.monotonic(), deadline)
        dead = next(n for n in range(2) if workers[n].process.poll() is not None)
        self.assertEqual(workers[dead].process.returncode, 7)
        self.assertEqual(self.parent.board.slot(0, dead)["request"], request)
        for _ in range(5):
            self.assertEqual(self.text("/hello"), "hello")

    def test_a_fault_leaves_the_stacks_on_standard_error(self):
        self.start(APPLICATION)
        self.front.send(self.variables(path="/crash"))
        self.assertEqual(self.worker.process.wait(front.DEADLINE), -signal.SIGSEGV)
        self.worker.close()
        self.assertIn("Fatal Python error", self.worker.errors.text)
        self.assertIn("in crash", self.worker.errors.text)

    def test_programs_that_the_application_runs_get_no_descriptors(self):
        self.start(APPLICATION, threads=2)
        self.text("/hello")
        response = self.get("/child")
        found = ast.literal_eval(response.body.decode())
        self.assertEqual(leaked(found), [], response.log())

    def test_a_forked_child_does_not_hide_the_workers_death(self):
        self.start(APPLICATION)
        response = self.get("/fork")
        pid = int(response.body)
        self.worker.process.kill()
        try:
            while True:
                turn = self.front.turn()
                self.assertTrue(turn)
                if turn[0][1] is None:
                    break
        finally:
            os.kill(pid, signal.SIGKILL)

    def test_standard_streams_say_which_request_a_line_is_of(self):
        self.start("print('at start')\n" + "\n".join(
            line[4:] for line in APPLICATION.splitlines()))
        variables = self.variables(path="/prints")
        variables["mod_wsgi.request_id"] = "1a2b-c-7.12"
        self.front.request(variables)
        self.worker.stop()
        self.worker.close()
        tag = "\x1e1a2b-c-7.12\x1f"
        self.assertEqual(self.worker.errors.text,
                         "".join(tag + line + "\n" for line in ("first", "second", "half line")))
        self.assertEqual(sorted(self.worker.output.text.rstrip("\n").split("\n")),
                         sorted(["at start", tag + "to stdout", tag + "not ended", "raw", "at exit"]))

    def test_wsgi_errors_is_logged_with_the_request(self):
        self.start(APPLICATION)
        response = self.get("/logs")
        self.assertEqual(response.logs, ["one", "two", "half \u20ac", "ab", "rest"])
        self.worker.stop()
        self.worker.close()
        self.assertEqual(self.worker.errors.text, "elsewhere\n")

    def test_requests_are_counted_and_the_parent_asked_for_a_successor(self):
        self.start(APPLICATION, maximum_requests=3)
        for _ in range(2):
            self.text("/hello")
        self.assertEqual(len(self.worker.messages), 2)
        for _ in range(4):
            self.text("/hello")
        self.assertEqual(self.worker.expect("retire"), {"cause": "maximum-requests"})
        self.assertEqual(self.worker.stop(), 0)
        self.assertEqual(sum(verb == "retire" for verb, _ in self.worker.messages), 1)

    def wait_for_request(self, slot=0):
        deadline = time.monotonic() + front.DEADLINE
        while True:
            for slot in range(self.parent.threads):
                if self.parent.board.slot(slot)["request"]:
                    return slot
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.01)

    def test_a_dump_shows_where_a_request_is(self):
        self.start(APPLICATION, threads=2)
        variables = self.variables(path="/stuck")
        variables["mod_wsgi.request_id"] = "1a2b-c-7.12"
        request = self.front.send(variables)
        self.wait_for_request()
        stack = ""
        while "in stuck" not in stack:
            self.worker.send("dump", "cause", "test", "request", "%x" % request)
            dumped = self.worker.expect("dumped")
            self.assertEqual(
                (dumped["request"], dumped["name"]), ("%x" % request, "1a2b-c-7.12"))
            stack = dumped["stack"]
        self.worker.send("dump", "cause", "test")
        self.assertIn("in stuck", self.worker.expect("dumped")["stack"])

    def test_a_request_can_be_interrupted(self):
        self.start(APPLICATION, threads=2)
        request = self.front.send(self.variables(path="/stuck"))
        self.wait_for_request()
        # Once it is within the application; before, there is nothing to interrupt.
        stack = ""
        while "in stuck" not in stack:
            self.worker.send("dump", "request", "%x" % request)
            stack = self.worker.expect("dumped")["stack"]
        self.worker.send("interrupt", "request", "%x" % request)
        response = self.front.wait(request)
        self.assertEqual((response.end, response.end_status), (front.FAILED, 504))
        self.assertIn("RequestTimeout", response.log())
        self.assertEqual(self.text("/hello"), "hello")

    def test_a_stuck_interpreter_stops_its_heart_and_shows_its_stacks(self):
        self.start(APPLICATION, deadlock_timeout=10)
        deadline = time.monotonic() + front.DEADLINE
        while self.parent.board.process()["heartbeat"] < 2:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.front.send(self.variables(path="/deadlock"))
        # The stacks of threads that run could not be walked through safely.
        while "stuck from now on" not in self.worker.errors.text:
            self.assertLess(time.monotonic(), deadline)
            time.sleep(0.05)
        self.worker.process.send_signal(signal.SIGRTMAX - 2)
        while "in deadlock" not in self.worker.errors.text:
            self.assertIsNone(self.worker.process.poll(), self.worker.errors.text)
            self.assertLess(time.monotonic(), deadline, self.worker.errors.text)
            time.sleep(0.05)
        beat = self.parent.board.process()["heartbeat"]
        time.sleep(2.5)
        self.assertEqual(self.parent.board.process()["heartbeat"], beat)


class Preloading(WorkerCase):
    def test_workers_are_forked_from_a_template(self):
        self.script = self.write("app.wsgi", '''
            import os
            loaded_by = os.getpid()
            print("loaded")

            def application(environ, start_response):
                start_response("200 OK", [])
                return [b"%d %d" % (loaded_by, os.getpid())]
        ''')
        self.parent = self.generation(processes=2)
        template = self.parent.start(script=self.script + "\tapplication", preload="yes")
        self.assertEqual(template.expect("ready")["interface"], "wsgi")
        channels, pids = [], []
        for number in range(2):
            control, control_end = front.socket.socketpair(
                front.socket.AF_UNIX, front.socket.SOCK_SEQPACKET)
            door, door_end = front.socket.socketpair(
                front.socket.AF_UNIX, front.socket.SOCK_SEQPACKET)
            template.send("fork", "process", number,
                          descriptors=[control_end.fileno(), door_end.fileno()])
            for end in (control_end, door_end):
                end.close()
            forked = template.expect("forked")
            self.assertEqual(forked["process"], str(number))
            pids.append(int(forked["pid"]))
            control.settimeout(front.DEADLINE)
            words = front.receive(control, front.LIMIT)[0].split(b"\0")
            self.assertEqual((words[0], words[2]), (b"hello", b"%d" % pids[-1]))
            self.assertEqual(front.receive(control, front.LIMIT)[0], b"ready\0interface\0wsgi")
            self.assertEqual(self.parent.board.process(number)["pid"], pids[-1])
            self.addCleanup(control.close)
            self.addCleanup(door.close)
            channels.append(control)
        self.front = self.loop(self.parent)
        seen = set()
        deadline = time.monotonic() + front.DEADLINE
        while len(seen) < 2:
            requests = [self.front.send(self.variables()) for _ in range(8)]
            for request in requests:
                loaded, served = map(int, self.front.wait(request).body.split())
                self.assertEqual(loaded, template.process.pid)
                seen.add(served)
            self.assertLess(time.monotonic(), deadline)
        self.assertEqual(seen, set(pids))
        for number, control in enumerate(channels):
            front.send(control, b"stop\0cause\0test")
            ended = template.expect("ended")
            self.assertEqual(ended, {"pid": str(pids[number]), "status": "0"})
        self.assertEqual(template.stop(), 0)


class Library(unittest.TestCase):
    """The extension as a file."""

    def test_it_needs_the_c_library_alone_and_shows_one_symbol(self):
        output = subprocess.run(["readelf", "-dW", "--dyn-syms", front.EXTENSION], check=True,
                                stdout=subprocess.PIPE, universal_newlines=True).stdout
        needed = [line.split("[")[1].split("]")[0] for line in output.splitlines()
                  if "(NEEDED)" in line]
        self.assertEqual([name.split(".")[0] for name in needed], ["libc"])
        symbols = [line.split() for line in output.splitlines() if " GLOBAL " in line]
        self.assertEqual([s[7] for s in symbols if s[6] != "UND"], ["PyInit_apus_worker"])


if __name__ == "__main__":
    unittest.main()
