# SPDX-License-Identifier: Apache-2.0
"""What the clients share: one connection that stays open, and checks that say what they saw."""

import http.client
import json
import sys
import urllib.parse
import uuid


class Site:
    """A connection to the server, kept open, with a cookie jar of the simplest kind."""

    def __init__(self, url):
        parts = urllib.parse.urlsplit(url)
        self.host, self.port, self.prefix = parts.hostname, parts.port, parts.path.rstrip("/")
        self.connection = http.client.HTTPConnection(self.host, self.port, timeout=120)
        self.cookies = {}

    def request(self, method, path, body=None, headers=()):
        fields = dict(headers)
        if self.cookies:
            fields["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        self.connection.request(method, self.prefix + path, body, fields)
        response = self.connection.getresponse()
        response.content = response.read()
        for cookie in response.headers.get_all("Set-Cookie") or []:
            name, _, value = cookie.split(";")[0].partition("=")
            self.cookies[name] = value
        return response

    def get(self, path, **headers):
        return self.request("GET", path, headers={
            name.replace("_", "-"): value for name, value in headers.items()})

    def post(self, path, body, content_type, **headers):
        return self.request("POST", path, body, {"Content-Type": content_type, **headers})

    def post_form(self, path, fields, **headers):
        return self.post(path, urllib.parse.urlencode(fields), "application/x-www-form-urlencoded",
                         **headers)

    def post_json(self, path, value):
        return self.post(path, json.dumps(value), "application/json")

    def post_file(self, path, name, content, **fields):
        boundary = uuid.uuid4().hex
        pieces = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{field}"\r\n\r\n{value}\r\n'
            .encode() for field, value in fields.items()]
        pieces += [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"; filename="{name}"\r\n'
            "Content-Type: application/octet-stream\r\n\r\n".encode(),
            content, f"\r\n--{boundary}--\r\n".encode()]
        return self.post(path, b"".join(pieces), f"multipart/form-data; boundary={boundary}")


def expect(what, seen, expected):
    """Ends the program when something else was seen."""
    if seen != expected:
        sys.exit(f"{what}: expected {expected!r}, saw {seen!r}")


def expect_in(what, part, whole):
    if part not in whole:
        sys.exit(f"{what}: {part!r} is not in {whole[:2000]!r}")


def url():
    if len(sys.argv) != 2:
        sys.exit(f"Usage: {sys.argv[0]} URL")
    return sys.argv[1].rstrip("/")
