# SPDX-License-Identifier: Apache-2.0
"""A Flask site."""

import logging

from flask import Flask, Response, abort, jsonify, redirect, request, send_file, session, url_for

application = Flask(__name__)
application.secret_key = "a test has no secrets"
application.logger.setLevel(logging.INFO)


@application.route("/")
def hello():
    return "Hello from Flask\n"


@application.route("/form", methods=["POST"])
def form():
    return jsonify(fields=request.form.to_dict(),
                   files={name: len(file.read()) for name, file in request.files.items()})


@application.route("/login")
def login():
    session["name"] = request.args["name"]
    return redirect(url_for("name"))


@application.route("/name")
def name():
    return session.get("name", "nobody")


@application.route("/stream")
def stream():
    return Response((f"line {number}\n" for number in range(1000)), mimetype="text/plain")


@application.route("/file")
def file():
    return send_file(__file__, mimetype="text/x-python", conditional=True)


@application.route("/log")
def log():
    application.logger.info("said by Flask's logger")
    print("printed by Flask")
    return "logged\n"


@application.route("/teapot")
def teapot():
    abort(418)


@application.route("/fault")
def fault():
    raise RuntimeError("a fault of the application")
