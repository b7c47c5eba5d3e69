# SPDX-License-Identifier: Apache-2.0
"""Asks validated.py for everything it has."""

import os
import socket

from check import Site, expect, expect_in, url

site = Site(url())

for path, content in {
    "/plain": b"plain\n",
    "/unknown_length": b"no length\n",
    "/single": b"single\n",
    "/generator": b"".join(b"%d\n" % number for number in range(100)),
    "/write": b"written first\nthen returned\n",
    "/file": b"0123456789" * 20_000,
    "/file?199990": b"0123456789",
    "/memory_file": b"from memory\n" * 1000,
    "/errors": b"plain\n",
}.items():
    response = site.get(path)
    expect(path, (response.status, response.content), (200, content))
    head = site.request("HEAD", path)
    expect("HEAD " + path, (head.status, head.content), (200, b""))

expect("/empty", site.get("/empty").status, 204)
response = site.get("/replaced")
expect("/replaced", (response.status, response.reason, response.content),
       (500, "Oh no", b"replaced\n"))
expect("/raises", site.get("/raises").status, 500)
expect("/nowhere", site.get("/nowhere").status, 404)

# Content of requests.
for size in (0, 1, 16_383, 16_384, 16_385, 100_000, 3_000_000):
    content = os.urandom(size)
    response = site.post("/echo", content, "application/octet-stream")
    expect(f"echo of {size} bytes", response.content == content, True)
    response = site.request("POST", "/echo", iter([content[:1000], content[1000:]]),
                            {"Content-Type": "application/octet-stream"})
    expect(f"echo of {size} bytes in chunks", response.content == content, True)
text = b"one\ntwo\nthree\n"
expect("/lines", site.post("/lines", text, "text/plain").content, b"one\n2 more\n")
expect("/iterated", site.post("/iterated", text * 1000, "text/plain").content, b"3000 lines\n")
# Content that the application does not read leaves the connection usable.
expect("unread", site.post("/plain", b"x" * 100_000, "text/plain").content, b"plain\n")
expect("after it", site.get("/plain").content, b"plain\n")

# Variables.
seen = site.get("/variables?a=b%20c", X_Twice="1", Proxy="evil").content.decode("latin-1")
for line in ("QUERY_STRING='a=b%20c'", "REQUEST_METHOD='GET'", "PATH_INFO='/variables'",
             "wsgi.url_scheme='http'", "wsgi.version=(1, 0)", "wsgi.run_once=False",
             "HTTP_X_TWICE='1'", "wsgi.input_terminated=True"):
    expect_in("variables", line, seen)
expect("no Proxy", "HTTP_PROXY" in seen, False)
expect("no Authorization",
       "HTTP_AUTHORIZATION" in site.get("/variables", Authorization="Basic eDp5").content.decode(),
       False)

# A client that leaves in the middle harms nobody.
for _ in range(5):
    with socket.create_connection((site.host, site.port)) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\nabc")
expect("afterwards", site.get("/plain").content, b"plain\n")
