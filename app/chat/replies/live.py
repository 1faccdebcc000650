"""The text of one reply as this process knows it, while it grows; and whoever waits for more of it."""

import asyncio
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from app.core import clock

STREAMING: Final = "STREAMING"


@dataclass(frozen=True, slots=True)
class Key:
    """Which reply, in which conversation, whose."""

    user_id: UUID
    conversation_id: UUID
    message_id: UUID


@dataclass(slots=True)
class Voice:
    """A text that only grows, in the pieces in which it came."""

    parts: list[str] = field(default_factory=list)
    length: int = 0

    def add(self, text: str) -> None:
        """Say more."""
        self.parts.append(text)
        self.length += len(text)

    @property
    def text(self) -> str:
        """All of it."""
        if len(self.parts) > 1:
            self.parts = ["".join(self.parts)]
        return self.parts[0] if self.parts else ""

    def after(self, length: int) -> str:
        """What came after so many characters."""
        return self.text[length:] if length < self.length else ""


class Live:
    """One reply under way. Followers read its voices at their own pace and wait for the next change."""

    def __init__(self, key: Key, epoch: int = 0) -> None:
        self.key = key
        self.epoch = epoch
        self.answer = Voice()
        self.reasoning = Voice()
        self.status = STREAMING
        self.error = ""
        self.begun = clock.monotonic()
        self.reasoned_s = 0.0
        self._changed: asyncio.Future[None] | None = None

    @property
    def is_settled(self) -> bool:
        return self.status != STREAMING

    def add(self, text: str, reasoning: str = "") -> None:
        """More of it came."""
        if reasoning:
            self.reasoning.add(reasoning)
            self.reasoned_s = clock.since(self.begun)
        if text:
            self.answer.add(text)
        self._wake()

    def settle(self, status: str, error: str = "") -> None:
        """It has come to its end."""
        self.status, self.error = status, error
        self._wake()

    def change(self) -> "asyncio.Future[None]":
        """What is done as soon as more has come, or the end. Everybody who waits shares it, so nobody cancels it."""
        if self._changed is None:
            self._changed = asyncio.get_running_loop().create_future()
        return self._changed

    def _wake(self) -> None:
        changed, self._changed = self._changed, None
        if changed is not None and not changed.done():
            changed.set_result(None)
