"""B27: whatever call fails, and whichever word is the last: the old state or the new one, and never half."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace

import pytest

from app.chat.replies.desk import hall
from app.core.asker import Asker
from app.core.errors import AppError
from app.core.ids import new_id
from app.core.settings import settings
from app.database.address import Address
from app.database.engine import db
from tests.chat.replies.talking import count, say, stored
from tests.line import Line, line_to
from tests.provider import streamed

pytestmark = pytest.mark.usefixtures("desk")
STEP = 3
MOST = 40


@asynccontextmanager
async def through_a_line(database: Address) -> AsyncIterator[Line]:
    """Everything that this process asks of the database goes through a line that can be cut."""
    await db.close()
    async with line_to(database.host) as line:
        await db.open(replace(database, host=line.host), *settings().pool)
        try:
            yield line
        finally:
            await db.close()
    await db.open(database, *settings().pool)


async def nobody_writes() -> None:
    async with asyncio.timeout(60):
        while hall.lives:
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("step", [STEP, pytest.param(1, marks=pytest.mark.long)])
@pytest.mark.parametrize("answered", [False, True])
async def test_b27_whatever_call_fails_a_turn_is_there_as_a_whole_or_not_at_all(
    asker: Asker, database: Address, step: int, *, answered: bool
) -> None:
    halves, tried, refused = [], 0, 0
    async with through_a_line(database) as line:
        for nth in range(1, MOST, step):
            key = str(new_id())
            line.cut(nth, answered=answered)
            tried += 1
            try:
                await say(asker, key, key=key, script="tokens-20-every-5ms")
            except AppError:
                refused += 1
            await nobody_writes()
            line.cut(0)
            again = await say(asker, key, key=key)
            await nobody_writes()
            halves += [] if await _is_whole(asker, key, again.replies[0]) else [nth]
        in_use = db.use()[0]
    print(
        f"B27: a call cut {'after' if answered else 'before'} it was carried out, {tried} places, {refused} refused, "
        f"{len(halves)} half, {in_use} connections in use"
    )
    assert (halves, in_use) == ([], 0)


async def _is_whole(asker: Asker, text: str, reply_id: object) -> bool:
    """One message with one reply that came to its end, and nothing that is still under way."""
    messages = await count("messages", f"content = '{text}'")
    reply = await stored(asker.id, reply_id)  # type: ignore[arg-type] # a UUID
    left = await count("runs") + await count("chunks") + await count("messages", "status in ('STREAMING', 'QUEUED')")
    return (messages, reply["content"], left) == (1, streamed(20), 0)


@pytest.mark.parametrize("nth", range(0, 20, 5))
async def test_b27_whichever_word_is_the_last_all_before_it_are_kept(asker: Asker, nth: int) -> None:
    begun = await say(asker, script=f"tokens-20-cut-{nth}")
    await nobody_writes()
    reply = await stored(asker.id, begun.replies[0])
    assert (reply["status"], reply["content"]) == ("FAILED", streamed(nth))
    assert await count("runs") + await count("chunks") == 0
