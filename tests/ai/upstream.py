"""A language model that does as it is told: a server of its own, which keeps what it was asked.

    async with scripted(tokens(3)) as upstream:
        pieces = [piece async for piece in ask(upstream.endpoint, question)]

`python -m tests.ai.upstream --port 9999` runs it apart. There the name of the model is its script:
`tokens-100-every-10ms` (the default), `reasoning-20-tokens-100-every-5ms`, `status-503`, `stall-after-3`,
`cut-after-3`, `reset-after-3`, `endless-every-1ms`, `garbage`.
"""

import argparse
import asyncio
import json
import re
import struct
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from socket import SO_LINGER, SOL_SOCKET
from ssl import SSLContext
from typing import Any, Final

from app.ai import session
from app.ai.endpoint import Endpoint
from app.core import clock

KEY: Final = "sk-scripted-do-not-tell-anybody"
NAMES: Final = ("tokens-100-every-10ms", "reasoning-20-tokens-100-every-10ms", "stall-after-3", "status-503")


@dataclass
class Asked:
    """One request, as it came in."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    at: float = field(default_factory=clock.monotonic)
    hung_up: asyncio.Event = field(default_factory=asyncio.Event)  # the client left before the script was done

    @property
    def json(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Call:
    """A request, and the means to answer it."""

    def __init__(self, asked: Asked, writer: asyncio.StreamWriter) -> None:
        self.asked, self._writer = asked, writer

    async def raw(self, data: bytes) -> None:
        """Bytes, as they are."""
        self._writer.write(data)
        await self._writer.drain()

    async def begin(self, status: int = 200, kind: str = "text/event-stream", **more: str) -> None:
        """The head of an answer whose body comes in chunks."""
        lines = {"content-type": kind, "transfer-encoding": "chunked", "connection": "close"}
        lines |= {name.replace("_", "-"): value for name, value in more.items()}
        head = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        await self.raw(f"HTTP/1.1 {status} As Told\r\n{head}\r\n".encode())

    async def write(self, data: bytes) -> None:
        """One chunk of the body."""
        await self.raw(b"%x\r\n%b\r\n" % (len(data), data))

    async def event(self, document: object) -> None:
        """One event with this JSON."""
        await self.write(f"data: {json.dumps(document)}\n\n".encode())

    async def say(self, text: str) -> None:
        """One token."""
        await self.event(chunk(content=text))

    async def end(self) -> None:
        """The end of the body."""
        await self.raw(b"0\r\n\r\n")

    async def cut(self) -> None:
        """Close the connection in the middle of everything."""
        self._writer.close()

    async def reset(self) -> None:
        """End it by RST."""
        self._writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
        self._writer.transport.abort()

    def stop_listening(self) -> None:
        """Take nothing more from the client, not even its leaving."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined] # a socket's can


Script = Callable[[Call], Awaitable[None]]


def chunk(finish: str | None = None, **delta: object) -> dict[str, Any]:
    """An event's document, in the shape of OpenAI."""
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    return {"id": "chatcmpl-1", "object": "chat.completion.chunk", "model": "scripted", "choices": [choice]}


def usage(tokens_in: int, tokens_out: int) -> dict[str, Any]:
    """The bill, which comes with no choices."""
    costs = {"prompt_tokens": tokens_in, "completion_tokens": tokens_out, "total_tokens": tokens_in + tokens_out}
    return {**chunk(), "choices": [], "usage": costs}


# Scripts --------------------------------------------------------------------------------------------------------------


def words(
    *texts: str, every: float = 0, thoughts: tuple[str, ...] = (), finish: str = "stop", done: bool = True
) -> Script:
    """These words, each as one token, and a proper end."""

    async def script(call: Call) -> None:
        await call.begin()
        await call.event(chunk(role="assistant", content=""))
        for thought in thoughts:
            await call.event(chunk(reasoning_content=thought))
            await asyncio.sleep(every)
        for text in texts:
            await call.say(text)
            await asyncio.sleep(every)
        await call.event(chunk("stop"))
        if "stream_options" in call.asked.json:
            await call.event(usage(7, len(texts)))
        await call.write(b"data: [DONE]\n\n")
        await call.end()

    return script


def tokens(count: int, every: float = 0, thoughts: int = 0) -> Script:
    """So many tokens at this pace."""
    return words(*map(text, range(count)), every=every, thoughts=tuple(map(text, range(thoughts))))


def text(number: int) -> str:
    """What the token of this number says."""
    return f"word{number} "


def status(code: int, told: object = "upstream says no", **headers: str) -> Script:
    """A refusal."""

    async def script(call: Call) -> None:
        await call.begin(code, "application/json", **headers)
        await call.write(json.dumps({"error": {"message": told, "code": code}}).encode())
        await call.end()

    return script


def body(*parts: bytes, kind: str = "text/event-stream", **headers: str) -> Script:
    """These bytes, each part in a packet of its own."""

    async def script(call: Call) -> None:
        await call.begin(200, kind, **headers)
        for part in parts:
            await call.write(part)
            await asyncio.sleep(0.001)
        await call.end()

    return script


def after(count: int, then: Script) -> Script:
    """So many tokens, and then something else."""

    async def script(call: Call) -> None:
        await call.begin()
        for number in range(count):
            await call.say(text(number))
        await then(call)

    return script


async def forever(_call: Call) -> None:
    """Nothing, and no end."""
    await asyncio.Event().wait()


def stall(count: int) -> Script:
    return after(count, forever)


def cut(count: int) -> Script:
    return after(count, Call.cut)


def reset(count: int) -> Script:
    return after(count, Call.reset)


def endless(every: float = 0) -> Script:
    """Tokens without end."""

    async def more(call: Call) -> None:
        while True:
            await call.say("more ")
            await asyncio.sleep(every)

    return after(0, more)


def in_turn(*scripts: Script) -> Script:
    """One after the other, the last one for all the rest."""
    left = list(scripts)

    async def script(call: Call) -> None:
        await (left.pop(0) if len(left) > 1 else left[0])(call)

    return script


async def by_name(call: Call) -> None:
    """The script that the model's name describes."""
    await _named(str(call.asked.json.get("model", "")))(call)


def _named(name: str) -> Script:
    counts = {word: int(number) for word, number in re.findall(r"([a-z]+)-(\d+)", name)}
    every, count = counts.get("every", 10) / 1000, counts.get("after", 3)
    several: dict[str, Script] = {
        "status": status(counts.get("status", 500)),
        "stall": stall(count),
        "cut": cut(count),
        "reset": reset(count),
        "endless": endless(every),
        "garbage": body(b"data: nothing that means anything\n\n"),
    }
    plain = tokens(counts.get("tokens", 100), every, counts.get("reasoning", 0))
    return several.get(name.partition("-")[0], plain)


# The server -----------------------------------------------------------------------------------------------------------


@dataclass
class Upstream:
    """Where it listens, what it was asked, and who is still there."""

    script: Script
    models: Script | object  # what is said of them, or how
    scheme: str = "http"
    port: int = 0
    requests: list[Asked] = field(default_factory=list)
    connections: int = 0  # ever
    open: int = 0  # now
    _tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @property
    def endpoint(self) -> Endpoint:
        return Endpoint("Scripted", f"{self.scheme}://127.0.0.1:{self.port}/v1", KEY, trusted=True)

    def is_quiet(self) -> bool:
        """Whether everybody has left."""
        return self.open == 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one request."""
        self.connections += 1
        self.open += 1
        try:
            with suppress(ConnectionError, asyncio.IncompleteReadError):
                await self._answer(reader, writer)
        finally:
            self.open -= 1
            writer.close()

    async def _answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        asked = await _read(reader)
        self.requests.append(asked)
        script = self.script
        if asked.path.endswith("/models"):
            script = self.models if callable(self.models) else _document(self.models)
        answering = asyncio.ensure_future(script(Call(asked, writer)))
        leaving = asyncio.ensure_future(reader.read())
        await asyncio.wait({answering, leaving}, return_when=asyncio.FIRST_COMPLETED)
        if not answering.done():
            asked.hung_up.set()
        for each in (answering, leaving):
            each.cancel()
        await asyncio.gather(answering, leaving, return_exceptions=True)


async def _read(reader: asyncio.StreamReader) -> Asked:
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").strip().split("\r\n")
    method, path, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    return Asked(method, path, headers, await reader.readexactly(int(headers.get("content-length", 0))))


def listing(*names: str) -> dict[str, Any]:
    """A list of models, in the shape of OpenAI."""
    return {"object": "list", "data": [{"id": name, "object": "model", "owned_by": "scripted"} for name in names]}


def _document(document: object) -> Script:
    return body(json.dumps(document).encode(), kind="application/json")


@asynccontextmanager
async def scripted(
    script: Script = by_name, *, models: Script | object = None, port: int = 0, tls: SSLContext | None = None
) -> AsyncIterator[Upstream]:
    """The server, for as long as this lasts. Afterwards the house has hung up too."""
    upstream = Upstream(script, listing(*NAMES) if models is None else models, "https" if tls else "http")
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", port, limit=1 << 26, ssl=tls)
    upstream.port = server.sockets[0].getsockname()[1]
    try:
        yield upstream
    finally:
        await session.close()
        server.close()
        await server.wait_closed()


async def main(port: int) -> None:
    async with scripted(port=port) as upstream:
        print(f"{upstream.endpoint.base_url} answers as its model is named: {', '.join(NAMES)}", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    options.add_argument("--port", type=int, default=0)
    with suppress(KeyboardInterrupt):
        sys.exit(asyncio.run(main(options.parse_args().port)))
