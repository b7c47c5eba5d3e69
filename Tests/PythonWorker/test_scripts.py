# SPDX-License-Identifier: Apache-2.0
"""How applications are found and loaded, and what happens when they are not."""
import hashlib
import os
import unittest

import front
from case import WorkerCase

NAMES = '''
    import sys

    def application(environ, start_response):
        start_response("200 OK", [])
        module = sys.modules[__name__]
        return [repr((__name__, __file__, module.application is application, sys.argv)).encode()]

    def other(environ, start_response):
        start_response("200 OK", [])
        return [b"other"]

    class Holder:
        inner = staticmethod(other)
'''


class Scripts(WorkerCase):
    def call(self, script=None, callable="application", **more):
        return self.front.request(
            self.variables(script=script, **dict({"mod_wsgi.callable_object": callable}, **more)))

    def test_a_script_is_a_module_named_after_its_path(self):
        self.start(NAMES)
        name, file, is_same, arguments = eval(self.call().body)
        self.assertEqual(name, "_mod_wsgi_" + hashlib.md5(self.script.encode()).hexdigest())
        self.assertEqual((file, is_same, arguments), (self.script, True, ["mod_wsgi"]))

    def test_callables_and_several_scripts(self):
        self.start(NAMES)
        self.assertEqual(self.call(callable="other").body, b"other")
        self.assertEqual(self.call(callable="Holder.inner").body, b"other")
        second = self.write("second.wsgi", NAMES)
        self.assertEqual(eval(self.call(second).body)[1], second)
        handler = self.write("handler.wsgi", NAMES)
        self.assertEqual(
            eval(self.call(**{"mod_wsgi.handler_script": handler}).body)[1], handler)

    def test_a_callable_that_is_not_there_is_not_found(self):
        self.start(NAMES)
        response = self.call(callable="missing")
        self.assertEqual((response.end, response.end_status), (front.NOT_LOADED, 404))
        self.assertIn("does not contain WSGI application 'missing'", response.log())

    def test_a_script_that_fails_is_tried_again(self):
        self.start(NAMES)
        broken = self.write("broken.wsgi", "import sys\nraise ValueError('not yet')\n")
        for _ in range(2):
            response = self.call(broken)
            self.assertEqual((response.end, response.end_status), (front.NOT_LOADED, 0))
            self.assertIn("ValueError: not yet", response.log())
            self.assertIn("Failed to exec Python script file '%s'." % broken, response.log())
        self.write("broken.wsgi", NAMES)
        self.assertEqual(self.call(broken, callable="other").body, b"other")
        for text, words in (("def", "SyntaxError"), ("raise SystemExit(3)", "SystemExit"),
                            ("x = 1", "does not contain")):
            response = self.call(self.write("third.wsgi", text + "\n"))
            self.assertEqual(response.end, front.NOT_LOADED)
            self.assertIn(words, response.log())
        self.assertEqual(self.call(os.path.join(self.folder, "gone")).end, front.NOT_LOADED)

    def test_a_failure_at_start_is_told_to_the_parent(self):
        script = self.write("app.wsgi", "raise ValueError('at start')\n")
        self.script = script
        for options in ({}, {"on_failure": "serve"}):
            self.parent = self.generation()
            self.front = self.loop(self.parent)
            worker = self.parent.start(script=script + "\tapplication", **options)
            failed = worker.expect("failed")
            self.assertEqual(failed["script"], script)
            self.assertIn("ValueError: at start", failed["traceback"])
            worker.expect("ready")
            self.assertEqual(self.call().end, front.NOT_LOADED)
            self.assertEqual(worker.stop(), 0)
            self.assertIn("ValueError: at start", worker.errors.text)
        worker = self.parent.start(script=script + "\tapplication", on_failure="exit")
        worker.expect("failed")
        self.assertEqual(worker.process.wait(front.DEADLINE), 1)

    def test_a_module_by_name_and_the_python_path(self):
        package = os.path.join(self.folder, "site", "package")
        os.makedirs(package)
        os.makedirs(os.path.join(self.folder, "extra"))
        self.write("site/package/__init__.py", "")
        self.write("site/package/module.py", NAMES)
        self.write("site/more.pth", os.path.join(self.folder, "extra") + "\n")
        self.write("extra/json.py", "mine = True\n")
        self.write("app.wsgi", """
            import json, package.module
            def application(environ, start_response):
                start_response("200 OK", [])
                return [repr(json.mine).encode()]
        """)
        self.script = os.path.join(self.folder, "app.wsgi")
        self.parent = self.generation()
        self.front = self.loop(self.parent)
        worker = self.parent.start(
            script=[self.script + "\tapplication", "package.module:other\t"],
            python_path=os.path.join(self.folder, "site"))
        worker.expect("ready")
        self.assertEqual(self.call("package.module:other").body, b"other")
        self.assertEqual(self.call("package.module", callable="other").body, b"other")
        self.assertEqual(self.call().body, b"True")

    def test_import_scripts_run_at_start(self):
        first = self.write("import.py", "import builtins\nbuiltins.imported = __name__\n")
        failing = self.write("failing.py", "raise ValueError('import script')\n")
        self.start("""
            def application(environ, start_response):
                start_response("200 OK", [])
                return [imported.encode()]
        """, import_script=[failing, first])
        self.assertTrue(self.get().body.startswith(b"_mod_wsgi_"))
        self.worker.stop()
        self.assertIn("ValueError: import script", self.worker.errors.text)

    def test_the_module_mod_wsgi(self):
        self.start("""
            import mod_wsgi
            def application(environ, start_response):
                start_response("200 OK", [])
                return [repr((mod_wsgi.process_group, mod_wsgi.threads_per_process)).encode()]
        """, threads=3)
        self.assertEqual(eval(self.get().body), ("group", 3))


AUTHORIZATION = '''
    def allow_access(environ, host):
        return {"127.0.0.1": True, "127.0.0.2": False}.get(host)

    def check_password(environ, user, password):
        if user == "none":
            return None
        if user == "renamed":
            return "other"
        return password == "secret \\xe9"

    def get_realm_hash(environ, user, realm):
        return user + ":" + realm if user == "known" else None

    def groups_for_user(environ, user):
        if user == "fails":
            raise KeyError(user)
        return ["one", "two"] if user == "known" else []
'''


class Authorization(WorkerCase):
    def ask(self, function, user="known", script=None, **more):
        variables = self.variables(script=script)
        variables.update({"mod_wsgi.auth_function": function, "mod_wsgi.auth_user": user,
                          "mod_wsgi.auth_realm": "there"})
        variables.update(more)
        return self.front.request(variables, kind=front.AUTHORIZE)

    def test_questions(self):
        self.start(AUTHORIZATION + "    def application(environ, start_response): pass\n")
        for host, answer in (("127.0.0.1", b"allowed"), ("127.0.0.2", b"denied"),
                             ("127.0.0.3", b"unknown")):
            self.assertEqual(self.ask("allow_access", REMOTE_ADDR=host).body, answer)
        for user, password, answer in (
                # UTF-8 is text; other bytes are told apart from all text.
                ("a", "secret \xc3\xa9", b"allowed"), ("a", "secret \xe9", b"denied"),
                ("a", "wrong", b"denied"),
                ("none", "", b"unknown"), ("renamed", "", b"allowed\0other")):
            self.assertEqual(self.ask("check_password", user,
                                      **{"mod_wsgi.auth_password": password}).body, answer)
        self.assertEqual(self.ask("get_realm_hash").body, b"allowed\0known:there")
        self.assertEqual(self.ask("get_realm_hash", "stranger").body, b"unknown")
        self.assertEqual(self.ask("groups_for_user").body, b"allowed\0one\0two")
        self.assertEqual(self.ask("groups_for_user", "stranger").body, b"allowed")
        self.assertEqual(self.ask("groups_for_user").end, 0)

    def test_failures(self):
        self.start(AUTHORIZATION + "    def application(environ, start_response): pass\n")
        response = self.ask("groups_for_user", "fails")
        self.assertEqual((response.end, response.body), (front.FAILED, b""))
        self.assertIn("KeyError", response.log())
        response = self.ask("groups_for_user", script=self.write("empty.py", "\n"))
        self.assertEqual((response.end, response.body), (front.NOT_LOADED, b""))


if __name__ == "__main__":
    unittest.main()
