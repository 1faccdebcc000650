"""Fail fast while the database is away, instead of queueing one time-out behind another."""

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

from app.core import log
from app.core.errors import Unavailable

_BETWEEN_PROBES = 0.25
_log = log.logger("app.database")


class Breaker:
    """Closed while things work. Opened by a failure that outlived its retries; closed again by its own probe."""

    def __init__(self, probe: Callable[[], Awaitable[bool]]) -> None:
        self._probe = probe
        self._probing: asyncio.Task[None] | None = None
        self.is_open = False

    def check(self) -> None:
        """Raise at once while open."""
        if self.is_open:
            raise Unavailable(retry_after=2)

    def open(self) -> None:
        """Stop asking, and find out in the background when it makes sense again."""
        if not self.is_open:
            _log.error("The database is away; requests fail fast until it is back")
            self.is_open = True
        self._look_after(self._until_back)

    def doubt(self) -> None:
        """Something took too long: see whether the database is there at all."""
        self._look_after(self._look)

    def _look_after(self, what: Callable[[], Coroutine[Any, Any, None]]) -> None:
        if self._probing is None or self._probing.done():
            self._probing = asyncio.create_task(what(), context=contextvars.Context())

    async def _look(self) -> None:
        is_there = await self._probe()
        self.is_open = self.is_open or not is_there  # it may have been opened meanwhile
        if self.is_open:
            await self._until_back()

    async def _until_back(self) -> None:
        while self.is_open:
            await asyncio.sleep(_BETWEEN_PROBES)
            self.is_open = not await self._probe()
        _log.warning("The database is back")

    async def close(self) -> None:
        """End the probe, where one is running."""
        self.is_open = False
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing
            self._probing = None
