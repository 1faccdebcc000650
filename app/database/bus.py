"""Short notices between the processes of one database: "something about this changed", never what.

A notice may be lost; whoever needs to know all of it reads the table. Publishing is ticked on a connection of its own,
since NOTIFY in an ordinary transaction takes a lock that every other one waits for.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any, Final
from uuid import UUID

import asyncpg

from app.core import log
from app.core.errors import AppError, Unavailable
from app.core.secrets import jitter, new_token
from app.database.address import Address
from app.database.connection import connected

CHANNEL: Final = "commonplace"
TICK: Final = 0.02
_PING_EVERY: Final = 5.0
_BACK_AFTER: Final = 0.25
_IDS_A_NOTICE: Final = 150  # PostgreSQL takes 8,000 bytes at once
_NOTIFY: Final = "select pg_notify($1, payload) from unnest($2::text[]) as payload"
_log = log.logger("app.database.bus")

Ear = Callable[[UUID], None]


class Bus:
    """One process's ends of the line: what it has to tell, and who here wants to hear."""

    def __init__(self) -> None:
        self._name = new_token()[:8]
        self._ears: dict[str, list[Ear]] = {}
        self._waiting: dict[tuple[str, UUID], None] = {}
        self._bell = asyncio.Event()
        self.is_connected = False

    def publish(self, topic: str, about: UUID) -> None:
        """Tell everybody, here at once and elsewhere within a tick."""
        self._hear(topic, about)
        self._waiting[topic, about] = None
        self._bell.set()

    @contextmanager
    def heard_by(self, topic: str, ear: Ear) -> Iterator[None]:
        """Call this with every id that is published under this topic, wherever that is."""
        ears = self._ears.setdefault(topic, [])
        ears.append(ear)
        try:
            yield
        finally:
            ears.remove(ear)

    async def run(self, address: Address) -> None:
        """Stay connected until cancelled, whatever happens to the database."""
        while True:
            try:
                async with connected(address) as connection:
                    await self._attend(connection)
            except (
                AppError,
                asyncpg.PostgresError,
                asyncpg.InterfaceError,
                asyncpg.InternalClientError,
                OSError,
            ) as why:
                if self.is_connected:
                    _log.warning("The line between processes broke: %s", type(why).__name__)
                if not isinstance(why, Unavailable | OSError | asyncpg.PostgresError | asyncpg.InterfaceError):
                    _log.error("Processes cannot hear of each other: %s", why)
            self.is_connected = False
            await asyncio.sleep(_BACK_AFTER + jitter(_BACK_AFTER))

    async def _attend(self, connection: Any) -> None:
        await connection.add_listener(CHANNEL, self._came)
        self.is_connected = True
        self._bell.set()
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._bell.wait(), _PING_EVERY)
            await self._send(connection)
            await asyncio.sleep(TICK)

    async def _send(self, connection: Any) -> None:
        """What has gathered since the last tick; nothing, now and then, to see whether the line still holds."""
        self._bell.clear()
        waiting, self._waiting = self._waiting, {}
        is_sent = False
        try:
            await connection.execute(_NOTIFY, CHANNEL, self._packed(list(waiting)), timeout=_PING_EVERY)
            is_sent = True
        finally:
            if not is_sent:  # the next connection tells it; twice is no harm
                self._waiting = {**waiting, **self._waiting}

    def _packed(self, waiting: Sequence[tuple[str, UUID]]) -> list[str]:
        words = [f"{topic}:{about.hex}" for topic, about in waiting]
        heads = range(0, len(words), _IDS_A_NOTICE)
        return [" ".join([self._name, *words[head : head + _IDS_A_NOTICE]]) for head in heads]

    def _came(self, _connection: Any, _pid: int, _channel: str, payload: str) -> None:
        sender, *words = payload.split(" ")
        if sender == self._name:
            return
        for word in words:
            topic, _, about = word.partition(":")
            self._hear(topic, UUID(hex=about))

    def _hear(self, topic: str, about: UUID) -> None:
        for ear in tuple(self._ears.get(topic, ())):
            ear(about)


bus: Final = Bus()
