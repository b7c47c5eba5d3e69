# SPDX-License-Identifier: Apache-2.0
"""ASGI on uvloop: the same tests, in an environment that has it.

It is made here, with pip; without a package index there is nothing to test.
"""
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

import asgi_front
import front
import test_asgi_http
import test_asgi_tasks
import test_asgi_websocket

folder = missing = None
own = front.PYTHON


def has_uvloop(python):
    return subprocess.run(
        [python, "-c", "import uvloop"], stderr=subprocess.DEVNULL).returncode == 0


def setUpModule():
    global folder, missing
    if not has_uvloop(front.PYTHON):
        folder = tempfile.mkdtemp()
        python = os.path.join(folder, "bin", "python")
        missing = make_environment(front.PYTHON, python)
        front.PYTHON = python
    asgi_front.Case.event_loop = "uvloop"


def make_environment(base, python):
    """What is missing for one with uvloop; None if nothing is."""
    for command in ([base, "-m", "venv", folder],
                    [python, "-m", "pip", "install", "--quiet", "--only-binary", ":all:",
                     "--disable-pip-version-check", "uvloop"]):
        try:
            done = subprocess.run(
                command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=120)
        except subprocess.TimeoutExpired:
            return "there is no answer of a package index"
        if done.returncode:
            return "uvloop cannot be installed"
    return None


def tearDownModule():
    asgi_front.Case.event_loop = "asyncio"
    front.PYTHON = own
    if folder is not None:
        shutil.rmtree(folder)


def set_up(case):
    if missing:
        case.skipTest(missing)
    asgi_front.Case.setUp(case)


def load_tests(loader, tests, pattern):
    suite = unittest.TestSuite()
    for module in (test_asgi_http, test_asgi_tasks, test_asgi_websocket):
        for name, case in sorted(vars(module).items()):
            if isinstance(case, type) and issubclass(case, asgi_front.Case) and (
                    case is not asgi_front.Case):
                # A class of this module, or its set-up would not be run.
                own_case = type(name, (case,), {"__module__": __name__, "setUp": set_up})
                suite.addTests(loader.loadTestsFromTestCase(own_case))
    return suite


if __name__ == "__main__":
    unittest.main()
