"""Settles what died: replies whose lease has run out, since their worker is gone. Others' are never touched."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from typing import Any, Final

from app.chat.replies.live import Key
from app.chat.replies.queries import runs as queries
from app.chat.replies.queries import turns
from app.chat.replies.scribe import Scribe
from app.core import clock, log
from app.core.errors import Unavailable
from app.core.secrets import jitter

LOOK_EVERY_S: Final = 2.0
# After the database was away every lease is old. Whoever lives renews within a second, so it gets that long, and more.
_STEADY_S: Final = 2.5
Settle = Callable[[Key, int], Coroutine[Any, Any, None]]
Answer = Callable[[Key], Coroutine[Any, Any, None]]
_log = log.logger("app.chat.replies")


async def reap(scribe: Scribe, settle: Settle, answer_waiting: Answer) -> None:
    """Look now and then, until cancelled."""
    steady_since = math.inf  # the first look at which the database was there, and has been since
    while True:
        try:
            await queries.of_owner(scribe.name)
            steady_since = min(steady_since, clock.monotonic())
            if clock.since(steady_since) >= _STEADY_S:
                await _round(scribe, settle, answer_waiting)
        except Unavailable:
            steady_since = math.inf
        await asyncio.sleep(LOOK_EVERY_S / 2 + jitter(LOOK_EVERY_S))


async def _round(scribe: Scribe, settle: Settle, answer_waiting: Answer) -> None:
    ours = [key.message_id for key in scribe.held]
    for key, epoch in await queries.claim_lost(scribe.name, ours):
        _log.warning("Settling reply %s, whose worker was not heard of any more", key.message_id)
        await _apart(settle(key, epoch))
    for key in await turns.left_waiting():
        _log.warning("Answering what waited for %s, which has ended", key.message_id)
        await _apart(answer_waiting(key))


async def _apart(work: Coroutine[Any, Any, None]) -> None:
    """One that cannot be done keeps nobody from the others; the database being away keeps us from all."""
    task = asyncio.create_task(work)
    await asyncio.wait({task})
    failure = task.exception()
    if isinstance(failure, Unavailable):
        raise failure
    if failure is not None:
        _log.error("A reply that was left behind could not be settled", exc_info=failure)
