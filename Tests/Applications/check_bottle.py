# SPDX-License-Identifier: Apache-2.0
import json

from check import Site, expect, url

site = Site(url())
expect("/", site.get("/").content, b"Hello from Bottle\n")
expect("json", json.loads(site.get("/greet/Zo%C3%AB").content), {"greeting": "Hello Zoë"})
expect("form", json.loads(site.post_form("/form", {"field": "größe"}).content), {"field": "größe"})
expect("missing", site.get("/nowhere").status, 404)
