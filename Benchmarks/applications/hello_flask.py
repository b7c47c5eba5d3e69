# SPDX-License-Identifier: Apache-2.0
"""Flask's hello."""

from flask import Flask

application = Flask(__name__)


@application.route("/")
def hello():
    return "Hello, World!"
