# SPDX-License-Identifier: Apache-2.0
import json

from check import Site, expect, expect_in, url

site = Site(url())
expect("/", site.get("/").content, b"Hello from Flask\n")
response = site.post_file("/form", "picture", b"x" * 300_000, title="a bird")
expect("form", json.loads(response.content),
       {"fields": {"title": "a bird"}, "files": {"picture": 300_000}})
response = site.get("/login?name=Ada")
expect("login", (response.status, response.headers["Location"]), (302, site.prefix + "/name"))
expect("session", site.get("/name").content, b"Ada")
expect("stream", site.get("/stream").content.count(b"\n"), 1000)
whole = site.get("/file")
expect_in("file", b"A Flask site", whole.content)
expect("conditional", site.get("/file", If_None_Match=whole.headers["ETag"]).status, 304)
part = site.get("/file", Range="bytes=2-10")
expect("range", (part.status, part.content), (206, whole.content[2:11]))
expect("log", site.get("/log").status, 200)
expect("teapot", site.get("/teapot").status, 418)
expect("fault", site.get("/fault").status, 500)
