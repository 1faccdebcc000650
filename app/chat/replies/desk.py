"""The one place of this process where replies are written and heard: its hall, its scribe, its runner, its reaper."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from contextvars import Context
from typing import Final

from app.chat.replies import reaper
from app.chat.replies.hall import Hall
from app.chat.replies.runner import Runner
from app.chat.replies.scribe import Scribe

PATIENCE_S: Final = 4.0  # for replies that run when the process is told to end

hall: Final = Hall()
scribe: Final = Scribe()
runner: Final = Runner(hall, scribe)


@asynccontextmanager
async def open_for_replies(
    settle_lost: reaper.Settle,
    answer_waiting: reaper.Answer,
    ending: Callable[[], Awaitable[None]],
) -> AsyncIterator[None]:
    """Write, and settle what others left, for as long as the block lasts; `ending` returns when the end is near."""
    tasks = [
        asyncio.create_task(scribe.run(), context=Context()),
        asyncio.create_task(reaper.reap(scribe, settle_lost, answer_waiting), context=Context()),
        asyncio.create_task(_close_at(ending), context=Context()),
    ]
    try:
        yield
    finally:
        await runner.close(0)
        for task in tasks:
            task.cancel()
        await asyncio.wait(tasks)


async def _close_at(ending: Callable[[], Awaitable[None]]) -> None:
    await ending()
    await runner.close(PATIENCE_S)
