# SPDX-License-Identifier: Apache-2.0
"""mod_wsgi's access and authentication scripts: one question, one answer."""
from apus_worker import logs, scripts


def verdict(value):
    return "unknown" if value is None else "allowed" if value else "denied"


def allow_access(function, environ):
    return [verdict(function(environ, environ.get("REMOTE_HOST") or environ.get("REMOTE_ADDR")))]


def argument(environ, name):
    """What is for the function alone, as text: mod_wsgi takes it for UTF-8."""
    return environ.pop("mod_wsgi.auth_" + name).encode("latin-1").decode(
        "utf-8", "surrogateescape")


def word(result, expectation):
    """What a function returned, for the server: mod_wsgi takes only Latin-1."""
    if not isinstance(result, str):
        raise TypeError(expectation)
    return result.encode("latin-1").decode("utf-8", "surrogateescape")


def check_password(function, environ):
    user, password = argument(environ, "user"), argument(environ, "password")
    result = function(environ, user, password)
    if result is None or result is True or result is False:
        return [verdict(result)]
    # A name instead of True is what the user is called from now on.
    return ["allowed", word(
        result, "Basic auth provider must return True, False None or user name as "
        "string")]


def get_realm_hash(function, environ):
    user, realm = argument(environ, "user"), argument(environ, "realm")
    result = function(environ, user, realm)
    if result is None:
        return ["unknown"]
    return ["allowed", word(
        result, "Digest auth provider must return None or string object")]


def groups_for_user(function, environ):
    user = argument(environ, "user")
    return ["allowed", *(
        word(group, "Groups for user returned from '%s' must be an iterable sequence of strings."
             % environ.get("mod_wsgi.handler_script", ""))
        for group in function(environ, user))]


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
