# SPDX-License-Identifier: Apache-2.0
"""Hello, as WSGI (`application`) and as ASGI (`asgi`); `/slow` takes 200 ms."""

import asyncio
import time

BODY = b"Hello, World!"


def application(environ, start_response):
    if environ["PATH_INFO"] == "/slow":
        time.sleep(0.2)
    start_response("200 OK", [("Content-Type", "text/plain"), ("Content-Length", "13")])
    return [BODY]


HEAD = {"type": "http.response.start", "status": 200,
        "headers": [(b"content-type", b"text/plain"), (b"content-length", b"13")]}
CONTENT = {"type": "http.response.body", "body": BODY}


async def asgi(scope, receive, send):
    if scope["type"] == "lifespan":
        while (await receive())["type"] != "lifespan.shutdown":
            await send({"type": "lifespan.startup.complete"})
        return await send({"type": "lifespan.shutdown.complete"})
    if scope["type"] == "websocket":
        return await echo(receive, send)
    if scope["path"] == "/slow":
        await asyncio.sleep(0.2)
    await send(HEAD)
    await send(CONTENT)


async def echo(receive, send):
    while True:
        message = await receive()
        if message["type"] == "websocket.connect":
            await send({"type": "websocket.accept"})
        elif message["type"] == "websocket.receive":
            await send({"type": "websocket.send", "text": message.get("text") or ""})
        else:
            return
