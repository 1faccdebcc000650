"""Raw sockets against small apps on the real server, in the loop of the test."""

import asyncio
import contextlib
import faulthandler
import os
from collections.abc import AsyncIterator
from typing import Any

from app.web import listening
from app.web.drain import draining
from app.web.interface import Application
from app.web.protocol import Limits
from app.web.server import Server

SAYINGS = {"/early": b"early", "/pid": str(os.getpid()).encode()}


async def tiny(scope: Any, receive: Any, send: Any) -> None:
    """Say hello, repeat a body, stream until the server ends, or take a while."""
    if scope["type"] == "lifespan":
        return
    if scope["path"] == "/stream":
        await _stream(send)
        return
    if scope["path"] in SAYINGS:
        await answer(send, SAYINGS[scope["path"]])
        return
    if scope["path"] == "/slow":
        await asyncio.sleep(0.5)
    body, more = b"", True
    while more:
        message = await receive()
        body, more = body + message.get("body", b""), message.get("more_body", False)
    await answer(send, body or b"hello")


async def answer(send: Any, body: bytes, status: int = 200, *headers: tuple[bytes, bytes]) -> None:
    given = [(b"content-type", b"text/plain"), (b"content-length", str(len(body)).encode()), *headers]
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


async def _stream(send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/event-stream")]})
    await send({"type": "http.response.body", "body": b"data: begun\n\n", "more_body": True})
    await draining.wait()
    await send({"type": "http.response.body", "body": b"data: ended\n\n", "more_body": True})
    await send({"type": "http.response.body", "body": b""})


@contextlib.asynccontextmanager
async def running(app: Application = tiny, limits: Limits | None = None) -> AsyncIterator[int]:
    """The port of a server that serves `app` until the end of the block."""
    sockets = listening.bind("127.0.0.1", 0)
    ready = asyncio.Event()
    server = Server(app, limits or Limits())
    task = asyncio.create_task(server.run(sockets, ready.set))
    await asyncio.wait((task, asyncio.create_task(ready.wait())), return_when=asyncio.FIRST_COMPLETED)
    try:
        yield listening.port_of(sockets)
    finally:
        server.stop()
        await task
        faulthandler.cancel_dump_traceback_later()  # armed for a process that ends now; this one goes on


Pair = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def connect(port: int, data: bytes = b"") -> Pair:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(data)
    return reader, writer


async def ask(port: int, data: bytes) -> bytes:
    """Everything that comes back until the server closes."""
    reader, writer = await connect(port, data)
    try:
        return await reader.read()
    finally:
        writer.close()


async def get(port: int, path: str = "/", *headers: str) -> bytes:
    """The answer to one ordinary request."""
    lines = [f"GET {path} HTTP/1.1", "Host: localhost", "Connection: close", *headers]
    return await ask(port, "\r\n".join([*lines, "", ""]).encode("latin-1"))


def status(answer_: bytes) -> int:
    return int(answer_.split(b" ", 2)[1])


async def until_closed(pairs: list[Pair]) -> list[bytes]:
    """What each connection still said before it was closed."""
    words = await asyncio.gather(*(_last_words(reader) for reader, _ in pairs))
    close_all(pairs)
    return words


async def _last_words(reader: asyncio.StreamReader) -> bytes:
    try:
        return await reader.read()
    except ConnectionResetError:
        return b""


def close_all(pairs: list[Pair]) -> None:
    for _, writer in pairs:
        writer.close()


async def forever(scope: Any, _receive: Any, send: Any) -> None:
    """Begin an answer and never end it."""
    if scope["type"] == "lifespan":
        return
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"begun", "more_body": True})
    await asyncio.Event().wait()
