# SPDX-License-Identifier: Apache-2.0
"""Which interface an application has: WSGI, ASGI 3, or ASGI 2 with its two calls.

The module `inspect` knows all this too, but takes long to import.
"""
from types import FunctionType, MethodType

WSGI, ASGI, LEGACY_ASGI = "wsgi", "asgi", "asgi2"
CO_VARARGS, CO_COROUTINE = 0x04, 0x80


def find(application):
    """One of the above; what is not clearly another is WSGI."""
    function = inner(application)
    # The marks of asgiref's decorators.
    if getattr(function, "_asgi_single_callable", False):
        return ASGI
    if getattr(function, "_asgi_double_callable", False):
        return LEGACY_ASGI
    if isinstance(function, type):
        if is_coroutine_function(getattr(function, "__call__", None)):
            return LEGACY_ASGI  # The instance, which is made of the scope, is the second call.
        return ASGI if hasattr(function, "__await__") else WSGI
    if is_coroutine_function(function) or is_coroutine_function(getattr(function, "__call__", None)):
        return ASGI
    return {1: LEGACY_ASGI, 3: ASGI}.get(required_arguments(function), WSGI)


def inner(function):
    """What functools.partial and functools.wraps have been put around."""
    for _ in range(100):
        if not isinstance(function, type) and "func" in dir(type(function)) and hasattr(
                function, "keywords"):
            function = function.func
        elif isinstance(function, FunctionType) and hasattr(function, "__wrapped__"):
            function = function.__wrapped__
        else:
            break
    return function


def is_coroutine_function(function):
    function = inner(function)
    function = getattr(function, "__func__", function)
    code = getattr(function, "__code__", None)
    if code is not None and code.co_flags & CO_COROUTINE:
        return True
    # The marks of asyncio and inspect for what is not written as one.
    return any(getattr(function, mark, None) is not None and not isinstance(function, type)
               for mark in ("_is_coroutine", "_is_coroutine_mark"))


def required_arguments(function):
    """How many arguments it must be given by place; 0 if that cannot be found out."""
    if not isinstance(function, (FunctionType, MethodType)):
        function = getattr(function, "__call__", None)
    bound = 1 if isinstance(function, MethodType) else 0
    function = getattr(function, "__func__", function)
    if not isinstance(function, FunctionType) or function.__code__.co_flags & CO_VARARGS:
        return 0
    return function.__code__.co_argcount - len(function.__defaults__ or ()) - bound


def adapt(application):
    """A callable of scope, receive and send that returns a coroutine."""
    if find(application) == LEGACY_ASGI:
        async def call(scope, receive, send):
            return await application(scope)(receive, send)
        return call
    for function in (application, getattr(type(application), "__call__", None)):
        function = getattr(function, "__func__", function)
        if isinstance(function, FunctionType) and function.__code__.co_flags & CO_COROUTINE:
            return application

    async def call(scope, receive, send):
        return await application(scope, receive, send)
    return call
