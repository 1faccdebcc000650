"""What tests of replies say and look at."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from app.chat.replies import service
from app.chat.replies.queries import runs
from app.chat.replies.service import Begun, Saying
from app.core.asker import Asker
from app.core.ids import new_id
from app.database.engine import db

QUICK = "tokens-20"
CALM = "tokens-20-every-5ms"
SLOW = "tokens-400-every-10ms"
ENDLESS = "tokens-100000-every-5ms"
MUTE = "tokens-5-first-600000"
THOUGHTFUL = "tokens-20-thoughts-10-every-5ms"
SCRIPTS = (QUICK, CALM, SLOW, ENDLESS, MUTE, THOUGHTFUL, "echo", "status-401", "tokens-9-short-1",
           *(f"tokens-20-cut-{nth}" for nth in (0, 5, 7, 10, 15)))  # fmt: skip
Row = Mapping[str, Any]


async def say(asker: Asker, text: str = "hello", script: str = QUICK, **more: Any) -> Begun:
    """Say something to the model that follows this script."""
    given = {"key": str(new_id()), "models": [f"openai/{script}"], **more}
    return await service.say(asker, Saying(text=text, **given))


async def stored(user_id: UUID, message_id: UUID) -> Row:
    """A message as it lies in the database."""
    row: Row | None = await db.fetch_one("select * from messages where user_id = $1 and id = $2", user_id, message_id)
    assert row is not None
    return row


async def text_of(user_id: UUID, message_id: UUID) -> str:
    """What is kept of a reply so far, wherever it lies."""
    row = await runs.so_far(user_id, message_id)
    assert row is not None
    return str(row["content"] + row["content_more"])


async def settled(user_id: UUID, message_id: UUID) -> Row:
    """The message, once it has an end."""
    await until(lambda: _is_settled(user_id, message_id))
    return await stored(user_id, message_id)


async def _is_settled(user_id: UUID, message_id: UUID) -> bool:
    return (await stored(user_id, message_id))["status"] not in ("STREAMING", "QUEUED")


async def until(happens: Callable[[], Awaitable[bool]], within: float = 60) -> None:
    """Wait for it; the bound is for the slowest machine."""
    async with asyncio.timeout(within):
        while not await happens():
            await asyncio.sleep(0.02)


async def said_something(user_id: UUID, message_id: UUID, least: int = 1) -> None:
    """Wait until so many characters of a reply are kept."""

    async def happens() -> bool:
        return len(await text_of(user_id, message_id)) >= least

    await until(happens)


async def count(table: str, where: str = "true") -> int:
    """How many rows there are."""
    return int(await db.fetch_value(f"select count(*) from {table} where {where}"))
