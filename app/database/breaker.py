"""Fail fast while the database is away, instead of queueing one time-out behind another."""

import asyncio
import contextlib
import contextvars
from collections.abc import Awaitable, Callable

from app.core import log
from app.core.errors import Unavailable

_BETWEEN_PROBES = 0.25
_log = log.logger("app.database")


class Breaker:
    """Closed while things work. Opened by a failure that outlived its retries; closed again by its own probe."""

    def __init__(self, probe: Callable[[], Awaitable[None]]) -> None:
        self._probe = probe
        self._probing: asyncio.Task[None] | None = None

    @property
    def is_open(self) -> bool:
        return self._probing is not None and not self._probing.done()

    def check(self) -> None:
        """Raise at once while open."""
        if self.is_open:
            raise Unavailable(retry_after=2)

    def open(self) -> None:
        """Stop asking, and find out in the background when it makes sense again."""
        if not self.is_open:
            _log.error("The database is away; requests fail fast until it is back")
            self._probing = asyncio.create_task(self._until_back(), context=contextvars.Context())

    async def _until_back(self) -> None:
        while True:
            await asyncio.sleep(_BETWEEN_PROBES)
            with contextlib.suppress(Unavailable):
                await self._probe()
                _log.warning("The database is back")
                return

    async def close(self) -> None:
        """End the probe, where one is running."""
        if self._probing is not None:
            self._probing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._probing
            self._probing = None
