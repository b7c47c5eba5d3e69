# SPDX-License-Identifier: Apache-2.0
import asyncio
import hashlib
import json
import socket
import time

import websockets
from check import Site, expect, expect_in, url

site = Site(url())
expect("/", site.get("/").content, b"Hello from FastAPI\n")
response = site.post_json("/items/7?verbose=true", {"name": "swift", "price": 1.5})
expect("item", json.loads(response.content),
       {"number": 7, "name": "swift", "price": 1.5, "verbose": True})
expect("invalid", site.post_json("/items/x", {}).status, 422)
state = json.loads(site.get("/state").content)
expect("state", (state["started"], state["client"]), ("yes", "127.0.0.1"))
content = bytes(range(256)) * 400_000
expect("digest", json.loads(site.post("/digest", content, "application/octet-stream").content),
       {"sha256": hashlib.sha256(content).hexdigest(), "count": len(content)})
expect("digest in chunks", json.loads(site.request(
    "POST", "/digest", iter([content[:10], content[10:]]), {"Content-Type": "x/y"}).content),
    {"sha256": hashlib.sha256(content).hexdigest(), "count": len(content)})
upload = site.post_file("/upload", "file", b"y" * 200_000)
expect("upload", json.loads(upload.content), {"name": "file", "count": 200_000})
expect("stream", len(site.get("/stream?count=5000").content), 5000 * 8192)
expect_in("file", b"A FastAPI site", site.get("/file").content)
expect("background", site.get("/background").content, b"begun\n")
expect("fault", site.get("/fault").status, 500)
site.connection.close()
expect("missing", site.get("/nowhere").status, 404)

with socket.create_connection((site.host, site.port)) as connection:
    connection.sendall(f"GET {site.prefix}/disconnected HTTP/1.1\r\nHost: x\r\n\r\n".encode())
    time.sleep(0.2)


def eventually(what):
    """Several processes may serve, so it is asked often."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        if what in json.loads(site.get("/done").content)["done"]:
            return
        time.sleep(0.05)
    raise SystemExit(f"{what} was not seen")


eventually("background")
eventually("disconnected")


async def sockets():
    address = url().replace("http", "ws", 1)
    async with websockets.connect(f"{address}/echo") as client:
        for number in range(1000):
            await client.send(f"message {number}")
            expect("echo", await client.recv(), f"message {number}")
        for size in (0, 125, 126, 65_535, 65_536, 1_000_000):
            await client.send(b"\xff" * size)
            expect(f"echo of {size}", await client.recv() == b"\xff" * size, True)
        await client.send(["a ", "fragmented ", "message ✓"])
        expect("fragments", await client.recv(), "a fragmented message ✓")
        await (await client.ping())
        await client.close(4000, "enough")
    async with websockets.connect(f"{address}/echo") as client:
        await client.send("close 4001")
        try:
            await client.recv()
        except websockets.ConnectionClosed as closed:
            expect("close", (closed.rcvd.code, closed.rcvd.reason), (4001, "as you wish"))
    async with websockets.connect(f"{address}/protocols", subprotocols=["one", "two"]) as client:
        expect("subprotocol", client.subprotocol, "two")
        expect("header", client.response.headers["x-chosen"], "last")
        expect("offered", json.loads(await client.recv()), ["one", "two"])
    try:
        async with websockets.connect(f"{address}/refused"):
            raise SystemExit("was not refused")
    except websockets.InvalidStatus as refusal:
        expect("refused", refusal.response.status_code, 403)


asyncio.run(sockets())
eventually("closed 4000")
