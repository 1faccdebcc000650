"""People who talk, many at once, as a page does it: what they send and how soon the first words come."""

import asyncio
import json
import re
import time
from dataclasses import dataclass, field
from urllib.parse import urlencode

MODEL = "tokens-100-every-10ms"
Line = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(slots=True)
class Heard:
    """What came of one question: milliseconds to the first words, and whether it came to its end."""

    first_ms: float = float("nan")
    is_whole: bool = False


async def head_of(reader: asyncio.StreamReader) -> tuple[int, dict[str, str]]:
    """The status and the headers of an answer."""
    first, *lines = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    pairs = (line.partition(":") for line in lines if line)
    return int(first.split(" ")[1]), {name.lower(): value.strip() for name, _, value in pairs}


async def body_of(reader: asyncio.StreamReader, headers: dict[str, str]) -> str:
    """All of a body, however it is framed."""
    if "content-length" in headers:
        return (await reader.readexactly(int(headers["content-length"]))).decode()
    parts = []
    while part := await chunk_of(reader):
        parts.append(part)
    return b"".join(parts).decode()


async def chunk_of(reader: asyncio.StreamReader) -> bytes:
    """One chunk of a body; nothing at its end."""
    size = int((await reader.readuntil(b"\r\n")).strip() or b"0", 16)
    return (await reader.readexactly(size + 2))[:-2]


async def asked(port: int) -> Heard:
    """A model asked without us, or through a server that only passes on."""
    body = json.dumps({"model": MODEL, "messages": [{"role": "user", "content": "hello"}], "stream": True})
    begun, heard = time.perf_counter(), Heard()
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    head = f"POST /v1/chat/completions HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n"
    writer.write(f"{head}content-type: application/json\r\n\r\n{body}".encode())
    status, _ = await head_of(reader)
    while status == 200 and (part := await chunk_of(reader)):
        if heard.first_ms != heard.first_ms and b'"content"' in part:
            heard.first_ms = (time.perf_counter() - begun) * 1000
        heard.is_whole = heard.is_whole or b"[DONE]" in part
    writer.close()
    return heard


@dataclass
class Person:
    """Somebody who is signed in, with a conversation of their own."""

    port: int
    cookie: str
    talk: str = ""
    csrf: str = ""
    line: Line | None = field(default=None, repr=False)

    async def ask(self, method: str, path: str, form: dict[str, str] | None = None) -> tuple[int, dict[str, str], str]:
        """One request as htmx makes it, on a connection that stays."""
        reader, _ = await self._sent(method, path, form)
        status, headers = await head_of(reader)
        return status, headers, await body_of(reader, headers)

    async def _sent(self, method: str, path: str, form: dict[str, str] | None = None) -> Line:
        if self.line is None or self.line[0].at_eof():
            self.leave()
            self.line = await asyncio.open_connection("127.0.0.1", self.port)
        body = urlencode({**form, "_csrf": self.csrf}) if form is not None else ""
        kind = f"content-type: application/x-www-form-urlencoded\r\ncontent-length: {len(body)}\r\n" if body else ""
        swap = "hx-request: true\r\n" if body and self.talk else ""
        head = f"{method} {path} HTTP/1.1\r\nhost: 127.0.0.1\r\ncookie: {self.cookie}\r\n"
        self.line[1].write(f"{head}{kind}{swap}\r\n{body}".encode())
        return self.line

    async def settle_in(self, model: str) -> None:
        """Open the page, and begin a conversation that the rest goes on with."""
        page = (await self.ask("GET", "/preferences"))[2]
        self.csrf = page.split('name="_csrf" value="', 1)[1].split('"', 1)[0]
        _, headers, _ = await self.ask("POST", "/c", {"text": "hello", "key": f"first-{self.cookie}", "model": model})
        self.talk = headers["location"].split("#")[0]

    async def say(self, key: str, model: str) -> str:
        """Say something; where the answer is streamed."""
        _, _, page = await self.ask("POST", self.talk, {"text": "go on", "key": key, "model": model})
        found: list[str] = re.findall(r'hx-sse:connect="([^"]+)"', page)
        return found[-1] if found else "/nowhere"

    async def listen(self, key: str, model: str) -> Heard:
        """Say something, and hear the answer out."""
        begun, heard = time.perf_counter(), Heard()
        reader, _ = await self._sent("GET", await self.say(key, model))
        status, _ = await head_of(reader)
        while status == 200 and (part := await chunk_of(reader)):
            if heard.first_ms != heard.first_ms and re.search(rb"^id: [1-9]", part, re.MULTILINE):
                heard.first_ms = (time.perf_counter() - begun) * 1000
            heard.is_whole = heard.is_whole or b"event: done\ndata: DONE" in part
        if status != 200:
            self.leave()
            self.line = None
        return heard

    def leave(self) -> None:
        """Hang up."""
        if self.line is not None:
            self.line[1].close()
