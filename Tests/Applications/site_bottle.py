# SPDX-License-Identifier: Apache-2.0
"""A Bottle site."""

import bottle

application = bottle.Bottle()


@application.route("/")
def hello():
    return "Hello from Bottle\n"


@application.route("/greet/<name>")
def greet(name):
    return {"greeting": f"Hello {name}"}


@application.post("/form")
def form():
    return {"field": bottle.request.forms.getunicode("field")}
