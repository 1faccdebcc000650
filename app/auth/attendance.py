"""Open streams end when the sign-in ends that they were opened with: one look every few seconds for all of them."""

import asyncio
from collections.abc import AsyncGenerator, Iterator
from contextlib import aclosing, contextmanager, suppress
from typing import Any, Final
from uuid import UUID

from app.auth.queries import sessions as queries
from app.core.asker import Asker
from app.core.errors import TooMany, Unavailable
from app.core.language import marked

LOOK_EVERY_S: Final = 3.0
MOST_STREAMS: Final = 40  # of one person, in one process


class Attended:
    """One stream of somebody who was let in."""

    def __init__(self, asker: Asker) -> None:
        self.asker = asker
        self.ended: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def end(self) -> None:
        """They are no longer let in."""
        if not self.ended.done():
            self.ended.set_result(None)

    async def until_ended(self, events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
        """The same events, until the sign-in ends."""
        async with aclosing(events):
            while (event := await self._step(events)) is not None:
                yield event

    async def _step(self, events: AsyncGenerator[bytes, None]) -> bytes | None:
        """The next event; none at the end of either."""
        step: asyncio.Future[bytes | None] = asyncio.ensure_future(_next(events))
        either: set[asyncio.Future[Any]] = {step, self.ended}
        try:
            await asyncio.wait(either, return_when=asyncio.FIRST_COMPLETED)
        finally:
            await _ended(step)
        return None if step.cancelled() or self.ended.done() else step.result()


async def _ended(step: "asyncio.Future[Any]") -> None:
    """End it, however often whoever waits is cancelled meanwhile: nobody may close what is still running."""
    step.cancel()
    while not step.done():
        with suppress(asyncio.CancelledError):
            await asyncio.wait({step})


async def _next(events: AsyncGenerator[bytes, None]) -> bytes | None:
    return await anext(events, None)


_streams: Final[set[Attended]] = set()


def check(asker: Asker) -> None:
    """Raise where this person listens to more than anybody needs. Asked before the answer begins."""
    if sum(each.asker.id == asker.id for each in _streams) >= MOST_STREAMS:
        raise TooMany(marked("So many pages of yours listen already. Close some of them."))


@contextmanager
def attending(asker: Asker) -> Iterator[Attended]:
    """Watch over a stream for as long as the block lasts."""
    attended = Attended(asker)
    _streams.add(attended)
    try:
        yield attended
    finally:
        _streams.discard(attended)


async def while_allowed(asker: Asker, events: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    """The same events, for as long as whoever asked for them is still let in, and the database is there.

    A stream that has begun can say nothing more of a failure; it ends, and the page comes back for the rest.
    """
    with attending(asker) as attended, suppress(Unavailable):
        async with aclosing(attended.until_ended(events)) as allowed:
            async for event in allowed:
                yield event


async def watch() -> None:
    """Look after every stream of this process, until cancelled."""
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        if not _streams:
            continue
        watched = list(_streams)
        try:
            sessions, people = await _still_in(watched)
        except Unavailable:
            continue
        for each in watched:
            if each.asker.id not in people or (each.asker.session_id and each.asker.session_id not in sessions):
                each.end()


async def _still_in(watched: list[Attended]) -> tuple[set[UUID], set[UUID]]:
    sessions = {each.asker.session_id for each in watched if each.asker.session_id}
    people = {each.asker.id for each in watched}
    return await queries.still_in(list(sessions), list(people))
