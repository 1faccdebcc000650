"""A provider of models, scripted: a real HTTP server that streams words at a pace, or fails in every way there is.

The model's name is the script, word by word: `tokens-100`, `every-10ms`, `status-429`, `stall-5`, `cut-3`, `reset-3`, …
.venv/bin/python -m tests.provider --port 9000     serves until it is ended
"""

import argparse
import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from app.ai.endpoint import Endpoint

MODELS = ("tokens-100-every-10ms", "tokens-20-every-5ms", "echo")
WORDS = ["the", "quick", "**brown**", "fox", "jumps", "over", "a", "`lazy`", "dog", "and", "writes", "it", "down\n\n"]


@dataclass(slots=True)
class Asked:
    """One request as it came."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    hung_up: bool = False
    sent: list[tuple[float, int]] = field(default_factory=list)  # when, and how many characters by then


@dataclass(slots=True)
class Upstream:
    """A server and what it was asked."""

    port: int = 0
    asked: list[Asked] = field(default_factory=list)
    fail_first: int = 0  # so many requests get the script's status; later ones are answered
    raw: Callable[[asyncio.StreamWriter], Any] | None = None  # speaks in place of the script
    models: Any = None
    connected: set[asyncio.StreamWriter] = field(default_factory=set)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/v1"

    @property
    def open_connections(self) -> int:
        return len(self.connected)

    def endpoint(self, key: str = "sk-test", *, trusted: bool = True) -> Endpoint:
        return Endpoint("Scripted", self.url, key, trusted)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connected.add(writer)
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            while asked := await _request(reader):
                self.asked.append(asked)
                if not await self._answered(asked, reader, writer):
                    break
        self.connected.discard(writer)
        writer.close()

    async def _answered(self, asked: Asked, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Answer until done, or until nobody listens any more."""
        answer = asyncio.ensure_future(self._answer(asked, writer))
        watch = asyncio.ensure_future(_until_gone(reader))
        await asyncio.wait({answer, watch}, return_when=asyncio.FIRST_COMPLETED)
        asked.hung_up = not answer.done() or answer.cancelled() or answer.exception() is not None
        for each in (answer, watch):
            each.cancel()
        return not asked.hung_up and answer.result()

    async def _answer(self, asked: Asked, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection may be used again."""
        if asked.path.endswith("/models"):
            _whole(writer, 200, json.dumps(self.models or {"object": "list", "data": [{"id": m} for m in MODELS]}))
            return True
        if self.raw is not None:
            await self.raw(writer)
            return False
        return await _play(self, asked, writer)


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    head = await reader.readuntil(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {
        name.strip().lower(): value.strip() for name, _, value in (line.partition(":") for line in lines) if name
    }
    body = await reader.readexactly(int(headers.get("content-length", 0)))
    return Asked(first.split(" ")[1], headers, json.loads(body) if body else {})


async def _until_gone(reader: asyncio.StreamReader) -> None:
    while not reader.at_eof() and reader.exception() is None:
        await asyncio.sleep(0.02)


def _whole(writer: asyncio.StreamWriter, status: int, body: str, kind: str = "application/json", *more: str) -> None:
    raw = body.encode()
    lines = [f"HTTP/1.1 {status} Said", f"content-type: {kind}", f"content-length: {len(raw)}", *more, "", ""]
    writer.write("\r\n".join(lines).encode() + raw)


def _number(script: list[str], name: str, usual: int) -> int:
    if name not in script:
        return usual
    return int(script[script.index(name) + 1].removesuffix("ms"))


def event(text: str = "", **more: Any) -> bytes:
    """One event of a stream, as providers send it."""
    delta = {"content": text} if text else {}
    chunk = {"choices": [{"index": 0, "delta": {**delta, **more.pop("delta", {})}, **more}]}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def word(number: int) -> str:
    """The words that a script streams."""
    return WORDS[number % len(WORDS)] + " "


def streamed(count: int) -> str:
    """What so many words are together."""
    return "".join(word(number) for number in range(count))


async def _play(upstream: Upstream, asked: Asked, writer: asyncio.StreamWriter) -> bool:
    script = str(asked.body.get("model", "")).split("-")
    status = _number(script, "status", 200)
    if upstream.fail_first:
        upstream.fail_first -= 1
        status = 503 if status == 200 else status
    if status != 200:
        after = f"retry-after: {_number(script, 'after', 0)}"
        _whole(writer, status, '{"error": {"message": "secret words of the other side"}}', "application/json", after)
        return True
    writer.write(b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n")
    await _stream(script, asked, writer)
    return "cut" not in script and "reset" not in script


def _send(writer: asyncio.StreamWriter, data: bytes) -> None:
    if writer.transport.is_closing():
        raise ConnectionResetError
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")


async def _stream(script: list[str], asked: Asked, writer: asyncio.StreamWriter) -> None:
    pause = _number(script, "every", 0) / 1000
    await asyncio.sleep(_number(script, "first", 0) / 1000)
    if "echo" in script:
        texts = [str(asked.body["messages"][-1]["content"])]
    else:
        texts = [word(number) for number in range(_number(script, "tokens", 10))]
    loop = asyncio.get_running_loop()
    begun = loop.time()
    for number in range(_number(script, "thoughts", 0)):
        _send(writer, event(delta={"reasoning_content": word(number)}))
    for number, text in enumerate(texts):
        if await _breaks(script, number, writer):
            return
        _send(writer, event(text))
        asked.sent.append((loop.time(), len(text) + (asked.sent[-1][1] if asked.sent else 0)))
        await writer.drain()
        if pause:
            await asyncio.sleep(max(0, begun + pause * (number + 1) - loop.time()))
    _send(writer, event(finish_reason="length" if "short" in script else "stop"))
    if "nousage" not in script:
        usage = {"choices": [], "usage": {"prompt_tokens": 7, "completion_tokens": len(texts)}}
        _send(writer, f"data: {json.dumps(usage)}\n\n".encode())
    _send(writer, b"data: [DONE]\n\n")
    writer.write(b"0\r\n\r\n")


async def _breaks(script: list[str], number: int, writer: asyncio.StreamWriter) -> bool:
    if _number(script, "stall", -1) == number:
        await asyncio.sleep(3600)
    if _number(script, "cut", -1) == number:
        return True
    if _number(script, "reset", -1) == number:
        linger = struct.pack("ii", 1, 0)
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        writer.transport.abort()
        return True
    return False


@asynccontextmanager
async def scripted(port: int = 0, **options: Any) -> AsyncIterator[Upstream]:
    """Such a server on a free port, for as long as the block lasts."""
    upstream = Upstream(**options)
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", port, backlog=1024)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        server.close()
        for writer in list(upstream.connected):
            writer.transport.abort()


async def _main(port: int, models: str) -> None:
    listed = {"data": [{"id": model} for model in models.split(",")]} if models else None
    async with scripted(port, models=listed) as upstream:
        print(upstream.port, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--models", default="", help="their names, with commas between them")
    args = parser.parse_args()
    asyncio.run(_main(args.port, args.models))
