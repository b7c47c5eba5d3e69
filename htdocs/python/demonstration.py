# SPDX-License-Identifier: Apache-2.0
"""The page at /python/: a WSGI application that needs nothing but Python.

Scripts/serve shows it where there is a python3. To serve it alone:

    apus-serve htdocs/python/demonstration.py
"""

import html
import itertools
import os
import platform
import threading
import time

started = time.time()
answered = itertools.count(1)

PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <meta name="color-scheme" content="light dark">
  <title>Python answers</title>
  <link rel="icon" href="/swift.svg" type="image/svg+xml">
  <link rel="stylesheet" href="/style.css">
</head>
<body>
  <header>
    <h1>Python answers.</h1>
    <p>This page is made by <code>{file}</code>, a WSGI application in a process of its own.
      Change the file and load the page again: the new version is there.</p>
  </header>
  <main>
    <section>
      <h2>Who has answered</h2>
      <dl>
{facts}
      </dl>
    </section>
    <section>
      <h2>What was asked</h2>
      <dl>
{asked}
      </dl>
    </section>
  </main>
</body>
</html>
"""

# What tells about the server and the request; not the fields that hold secrets.
ASKED = (
    "REQUEST_METHOD", "SCRIPT_NAME", "PATH_INFO", "QUERY_STRING", "SERVER_PROTOCOL",
    "SERVER_NAME", "SERVER_PORT", "REMOTE_ADDR", "HTTP_HOST", "HTTP_USER_AGENT",
    "HTTP_ACCEPT_LANGUAGE", "wsgi.url_scheme", "wsgi.multithread", "wsgi.multiprocess",
)


def rows(pairs):
    return "\n".join(
        "        <dt>%s</dt>\n        <dd><code>%s</code></dd>"
        % (html.escape(name), html.escape(str(value)))
        for name, value in pairs
    )


def application(environ, start_response):
    facts = (
        ("Python", platform.python_version()),
        ("Process", os.getpid()),
        ("Thread", threading.current_thread().name),
        ("Process group", environ.get("mod_wsgi.process_group", "")),
        ("Requests of this process", next(answered)),
        ("Seconds since it started", int(time.time() - started)),
    )
    asked = [(name, environ[name]) for name in ASKED if name in environ]
    body = PAGE.format(
        file=html.escape(__file__), facts=rows(facts), asked=rows(asked)
    ).encode("utf-8", "replace")
    start_response("200 OK", [
        ("Content-Type", "text/html; charset=utf-8"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
    ])
    return [body]
