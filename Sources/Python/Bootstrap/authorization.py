# SPDX-License-Identifier: Apache-2.0
"""mod_wsgi's access and authentication scripts: one question, one answer."""
from apus_worker import logs, scripts


def verdict(value):
    return "unknown" if value is None else "allowed" if value else "denied"


def allow_access(function, environ):
    return [verdict(function(environ, environ.get("REMOTE_HOST") or environ.get("REMOTE_ADDR")))]


def check_password(function, environ):
    result = function(
        environ, environ["mod_wsgi.auth_user"], environ["mod_wsgi.auth_password"])
    # A name instead of True is what the user is called from now on.
    return ["allowed", result] if isinstance(result, str) else [verdict(result)]


def get_realm_hash(function, environ):
    result = function(environ, environ["mod_wsgi.auth_user"], environ["mod_wsgi.auth_realm"])
    return ["unknown"] if result is None else ["allowed", result]


def groups_for_user(function, environ):
    return ["allowed", *function(environ, environ["mod_wsgi.auth_user"])]


questions = {
    question.__name__: question
    for question in (allow_access, check_password, get_realm_hash, groups_for_user)
}


def dispatch(script, environ):
    """What WSGIDispatchScript's functions say; the script needs not have all of them."""
    module = scripts.module(script)
    words = ["allowed"]
    for name in ("process_group", "application_group", "callable_object"):
        function = getattr(module, name, None)
        value = function(environ) if function else None
        if value is not None:
            if not isinstance(value, str):
                raise TypeError("%s of '%s' returned something that is not str" % (name, script))
            words.append("%s=%s" % (name, value))
    return words


def answer(script, environ):
    """Words with a NUL between; None if the script cannot be loaded."""
    name = environ["mod_wsgi.auth_function"]
    try:
        if name == "dispatch":
            return "\0".join(dispatch(script, environ)).encode("utf-8", "surrogateescape")
        function = scripts.find(script, name)
    except (scripts.NotLoaded, scripts.NoCallable) as error:
        logs.log(scripts.explain(script, error))
        return None
    environ["wsgi.version"] = (1, 0)
    environ["wsgi.errors"] = logs.errors
    words = questions[name](function, environ)
    for word in words:
        if not isinstance(word, str):
            raise TypeError("%s of '%s' returned something that is not str" % (name, script))
    return "\0".join(words).encode("utf-8", "surrogateescape")
