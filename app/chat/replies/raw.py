"""A growing reply as its plain text, for programs.

The id of each event is the offset of the text that it leads up to, in Unicode code points; whoever comes back with it
as Last-Event-ID goes on exactly there.
"""

from collections.abc import AsyncGenerator
from typing import Any, Final

import msgspec

from app.chat.replies.following import changes
from app.chat.replies.live import Live

LONGEST_OFFSET: Final = 9  # digits


def offset(header: str, usual: int) -> int:
    """The place that a program says it has come to."""
    is_one = header.isascii() and header.isdecimal() and len(header) <= LONGEST_OFFSET
    return int(header) if is_one else max(0, usual)


class Listener:
    """How far one program has come with one reply."""

    def __init__(self, live: Live, after: int) -> None:
        self._live = live
        self._at = after
        self._reasoned = 0

    def events(self) -> bytes:
        """What it lacks, or nothing."""
        return b"".join([*self._thoughts(), *self._words()])

    def _words(self) -> list[bytes]:
        voice, after = self._live.answer, self._at
        if after == voice.length:
            return []
        self._at = voice.length
        if after > voice.length:  # it had seen what died with its worker
            return [_event({"replace": voice.text}, self._at)]
        return [_event({"text": voice.after(after)}, self._at)]

    def _thoughts(self) -> list[bytes]:
        """Thoughts have no place in the id: after a break they come from their beginning, and `at` says so."""
        voice, after = self._live.reasoning, self._reasoned
        if after >= voice.length:
            return []
        self._reasoned = voice.length
        return [_event({"reasoning": voice.after(after), "at": after}, min(self._at, self._live.answer.length))]


def _event(data: Any, at: int, name: str = "") -> bytes:
    kind = f"event: {name}\n".encode() if name else b""
    return b"%bid: %d\ndata: %b\n\n" % (kind, at, msgspec.json.encode(data))


async def streamed(live: Live, after: int) -> AsyncGenerator[bytes, None]:
    """The reply from this offset on, until its end."""
    listener = Listener(live, after)
    async for is_alive in changes(live):
        events = listener.events() if is_alive else b": still here\n\n"
        if events:
            yield events
    if last := listener.events():
        yield last
    if live.is_settled:
        yield _event({"status": live.status, "error": live.error or None}, live.answer.length, "done")
