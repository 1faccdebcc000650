"""A line to PostgreSQL that can be cut: at any call, before the server hears it or before we hear the answer."""

import asyncio
import contextlib
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from contextvars import Context
from pathlib import Path
from typing import TypeAlias

from app.core.patience import patience
from app.database.address import Address
from app.database.engine import Engine

SOCKET = ".s.PGSQL.5432"
READY = b"Z\x00\x00\x00\x05"
Reader: TypeAlias = asyncio.StreamReader
Writer: TypeAlias = asyncio.StreamWriter
CALLS = frozenset(b"QS")  # a simple query, and the end of an extended one


class Line:
    """Stands between a pool and a server, and counts what is asked."""

    def __init__(self, server: str, directory: str) -> None:
        self.server = f"{server}/{SOCKET}"
        self.host = directory
        self.calls = 0
        self.connections = 0
        self.is_thawed = asyncio.Event()
        self._cut_at = 0
        self._answered = False
        self._ends: list[Callable[[], None]] = []
        self._door: asyncio.Server | None = None
        self._return: asyncio.Task[None] | None = None
        self.is_thawed.set()

    def cut(self, nth: int, *, answered: bool = False) -> None:
        """Cut the connection at the nth call from now: before it arrives, or after it was carried out."""
        self._cut_at, self._answered = self.calls + nth, answered

    @property
    def is_whole(self) -> bool:
        """Whether the call that was to be cut never came."""
        return self.calls < self._cut_at

    async def back(self) -> None:
        """Take connections."""
        self._door = await asyncio.start_unix_server(self._serve, f"{self.host}/{SOCKET}")

    def away(self) -> None:
        """Take none, and cut those that there are."""
        if self._door is not None:
            self._door.close()
        Path(self.host, SOCKET).unlink(missing_ok=True)
        for end in self._ends:
            end()

    def away_for(self, seconds: float) -> None:
        """Be away, and come back by itself."""
        self.away()
        self._return = asyncio.create_task(self._back_after(seconds), context=Context())

    async def _back_after(self, seconds: float) -> None:
        await asyncio.sleep(seconds)
        await self.back()

    async def end(self) -> None:
        """Leave nothing."""
        self.away()
        if self._return is not None:
            self._return.cancel()
            await asyncio.wait([self._return])

    async def _serve(self, reader: Reader, writer: Writer) -> None:
        self.connections += 1
        upstream, server = await asyncio.open_unix_connection(self.server)
        muted = asyncio.Event()

        def end() -> None:
            writer.transport.abort()
            server.transport.abort()

        self._ends.append(end)
        with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
            await asyncio.gather(self._ask(reader, server, muted, end), self._answer(upstream, writer, muted, end))
        self._ends.remove(end)
        end()

    async def _ask(self, reader: Reader, server: Writer, muted: asyncio.Event, end: Callable[[], None]) -> None:
        size = await reader.readexactly(4)
        server.write(size + await reader.readexactly(int.from_bytes(size) - 4))
        while True:
            head = await reader.readexactly(5)
            body = await reader.readexactly(int.from_bytes(head[1:]) - 4)
            self.calls += head[0] in CALLS
            if head[0] in CALLS and self.calls == self._cut_at:
                if not self._answered:
                    end()
                    return
                muted.set()
            await self.is_thawed.wait()
            server.write(head + body)

    async def _answer(
        self,
        upstream: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        muted: asyncio.Event,
        end: Callable[[], None],
    ) -> None:
        while data := await upstream.read(65536):
            if not muted.is_set():
                writer.write(data)
            elif READY in data:
                break
        end()


@asynccontextmanager
async def line_to(server: str) -> AsyncIterator[Line]:
    """A line that stands."""
    with tempfile.TemporaryDirectory(prefix="line-", dir="/tmp") as directory:
        line = Line(server, directory)
        await line.back()
        try:
            yield line
        finally:
            await line.end()
            await asyncio.sleep(0)


@asynccontextmanager
async def pool_to(address: Address, most: int = 3) -> AsyncIterator[Engine]:
    """An engine of its own."""
    engine = Engine()
    await engine.open(address, most, 0)
    try:
        yield engine
    finally:
        await engine.close()


@contextmanager
def impatient(seconds: float = 0.2) -> Iterator[None]:
    """For statements of this block, wait so long and no longer."""
    token = patience.set(seconds)
    try:
        yield
    finally:
        patience.reset(token)
