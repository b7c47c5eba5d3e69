# SPDX-License-Identifier: Apache-2.0
import hashlib
import json
import re

from check import Site, expect, expect_in, url

site = Site(url())
expect("/", site.get("/").content, b"Hello from Django\n")

# The admin: a page with a form, its static files, a login, a page behind it.
login = site.get("/admin/login/?next=/admin/")
expect("login page", login.status, 200)
token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', login.content).group(1).decode()
style = re.search(rb'href="([^"]+base[^"]*\.css)"', login.content).group(1).decode()
site.prefix = ""
css = site.get(style)
expect("style", (css.status, css.headers["Content-Type"].split(";")[0]), (200, "text/css"))
site = Site(url())
site.get("/admin/login/?next=/admin/")
login = site.get("/admin/login/?next=/admin/")
token = re.search(rb'name="csrfmiddlewaretoken" value="([^"]+)"', login.content).group(1).decode()
wrong = site.post_form("/admin/login/?next=/admin/", {
    "csrfmiddlewaretoken": token, "username": "admin", "password": "wrong"})
expect("wrong password", wrong.status, 200)
right = site.post_form("/admin/login/?next=/admin/", {
    "csrfmiddlewaretoken": token, "username": "admin", "password": "swift"})
expect("login", (right.status, right.headers["Location"]), (302, "/admin/"))
page = site.get("/admin/")
expect("admin", page.status, 200)
expect_in("admin", b"Site administration", page.content)
users = site.get("/admin/auth/user/")
expect_in("users", b"admin@example.com", users.content)

# A streamed download, and a 100 MB upload.
download = site.get("/download?megabytes=20")
expect("download", len(download.content), 20 * 2**20)
content = bytes(range(256)) * (100 * 2**20 // 256)
response = site.post_file("/upload", "big", content, title="100 MB")
expect("upload", json.loads(response.content), {
    "fields": {"title": "100 MB"},
    "files": {"big": {"size": len(content), "sha256": hashlib.sha256(content).hexdigest()}}})

expect("fault", site.get("/fault").status, 500)
expect("missing", site.get("/nowhere").status, 404)
