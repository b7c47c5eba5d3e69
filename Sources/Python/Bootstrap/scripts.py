# SPDX-License-Identifier: Apache-2.0
"""Loads applications: scripts as mod_wsgi loads them, and objects of modules by name."""
import importlib
import os
import sys
from threading import Lock

from apus_worker import logs

DEFAULT_CALLABLE = "application"

loaded = {}  # modules by script
locks = {}
locks_lock = Lock()


class NotLoaded(Exception):
    """The module of a script could not be made; why is its cause."""


class NoCallable(Exception):
    """The module is there, but not what was asked for in it."""


def module_name(path):
    try:
        from _md5 import md5  # hashlib would load OpenSSL.
    except ImportError:
        from hashlib import md5
    return "_mod_wsgi_" + md5(path.encode("utf-8", "surrogateescape")).hexdigest()


def run_script(path):
    with open(path, "rb") as file:
        code = compile(file.read(), path, "exec", dont_inherit=True)
    module = type(sys)(module_name(path))
    module.__file__ = path
    sys.modules[module.__name__] = module
    try:
        exec(code, module.__dict__)
    except BaseException:
        sys.modules.pop(module.__name__, None)
        raise
    return module


def module(script):
    """The module of a script, which is a path or the name of a module; loaded if it has not been."""
    if script in loaded:
        return loaded[script]
    with locks_lock:
        lock = locks.setdefault(script, Lock())
    with lock:
        if script not in loaded:
            try:
                if os.path.isabs(script):
                    loaded[script] = run_script(script)
                else:
                    loaded[script] = importlib.import_module(script)
            except BaseException as error:
                raise NotLoaded(script) from error
    return loaded[script]


def find(script, name):
    """The application: `path` and a name in it, or `package.module:name.name`."""
    if not os.path.isabs(script) and ":" in script:
        script, name = script.split(":", 1)
    value = module(script)
    try:
        for attribute in (name or DEFAULT_CALLABLE).split("."):
            value = getattr(value, attribute)
    except AttributeError:
        raise NoCallable(
            "Target WSGI script '%s' does not contain WSGI application '%s'."
            % (script, name or DEFAULT_CALLABLE)) from None
    return value


def explain(script, error):
    """What the error log says about an application that is not there."""
    who = "mod_wsgi (pid=%d): " % os.getpid()
    if isinstance(error, NoCallable):
        return who + str(error)
    cause = error.__cause__ or error
    text = who + "Failed to exec Python script file '%s'.\n" % script
    if isinstance(cause, SystemExit):
        text += who + "SystemExit exception raised when doing exec of Python script file '%s'.\n" % (
            script)
    else:
        text += who + "Exception occurred processing WSGI script '%s'.\n" % script
    return text + logs.describe(type(cause), cause, cause.__traceback__)
