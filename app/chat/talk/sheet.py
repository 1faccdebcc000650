"""A growing reply as HTML: finished blocks are sent once, and only the growing tail again and again.

The id of each event is the offset of the text that it brings a page up to. Where a block ends depends on the text
alone, so any process can go on from any offset.
"""

from collections.abc import AsyncGenerator
from html import escape
from typing import Final
from uuid import UUID
from weakref import WeakKeyDictionary

from app.chat.replies.following import changes
from app.chat.replies.live import Live
from app.markup.growing import block_html, frozen, tail_html

_NEXT: Final = b"\n\n"


class Sheet:
    """One reply, drawn once for everybody here who looks at it."""

    def __init__(self, live: Live) -> None:
        self._answer = live.answer
        self._drawn_at = -1
        self.frozen = 0
        self.tail = ""
        self._stretch: tuple[int, int, str] = (0, 0, "")

    @property
    def length(self) -> int:
        return self._answer.length

    def draw(self) -> None:
        """Bring it up to what has come."""
        if self._drawn_at == self.length:
            return
        text = self._answer.text
        self.frozen = frozen(text, self.frozen)
        self.tail = tail_html(text[self.frozen :])
        self._drawn_at = self.length

    def finished(self, start: int) -> str:
        """The finished blocks from this offset on."""
        if (start, self.frozen) != self._stretch[:2]:
            self._stretch = (start, self.frozen, str(block_html(self._answer.text[start : self.frozen])))
        return self._stretch[2]


_sheets: Final[WeakKeyDictionary[Live, Sheet]] = WeakKeyDictionary()


def sheet_of(live: Live) -> Sheet:
    """The sheet that everybody here shares."""
    found = _sheets.get(live)
    if found is None:
        found = _sheets[live] = Sheet(live)
    return found


class Reader:
    """How far one page has come with one reply."""

    def __init__(self, live: Live, after: int) -> None:
        self._live = live
        self._sheet = sheet_of(live)
        self._message: UUID = live.key.message_id
        self._is_ahead = after > live.answer.length  # it had seen what died with its worker
        self._frozen = 0 if self._is_ahead else frozen(live.answer.text[:after])
        self._at = -1 if self._is_ahead else after
        self._reasoned = -1

    def event(self) -> bytes:
        """What this page lacks, or nothing."""
        self._sheet.draw()
        parts = [*self._thoughts(), *self._words()]
        self._at, self._frozen, self._is_ahead = self._sheet.length, self._sheet.frozen, False
        return _event("".join(parts), self._at) if parts else b""

    def _words(self) -> list[str]:
        if self._at == self._sheet.length:
            return []
        parts = []
        if self._is_ahead:
            parts.append(self._partial("frozen", "innerHTML", self._sheet.finished(0)))
        elif self._frozen < self._sheet.frozen:
            parts.append(self._partial("frozen", "beforeend", self._sheet.finished(self._frozen)))
        parts.append(self._partial("tail", "innerMorph", self._sheet.tail))
        return parts

    def _thoughts(self) -> list[str]:
        voice = self._live.reasoning
        if not voice.length or voice.length == self._reasoned:
            return []
        swap = "innerHTML" if self._reasoned < 0 else "beforeend"
        text = voice.after(max(self._reasoned, 0))
        self._reasoned = voice.length
        return [self._partial("thoughts", swap, escape(text))]

    def _partial(self, name: str, swap: str, html: str) -> str:
        return f'<hx-partial hx-target="#{name}-{self._message}" hx-swap="{swap}">{html}</hx-partial>'


def _event(html: str, at: int) -> bytes:
    lines = html.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    data = "\n".join(f"data: {line}" for line in lines)
    return f"id: {at}\n{data}".encode() + _NEXT


async def streamed(live: Live, after: int) -> AsyncGenerator[bytes, None]:
    """The reply as a page wants it, until its end."""
    reader = Reader(live, after)
    async for is_alive in changes(live):
        yield reader.event() if is_alive else b": still here\n\n"
    if last := reader.event():
        yield last
    if live.is_settled:
        yield b"event: done\ndata: " + live.status.encode() + _NEXT
