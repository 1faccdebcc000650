"""Where replies can be heard while they grow: those that are written here, and those that another process writes."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import Context
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from app.chat.replies.live import STREAMING, Key, Live
from app.chat.replies.queries import runs as queries
from app.chat.replies.scribe import TOPIC
from app.core.errors import NotFound, Unavailable
from app.database.bus import bus

_ASK_EVERY_S: Final = 1.0  # where no notice comes


@dataclass(slots=True)
class _Echo:
    """A reply that another process writes, read from the database for as long as somebody here listens."""

    live: Live
    listeners: int = 0
    bell: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None


class Hall:
    """The replies of this process by their message."""

    def __init__(self) -> None:
        self.lives: dict[UUID, Live] = {}
        self._echoes: dict[UUID, _Echo] = {}

    def enter(self, live: Live) -> None:
        """It is written here."""
        self.lives[live.key.message_id] = live

    def leave(self, live: Live) -> None:
        """It has ended."""
        if self.lives.get(live.key.message_id) is live:
            del self.lives[live.key.message_id]

    @asynccontextmanager
    async def listening(self, user_id: UUID, conversation_id: UUID, message_id: UUID) -> AsyncIterator[Live]:
        """One reply, growing for as long as the block lasts; also one that has ended. A stranger finds nothing."""
        live = self.lives.get(message_id)
        if live is not None and live.key == Key(user_id, conversation_id, message_id):
            yield live
            return
        live = _stored(user_id, message_id, await queries.so_far(user_id, message_id))
        if live.key.conversation_id != conversation_id:
            raise NotFound
        if live.is_settled:
            yield live
            return
        async with self._echoing(live) as echo:
            yield echo

    @asynccontextmanager
    async def _echoing(self, live: Live) -> AsyncIterator[Live]:
        message_id = live.key.message_id
        echo = self._echoes.get(message_id)
        if echo is None:
            echo = self._echoes[message_id] = _Echo(live)
            echo.task = asyncio.create_task(_follow(echo), context=Context())
        echo.listeners += 1
        try:
            yield echo.live
        finally:
            echo.listeners -= 1
            if not echo.listeners and echo.task is not None:
                echo.task.cancel()
                self._echoes.pop(message_id, None)


async def _follow(echo: _Echo) -> None:
    """Read on whenever something is said to have come, and now and then without being told."""
    key = echo.live.key

    def ear(about: UUID) -> None:
        if about == key.message_id:
            echo.bell.set()

    with bus.heard_by(TOPIC, ear):
        while not echo.live.is_settled:
            try:
                _grow(echo.live, await queries.so_far(key.user_id, key.message_id))
            except Unavailable:
                await asyncio.sleep(_ASK_EVERY_S)
            await _rung(echo.bell)


async def _rung(bell: asyncio.Event) -> None:
    try:
        async with asyncio.timeout(_ASK_EVERY_S):
            await bell.wait()
    except TimeoutError:
        return
    bell.clear()


def _stored(user_id: UUID, message_id: UUID, row: Any) -> Live:
    if row is None:
        raise NotFound
    live = Live(Key(user_id, row["conversation_id"], message_id))
    _grow(live, row)
    return live


def _grow(live: Live, row: Any) -> None:
    if row is None:  # deleted meanwhile, with its conversation
        live.settle("FAILED")
        return
    reasoning, text = row["reasoning"] + row["reasoning_more"], row["content"] + row["content_more"]
    if len(text) > live.answer.length or len(reasoning) > live.reasoning.length:
        live.add(text[live.answer.length :], reasoning[live.reasoning.length :])
    if row["status"] != STREAMING:
        live.settle(row["status"], row["error"] or "")
