# SPDX-License-Identifier: Apache-2.0
import asyncio
import json

import websockets
from check import Site, expect, url

expect("/", Site(url()).get("/").content, b"Hello from Channels\n")


async def talk():
    address = url().replace("http", "ws", 1) + "/rooms/birds"
    async with websockets.connect(address) as one, websockets.connect(address) as two:
        for client in (one, two):
            expect("entered", json.loads(await client.recv()), {"entered": "birds"})
        for number in range(100):
            await one.send(json.dumps({"text": f"said {number}"}))
            for client in (one, two):
                expect("heard", json.loads(await client.recv()), {"text": f"said {number}"})


asyncio.run(talk())
