"""Streams that tell a page that there is more; none outlives the sign-in that it was opened with."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Final
from uuid import UUID

from app.chat.conversations import queries
from app.chat.replies.settling import TALK
from app.database.bus import bus
from app.web.drain import draining

BREATH_S: Final = 25.0
_CALM_S: Final = 0.1


async def beats(user_id: UUID, conversation_id: UUID) -> AsyncGenerator[bytes, None]:
    """The last message of the shown path, whenever something was said; the page looks whether it has it."""
    bell = asyncio.Event()

    def ear(about: UUID) -> None:
        if about == conversation_id:
            bell.set()

    with bus.heard_by(TALK, ear):
        while not draining.is_set():
            row = await queries.leaf_of(user_id, conversation_id)
            if row is None:
                return
            yield f"event: talk\ndata: {row}\n\n".encode()
            while not await _rung(bell):
                yield b": still here\n\n"
            await asyncio.sleep(_CALM_S)
            bell.clear()


async def _rung(bell: asyncio.Event) -> bool:
    ending = asyncio.ensure_future(draining.wait())
    ringing = asyncio.ensure_future(bell.wait())
    try:
        done, _ = await asyncio.wait({ending, ringing}, timeout=BREATH_S, return_when=asyncio.FIRST_COMPLETED)
    finally:  # also where the page has gone meanwhile: nobody else would end them
        for each in (ending, ringing):
            each.cancel()
    return bool(done)
