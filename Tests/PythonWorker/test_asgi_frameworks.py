# SPDX-License-Identifier: Apache-2.0
"""ASGI: small applications of frameworks, as far as the interpreter has these."""
import json
import subprocess
import unittest

import front
from asgi_front import ABORT, CLOSE, TEXT, Case

STARLETTE = """
    import asyncio, contextlib
    from starlette.applications import Starlette
    from starlette.background import BackgroundTask
    from starlette.middleware import Middleware
    from starlette.middleware.base import BaseHTTPMiddleware
    from starlette.responses import FileResponse, JSONResponse, PlainTextResponse, StreamingResponse
    from starlette.routing import Route, WebSocketRoute
    from starlette.websockets import WebSocketDisconnect

    @contextlib.asynccontextmanager
    async def lifespan(app):
        print("started", flush=True)
        yield {"name": "state"}
        print("stopped", flush=True)

    async def home(request):
        return JSONResponse({"path": request.url.path, "query": dict(request.query_params),
                             "state": request.state.name, "client": request.client.host})

    async def echo(request):
        return PlainTextResponse(await request.body())

    async def stream(request):
        async def blocks():
            for i in range(int(request.query_params["n"])):
                yield b"x" * 1000
                await asyncio.sleep(0)
        return StreamingResponse(blocks())

    async def file(request):
        return FileResponse(__file__)

    async def background(request):
        return PlainTextResponse("now", background=BackgroundTask(print, "later", flush=True))

    async def error(request):
        raise ValueError("of the application")

    async def socket(websocket):
        await websocket.accept()
        try:
            while True:
                await websocket.send_text("you said " + await websocket.receive_text())
        except WebSocketDisconnect as end:
            print("left", end.code, flush=True)

    class Header(BaseHTTPMiddleware):
        async def dispatch(self, request, call_next):
            response = await call_next(request)
            response.headers["x-middleware"] = "1"
            return response

    application = Starlette(routes=[
        Route("/", home), Route("/echo", echo, methods=["POST"]), Route("/stream", stream),
        Route("/file", file), Route("/background", background), Route("/error", error),
        WebSocketRoute("/socket", socket)],
        middleware=[Middleware(Header)], lifespan=lifespan)
"""

FASTAPI = """
    import asyncio
    from fastapi import Depends, FastAPI, WebSocket
    from pydantic import BaseModel

    class Item(BaseModel):
        name: str
        price: float

    application = FastAPI()

    async def dependency():
        yield "dependency"

    @application.get("/items/{number}")
    def item(number: int, q: str = "", value: str = Depends(dependency)):
        return {"number": number, "q": q, "value": value}

    @application.post("/items")
    async def add(item: Item):
        return item
"""

DJANGO = """
    import django
    from django.conf import settings
    settings.configure(DEBUG=False, SECRET_KEY="x", ROOT_URLCONF=__name__, ALLOWED_HOSTS=["*"])
    from django.core.asgi import get_asgi_application
    from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
    from django.urls import path

    async def home(request):
        return JsonResponse({"path": request.path, "root": request.META["SCRIPT_NAME"]})

    def sync(request):
        return HttpResponse(request.body[::-1])

    async def stream(request):
        async def blocks():
            for i in range(10):
                yield b"%d" % i
        return StreamingHttpResponse(blocks())

    from django.views.decorators.csrf import csrf_exempt
    urlpatterns = [path("", home), path("sync", csrf_exempt(sync)), path("stream", stream)]
    application = get_asgi_application()
"""


def has(module):
    return subprocess.run([front.PYTHON, "-c", "import " + module],
                          stderr=subprocess.DEVNULL).returncode == 0


HOST = [("host", "example.org")]


class Frameworks(Case):
    def need(self, module):
        if not has(module):
            self.skipTest("there is no " + module)

    def test_starlette(self):
        self.need("starlette")
        connection = self.serve(STARLETTE)
        answer = connection.request("/?a=b")
        self.assertEqual(json.loads(answer.body), {
            "path": "/", "query": {"a": "b"}, "state": "state", "client": "192.0.2.7"})
        self.assertEqual(answer["x-middleware"], ["1"])
        self.assertEqual(connection.request("/echo", method="POST", body=b"abc").body, b"abc")
        self.assertEqual(len(connection.request("/stream?n=500").body), 500000)
        with open(connection.worker.script, "rb") as file:
            self.assertEqual(connection.request("/file").body, file.read())
        self.assertEqual(connection.request("/background").body, b"now")
        answer = connection.request("/error")
        self.assertEqual((answer.status, answer.end), (500, 0))
        # It is raised on once the response is complete, so it cannot be sent along any more.
        self.eventually(
            lambda: "ValueError: of the application" in connection.worker.errors.text)
        number = connection.send("/stream?n=100000")
        connection.wait(number, lambda exchange: exchange.body)
        connection.frame(ABORT, number)
        self.assertEqual(connection.wait(number).log(), "")
        number = connection.send("/socket", kind="websocket")
        connection.frame(TEXT, connection.send("/none", kind="websocket"), b"")
        connection.wait(number, lambda exchange: exchange.accepted is not None)
        connection.frame(TEXT, number, b"hello")
        exchange = connection.wait(number, lambda exchange: exchange.messages)
        self.assertEqual(exchange.messages, ["you said hello"])
        connection.frame(CLOSE, number, aux=1001)
        connection.wait(number)
        worker = connection.worker
        self.assertEqual(worker.stop(), 0)
        worker.output.join(front.DEADLINE)
        for line in ("started", "later", "left 1001", "stopped"):
            self.assertIn(line, worker.output.text)

    def test_fastapi(self):
        self.need("fastapi")
        connection = self.serve(FASTAPI)
        numbers = [connection.send("/items/%d?q=x" % i, fields=HOST) for i in range(100)]
        for i, number in enumerate(numbers):
            self.assertEqual(json.loads(connection.wait(number).body),
                             {"number": i, "q": "x", "value": "dependency"})
        content = json.dumps({"name": "n", "price": 1.5}).encode()
        fields = HOST + [("content-type", "application/json")]
        answer = connection.request("/items", method="POST", fields=fields, body=content)
        self.assertEqual(json.loads(answer.body), {"name": "n", "price": 1.5})
        self.assertEqual(connection.request("/items/x", fields=HOST).status, 422)
        self.assertEqual(connection.request("/openapi.json", fields=HOST).status, 200)

    def test_django(self):
        self.need("django")
        connection = self.serve(DJANGO)
        answer = connection.request("/app/", mount="/app", fields=HOST)
        self.assertEqual(json.loads(answer.body), {"path": "/app/", "root": "/app"})
        answer = connection.request("/sync", method="POST", fields=HOST, body=b"abc")
        self.assertEqual(answer.body, b"cba")
        self.assertEqual(connection.request("/stream", fields=HOST).body, b"0123456789")
        self.assertEqual(connection.request("/none", fields=HOST).status, 404)


if __name__ == "__main__":
    unittest.main()
