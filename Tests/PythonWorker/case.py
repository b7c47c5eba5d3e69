# SPDX-License-Identifier: Apache-2.0
"""What the tests of the worker have in common."""
import os
import shutil
import tempfile
import textwrap
import unittest

import front


class WorkerCase(unittest.TestCase):
    """A test with a folder, and workers that end with it."""

    def setUp(self):
        self.folder = os.path.realpath(tempfile.mkdtemp())
        self.addCleanup(shutil.rmtree, self.folder)

    def write(self, name, text):
        path = os.path.join(self.folder, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(textwrap.dedent(text))
        return path

    def generation(self, processes=1, threads=1):
        parent = front.Parent(processes, threads)
        self.addCleanup(parent.close)
        return parent

    def loop(self, parent):
        loop = front.Loop(parent)
        self.addCleanup(loop.close)
        return loop

    def start(self, source, threads=1, environment=None, **options):
        """Starts a worker with a script; it is ready then."""
        self.script = self.write("app.wsgi", source)
        self.parent = self.generation(threads=threads)
        self.worker = self.parent.start(
            script=self.script + "\tapplication", process_group="group", environment=environment,
            **options)
        self.worker.expect("ready")
        self.front = self.loop(self.parent)

    def variables(self, method="GET", path="/", script=None, **more):
        variables = {
            "REQUEST_METHOD": method, "SCRIPT_NAME": "", "PATH_INFO": path, "QUERY_STRING": "",
            "SERVER_NAME": "localhost", "SERVER_PORT": "80", "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1", "wsgi.url_scheme": "http",
            "SCRIPT_FILENAME": script or self.script, "mod_wsgi.callable_object": "application",
        }
        variables.update(more)
        return variables

    def get(self, path="/", method="GET", **how):
        return self.front.request(self.variables(method, path), **how)

    def post(self, content, **more):
        return self.front.request(
            self.variables("POST", CONTENT_LENGTH=str(len(content)), **more), body=content)
