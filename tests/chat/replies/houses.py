"""The product in processes of its own, with a scripted model, for those who kill it."""

import asyncio
import os
import re
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import httpx2
import psutil

from app.core.ids import new_id
from app.core.secrets import hashed, new_token
from tests.bench.house import House, house, scratch
from tests.provider import Upstream, scripted

LASTING = "tokens-900-every-10ms"
SOON = "tokens-300-every-10ms"
ENDLESS = "tokens-100000-every-2ms"
QUICK = "tokens-20"
ECHO = "echo"
MODELS = (LASTING, SOON, ENDLESS, QUICK, ECHO)
Row = dict[str, Any]


@dataclass
class Said:
    """What a server acknowledged."""

    talk: str
    text: str
    events: str
    reply: str


@dataclass
class Town:
    """Servers on one data directory, one after the other or beside each other, and whoever owns them."""

    folder: Path
    upstream: Upstream
    cookie: str = ""
    csrf: str = ""
    houses: list[House] = field(default_factory=list)
    stack: AsyncExitStack = field(default_factory=AsyncExitStack)

    @property
    def newest(self) -> House:
        return self.houses[-1]

    async def open(self) -> House:
        """One more server."""
        given = {"OPENAI_BASE_URL": self.upstream.url, "OPENAI_API_KEY": "sk-x", "COMMONPLACE_PROFILE": "test"}
        context = house(self.folder / "data", COMMONPLACE_FIND_LOCAL_MODELS="no", **given)
        here = await asyncio.to_thread(context.__enter__)
        self.stack.push_async_callback(asyncio.to_thread, context.__exit__, None, None, None)
        self.houses.append(here)
        if not self.cookie:
            await asyncio.to_thread(here.sign_in)
            self.cookie = here.cookie
            page = (await asyncio.to_thread(here.ask, "/preferences"))[2]
            self.csrf = page.split('name="_csrf" value="', 1)[1].split('"', 1)[0]
        return here

    def browser(self, here: House | None = None, cookie: str = "") -> httpx2.AsyncClient:
        port = (here or self.newest).port
        headers = {"cookie": cookie or self.cookie, "x-csrf-token": self.csrf}
        return httpx2.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=30)

    async def say(self, client: httpx2.AsyncClient, text: str, script: str = LASTING, key: str = "") -> Said:
        """Say something in a conversation of its own, however often it takes until that is acknowledged."""
        form = {"text": text, "key": key or str(new_id()), "model": f"openai/{script}"}
        async with asyncio.timeout(60):
            while True:
                with suppress(httpx2.TransportError):
                    answer = await client.post("/c", data=form)
                    if answer.status_code == 303:
                        return await self._said(answer.headers["location"], text)
                    assert answer.status_code == 503, answer.text
                await asyncio.sleep(0.05)

    async def _said(self, talk: str, text: str) -> Said:
        rows = await self.rows("select id from messages where conversation_id = $1 and role = 'ASSISTANT'", talk[3:])
        reply = str(rows[0]["id"])
        return Said(talk, text, f"{talk}/m/{reply}/events", reply)

    async def rows(self, sql: str, *values: Any) -> list[Any]:
        """What lies in the database, once it is there."""
        async with asyncio.timeout(60):
            while True:
                with suppress(asyncpg.PostgresError, OSError, asyncpg.InterfaceError, LookupError):
                    connection = await asyncpg.connect(host=self.sockets(), user="commonplace", database="commonplace")
                    try:
                        return list(await connection.fetch(sql, *values))
                    finally:
                        await connection.close()
                await asyncio.sleep(0.1)

    def sockets(self) -> str:
        return next(found[1] for each in self._postmasters() if (found := _SOCKETS.search(" ".join(each.cmdline()))))

    def postmaster(self) -> psutil.Process:
        """The server of the database."""
        return next(iter(self._postmasters()))

    def _postmasters(self) -> Sequence[psutil.Process]:
        found = []
        for process in psutil.process_iter(["name", "cmdline"]):
            command = process.info["cmdline"] or []
            if process.info["name"] == "postgres" and str(self.folder) in " ".join(command):
                found.append(process)
        return found

    async def kill(self, here: House) -> float:
        """SIGKILL for a server; when it was."""
        os.kill(here.process.pid, signal.SIGKILL)
        moment = asyncio.get_running_loop().time()
        await asyncio.to_thread(here.process.wait)
        return moment

    async def settled(self) -> float:
        """Wait until no reply is under way; seconds it took."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        async with asyncio.timeout(90):
            while (await self.rows("select count(*) from messages where status in ('STREAMING', 'QUEUED')"))[0][0]:
                await asyncio.sleep(0.2)
        return loop.time() - begun

    async def stranger(self) -> str:
        """The cookie of somebody else."""
        token, person = new_token(), new_id()
        await self.rows(
            "insert into users (id, email, email_verified_at, name, role, onboarding)"
            " values ($1, 'bob@example.com', now(), 'Bob', 'DEVELOPER', '{\"done\": true}')",
            person,
        )
        await self.rows(
            "insert into login_sessions (id, user_id, token_sha256, expires_at, how)"
            " values ($1, $2, $3, now() + interval '1 day', 'test')",
            new_id(),
            person,
            hashed(token),
        )
        return f"session={token}"


_SOCKETS = re.compile(r"unix_socket_directories=\"?([^\" ]+)")


@asynccontextmanager
async def town() -> AsyncIterator[Town]:
    """A place for servers, with the first of them."""
    listed = {"data": [{"id": model} for model in MODELS]}
    with scratch() as folder:
        async with scripted(models=listed) as upstream:
            found = Town(folder, upstream)
            async with found.stack:
                await found.open()
                yield found


def sent_by(upstream: Upstream, text: str, moment: float) -> int:
    """How many characters the model had sent by then to the question with this text."""
    asked = next(each for each in upstream.asked if each.body and each.body["messages"][-1]["content"] == text)
    return max((length for when, length in asked.sent if when <= moment), default=0)
