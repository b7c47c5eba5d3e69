# SPDX-License-Identifier: Apache-2.0
"""An application's lifespan (ASGI, Lifespan Protocol 2.0)."""
import asyncio

from apus_worker import logs


class StartupFailed(Exception):
    """The application said lifespan.startup.failed."""


class Lifespan:
    def __init__(self, application):
        self.application = application
        self.state = {}
        self.messages = asyncio.Queue()
        loop = asyncio.get_running_loop()
        self.started = loop.create_future()
        self.ended = loop.create_future()
        self.is_supported = False
        self.task = None

    async def start(self):
        self.messages.put_nowait({"type": "lifespan.startup"})
        self.task = asyncio.get_running_loop().create_task(self.run())
        await self.started

    async def stop(self):
        if not self.is_supported or self.task.done():
            return
        self.messages.put_nowait({"type": "lifespan.shutdown"})
        await self.ended

    async def run(self):
        scope = {
            "type": "lifespan",
            "asgi": {"version": "3.0", "spec_version": "2.0"},
            "state": self.state,
        }
        try:
            await self.application(scope, self.receive, self.send)
        except asyncio.CancelledError:
            raise
        except (SystemExit, KeyboardInterrupt) as error:
            self.fail(error)
        except BaseException as error:
            # Before it has answered, an exception says that it does not know of lifespans.
            if self.started.done():
                self.fail(error)
        finally:
            self.is_supported = self.is_supported and self.started.done()
            resolve(self.started)
            resolve(self.ended)

    def fail(self, error):
        text = logs.describe(type(error), error, error.__traceback__)
        if self.started.done():
            logs.log("mod_wsgi: Exception in the lifespan of an ASGI application.\n" + text)
        else:
            self.started.set_exception(StartupFailed(text))

    async def receive(self):
        return await self.messages.get()

    async def send(self, message):
        kind = message["type"]
        if kind == "lifespan.startup.complete":
            self.is_supported = True
            resolve(self.started)
        elif kind == "lifespan.startup.failed":
            if not self.started.done():
                self.started.set_exception(StartupFailed(message.get("message", "")))
        elif kind == "lifespan.shutdown.complete":
            resolve(self.ended)
        elif kind == "lifespan.shutdown.failed":
            logs.log("mod_wsgi: The shutdown of an ASGI application failed.\n"
                     + message.get("message", ""))
            resolve(self.ended)
        else:
            raise ValueError("unknown type of a lifespan message: %r" % (kind,))


def resolve(future):
    if not future.done():
        future.set_result(None)
