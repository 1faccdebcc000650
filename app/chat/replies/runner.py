"""Sees one reply from the model's first word to its settled message, whatever happens in between."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from contextvars import Context
from dataclasses import dataclass, field
from typing import Final

from app.ai.failures import UpstreamFailure
from app.ai.question import Piece
from app.chat.replies.hall import Hall
from app.chat.replies.live import Live
from app.chat.replies.scribe import Held, Scribe
from app.core import clock, log
from app.core.errors import Unavailable
from app.core.secrets import jitter

Source = Callable[[], AsyncGenerator[Piece, None]]
_log = log.logger("app.chat.replies")
_EACH_S: Final = 0.0005  # a pause between two looks at what came, for each reply under way
_WORTH_IT_S: Final = 0.004
_LONGEST_S: Final = 0.05
CUT_SHORT: Final = "LENGTH"  # it ended because the model may say no more at once


@dataclass(slots=True)
class Outcome:
    """What is known of a reply when no more of it comes."""

    live: Live
    status: str = "DONE"
    error: str = ""
    tokens_in: int | None = None
    tokens_out: int | None = None
    first_token_ms: int | None = None
    duration_ms: int = 0


Settle = Callable[[Outcome], Awaitable[None]]


@dataclass(slots=True)
class _Run:
    live: Live
    source: Source
    settle: Settle
    outcome: Outcome = field(init=False)
    task: asyncio.Task[None] | None = None
    wish: str = ""  # why it was told to end: STOPPED, INTERRUPTED, or LOST

    def __post_init__(self) -> None:
        self.outcome = Outcome(self.live)

    def end(self, wish: str) -> None:
        """End it; what it has said stays."""
        if self.task is not None and not self.task.done() and not self.wish:
            self.wish = wish
            self.task.cancel()


class Runner:
    """The replies that this process writes."""

    def __init__(self, hall: Hall, scribe: Scribe) -> None:
        self._hall = hall
        self._scribe = scribe
        self._runs: dict[Live, _Run] = {}
        self._attendants: set[asyncio.Task[None]] = set()

    def start(self, live: Live, source: Source, settle: Settle) -> None:
        """Begin to write. The task is nobody's child: it outlives the request, and its unit of work."""
        run = _Run(live, source, settle)
        self._runs[live] = run
        self._hall.enter(live)
        self._scribe.hold(
            Held(
                live,
                stop=lambda: run.end("STOPPED"),
                lose=lambda: run.end("LOST"),
                answered=live.answer.length,
                reasoned=live.reasoning.length,
                materialised=live.answer.length + live.reasoning.length,
            )
        )
        run.task = asyncio.create_task(self._listen(run), context=Context())
        attendant = asyncio.create_task(self._attend(run), context=Context())
        self._attendants.add(attendant)
        attendant.add_done_callback(self._attendants.discard)

    def stop(self, live: Live) -> None:
        """The person has heard enough."""
        if live in self._runs:
            self._runs[live].end("STOPPED")

    async def close(self, patience_s: float) -> None:
        """Let what runs come to its end for so long; then interrupt it, truthfully."""
        tasks = {run.task for run in self._runs.values() if run.task is not None}
        if tasks and patience_s:
            await asyncio.wait(tasks, timeout=patience_s)
        for run in self._runs.values():
            run.end("INTERRUPTED")
        if self._attendants:
            await asyncio.wait(self._attendants.copy(), timeout=1.5)

    async def _listen(self, run: _Run) -> None:
        """Hear it out. Where many talk at once, several words are heard at a time: nobody reads them one by one."""
        async with aclosing(run.source()) as pieces:
            async for piece in pieces:
                _hear(run, piece)
                pause = len(self._runs) * _EACH_S
                if pause > _WORTH_IT_S:
                    await asyncio.sleep(min(pause, _LONGEST_S))

    async def _attend(self, run: _Run) -> None:
        """See it to its end. The listener is a task of its own, so that ending it cancels no bookkeeping."""
        if run.task is not None:
            await asyncio.wait({run.task})
        _conclude(run)
        try:
            if run.wish != "LOST":
                await _persistently(run)
        finally:
            self._scribe.release(run.live)  # until then it is held, so that nobody takes it for left behind
            self._hall.leave(run.live)
            self._runs.pop(run.live, None)
            if not run.live.is_settled:
                run.live.settle("INTERRUPTED", "LOST")


def _hear(run: _Run, piece: Piece) -> None:
    live, outcome = run.live, run.outcome
    if outcome.first_token_ms is None and (piece.text or piece.reasoning):
        outcome.first_token_ms = round(clock.since(live.begun) * 1000)
    if piece.text or piece.reasoning:
        live.add(piece.text, piece.reasoning)
    _note(outcome, piece)


def _note(outcome: Outcome, piece: Piece) -> None:
    if piece.tokens_in is not None:
        outcome.tokens_in = piece.tokens_in
    if piece.tokens_out is not None:
        outcome.tokens_out = piece.tokens_out
    if piece.finish == "length":
        outcome.error = CUT_SHORT


def _conclude(run: _Run) -> None:
    """Why no more comes, as it will be told."""
    outcome, task = run.outcome, run.task
    outcome.duration_ms = round(clock.since(run.live.begun) * 1000)
    if run.wish:
        outcome.status = run.wish
    elif task is None or task.cancelled():
        outcome.status = "INTERRUPTED"
    elif failure := task.exception():
        outcome.status = "FAILED"
        outcome.error = failure.code if isinstance(failure, UpstreamFailure) else "OURS"
        if not isinstance(failure, UpstreamFailure):
            _log.error("A reply failed", exc_info=failure)


async def _persistently(run: _Run) -> None:
    """Write the end of it, however long the database is away: there is no other place for what was said."""
    pause = 0.1
    while True:
        try:
            await run.settle(run.outcome)
        except Unavailable:
            await asyncio.sleep(pause + jitter(pause))
            pause = min(pause * 2, 2.0)
        else:
            return
