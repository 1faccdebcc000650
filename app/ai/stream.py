"""An answer on its way: bytes come in, pieces go out, and nobody waits for longer than patience has it."""

import asyncio
from typing import Final

from app.ai.failures import CutOff, Endless, Silent, Stalled, UpstreamFailure
from app.ai.patience import Patience
from app.ai.question import Piece
from app.ai.reading import Reading
from app.ai.session import Answer, GivenUp
from app.core import clock

_LINGER: Final = 2.0  # for the bill, once the model has finished


class Stream:
    """What one answer brings, a piece a network packet.

    One timer serves it all its life, since a new one for every token would cost as much as the token.
    """

    def __init__(self, answer: Answer, patience: Patience, started: float) -> None:
        self._answer, self._patience, self._started = answer, patience, started
        self._reading = Reading(patience.most_chars)
        self._heard = started  # when there was the last sign of life
        self._is_awaited = True
        self._silence = patience.first
        self._loop = asyncio.get_running_loop()
        self._timer = self._loop.call_later(patience.total, self._look)
        self._look()

    async def next(self) -> Piece | None:
        """What comes next; None once the model has finished."""
        reading = self._reading
        self._is_awaited = True
        if reading.has_spoken:
            self._heard = clock.monotonic()  # how long the reader took is not held against the writer
        try:
            while reading.failure is None and not reading.is_over:
                piece = await self._hear()
                if not piece.is_empty:
                    return piece
        finally:
            self._is_awaited = False
        if reading.failure is not None:
            raise reading.failure
        return None

    async def _hear(self) -> Piece:
        reading = self._reading
        try:
            chunk = await self._answer.chunk()
        except CutOff:
            return reading.end(is_cut=True)  # it knows whether anything is missing
        except GivenUp:
            if not reading.is_finished:
                raise self._lateness() from None
            return reading.end()
        self._heard = clock.monotonic()
        piece = reading.feed(chunk) if chunk else reading.end()
        if self._silence != self._bearable():
            self._silence = self._bearable()
            self._look()
        return piece

    def _bearable(self) -> float:
        if self._reading.is_finished:
            return _LINGER
        return self._patience.idle if self._reading.has_spoken else self._patience.first

    def _look(self) -> None:
        """Give up if it is time to; or else look again when it may be."""
        self._timer.cancel()
        now = clock.monotonic()
        heard = self._heard if self._is_awaited else now
        left = min(heard + self._silence, self._started + self._patience.total) - now
        if left <= 0:
            self._answer.give_up()
        else:
            self._timer = self._loop.call_later(left, self._look)

    def _lateness(self) -> UpstreamFailure:
        if not self._reading.has_spoken:
            return Silent()
        return Endless() if clock.since(self._started) >= self._patience.total else Stalled()

    def close(self) -> None:
        """Hang up."""
        self._timer.cancel()
        self._answer.close()
