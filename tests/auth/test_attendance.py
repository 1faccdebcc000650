"""Streams that are left."""

import asyncio
from collections.abc import AsyncGenerator

import pytest

from app.auth import attendance
from app.core.asker import Asker
from tests.cast import Player


async def test_a_stream_that_is_left_again_and_again_is_closed_once_and_in_peace(alice: Player) -> None:
    closed: list[str] = []

    async def events() -> AsyncGenerator[bytes, None]:
        try:
            while True:
                yield b"something"
                await asyncio.sleep(60)
        finally:
            await asyncio.sleep(0.02)  # what is tidied up takes its time
            closed.append("in peace")

    async def follow() -> None:
        async for _ in attendance.while_allowed(Asker(alice.id, alice.name, alice.email, "DEVELOPER"), events()):
            pass

    following = asyncio.create_task(follow())
    await asyncio.sleep(0.02)
    for _ in range(3):
        following.cancel()
        await asyncio.sleep(0)
    with pytest.raises(asyncio.CancelledError):
        await following
    assert closed == ["in peace"]
