# SPDX-License-Identifier: Apache-2.0
"""A FastAPI site: requests, streams, WebSockets, background tasks, lifespan."""

import asyncio
import contextlib
import hashlib
import os

from fastapi import BackgroundTasks, FastAPI, Request, UploadFile, WebSocket, WebSocketDisconnect
from fastapi.responses import FileResponse, PlainTextResponse, StreamingResponse
from pydantic import BaseModel

done = []


@contextlib.asynccontextmanager
async def lifespan(app):
    yield {"started": "yes"}


application = app = FastAPI(lifespan=lifespan)


class Item(BaseModel):
    name: str
    price: float


@app.get("/", response_class=PlainTextResponse)
async def hello():
    return "Hello from FastAPI\n"


@app.post("/items/{number}")
async def item(number: int, item: Item, verbose: bool = False):
    return {"number": number, "name": item.name, "price": item.price, "verbose": verbose}


@app.get("/state")
async def state(request: Request):
    return {"started": request.state.started, "root_path": request.scope["root_path"],
            "path": request.scope["path"], "client": request.client.host}


@app.post("/digest")
async def digest(request: Request):
    seen = hashlib.sha256()
    count = 0
    async for piece in request.stream():
        seen.update(piece)
        count += len(piece)
    return {"sha256": seen.hexdigest(), "count": count}


@app.post("/upload")
async def upload(file: UploadFile):
    return {"name": file.filename, "count": len(await file.read())}


@app.get("/stream")
async def stream(count: int = 1000):
    async def pieces():
        for number in range(count):
            yield b"%07d\n" % number * 1024
            if number % 100 == 0:
                await asyncio.sleep(0)

    return StreamingResponse(pieces(), media_type="application/octet-stream")


@app.get("/file")
async def file():
    return FileResponse(__file__)


@app.get("/background", response_class=PlainTextResponse)
async def background(tasks: BackgroundTasks):
    async def later():
        await asyncio.sleep(0.05)
        done.append("background")

    tasks.add_task(later)
    return "begun\n"


@app.get("/done")
async def finished():
    return {"done": done, "pid": os.getpid()}


@app.get("/fault")
async def fault():
    raise RuntimeError("a fault of the application")


@app.get("/disconnected")
async def disconnected(request: Request):
    """Waits until the client has gone, and says so in `done`."""
    while not await request.is_disconnected():
        await asyncio.sleep(0.02)
    done.append("disconnected")


@app.websocket("/echo")
async def echo(websocket: WebSocket):
    await websocket.accept()
    try:
        while True:
            message = await websocket.receive()
            if message["type"] == "websocket.disconnect":
                done.append(f"closed {message.get('code')}")
                return
            if message.get("text") == "close 4001":
                return await websocket.close(4001, "as you wish")
            if message.get("text") is not None:
                await websocket.send_text(message["text"])
            else:
                await websocket.send_bytes(message["bytes"])
    except WebSocketDisconnect:
        pass


@app.websocket("/protocols")
async def protocols(websocket: WebSocket):
    await websocket.accept(subprotocol=websocket.scope["subprotocols"][-1],
                           headers=[(b"x-chosen", b"last")])
    await websocket.send_json(websocket.scope["subprotocols"])
    await websocket.close()


@app.websocket("/refused")
async def refused(websocket: WebSocket):
    await websocket.close(4003)
