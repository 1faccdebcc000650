"""From a stream of JSON to conversations, one by one: what is wrong with one of them concerns no other."""

import re
from collections.abc import Callable, Iterator
from typing import IO, Final

from app.chat.moving.came import Came, LeftOut
from app.chat.moving.decoding import Unreadable, decoded
from app.chat.moving.formats.known import reader_of
from app.chat.moving.formats.ours import FAMILY, FORMAT
from app.chat.moving.loose import dict_of, first_text, title_of
from app.chat.moving.pieces import Cutter, Piece
from app.core.language import marked

NOTHING_SAID: Final = marked("There is nothing in it that was said.")
NO_CONVERSATION: Final = marked("This is not a conversation, or not in a form that is known here.")
NEWER: Final = marked("This was written by a newer version of Commonplace. Please bring this one up to date first.")

TOO_MUCH: Final = marked("This is more than can be read at once. Please give it in smaller parts.")

MOST_LISTED: Final = 100_000  # values of one file; whoever writes for years has ten thousand conversations
PART: Final = 256 << 10  # bytes that are read at once
_BEGINNING: Final = 4096  # bytes in which a conversation gives its kind away
_MOST_WAITING: Final = 1000  # strangers that are remembered until it is clear whether there are conversations here
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_FORMAT: Final = re.compile(rb'"format"\s*:\s*"(%s[^"]*)"' % FAMILY.encode())
_TITLE: Final = re.compile(rb'"(?:title|name)"\s*:\s*"([^"\\]{1,400})"')
_KEYS: Final = frozenset({"mapping", "chat_messages", "history", "messages", "messagesTree"})  # of a conversation
_SEEMS: Final = re.compile(rb'"(?:%s)"\s*:' % "|".join(sorted(_KEYS)).encode())


def is_json(beginning: bytes) -> bool:
    """Whether a file that begins like this may hold conversations."""
    return beginning.removeprefix(_BYTE_ORDER_MARK).lstrip().startswith((b"{", b"["))


class Reading:
    """One stream of JSON on its way to conversations; `where` names it in what is told of them."""

    def __init__(self, stream: IO[bytes], where: str = "", moved: Callable[[int], None] = lambda _count: None) -> None:
        self.found = False  # a conversation, or what seems to have been one
        self._stream = stream
        self._where = where
        self._moved = moved
        self._number = 0

    def __iter__(self) -> Iterator[Came]:
        """All that is in it. Strangers are told of only among conversations: other files list other things."""
        waiting: list[Came] = []
        for piece in self._pieces():
            if piece.is_frame:
                continue
            self._number += 1
            came, is_conversation = self._came(piece)
            self.found = self.found or is_conversation
            if self.found or len(waiting) < _MOST_WAITING:
                waiting.append(came)
            if self.found:
                yield from waiting
                waiting.clear()
            if self._number > MOST_LISTED:
                yield from [LeftOut(self._where, TOO_MUCH)] if self.found else []
                return

    def _pieces(self) -> Iterator[Piece]:
        cutter = Cutter()
        by_line = None
        for part in self._parts():
            by_line = _is_by_line(part) if by_line is None else by_line
            for line in part.splitlines(keepends=True) if by_line else (part,):
                yield from cutter.feed(line)
                if cutter.stopped or (by_line and line.endswith(b"\n")):
                    yield from cutter.end()
                if cutter.stopped:
                    return
        yield from cutter.end()

    def _parts(self) -> Iterator[bytes]:
        mark = _BYTE_ORDER_MARK
        while part := self._stream.read(PART):
            self._moved(len(part))
            yield part.removeprefix(mark)
            mark = b""

    def _came(self, piece: Piece) -> tuple[Came, bool]:
        """What this is, and whether it is or was a conversation."""
        format_ = _FORMAT.search(piece.head)
        if format_ and format_[1].decode("utf-8", "replace") != FORMAT:
            return self._left_out(_title(piece), NEWER), True
        try:
            value = dict_of(decoded(piece))
        except Unreadable as error:
            return self._left_out(_title(piece), error.msgid), _SEEMS.search(piece.raw, 0, _BEGINNING) is not None
        title = title_of(first_text(value.get("title"), value.get("name")))
        read = reader_of(value)
        if read is None:
            return self._left_out(title, NO_CONVERSATION), not _KEYS.isdisjoint(value)
        conversation = read(value)
        return (conversation if conversation.messages else self._left_out(title, NOTHING_SAID)), True

    def _left_out(self, title: str, why: str) -> LeftOut:
        return LeftOut(" · ".join(part for part in (self._where, str(self._number), title) if part), why)


def _is_by_line(part: bytes) -> bool:
    """Whether each line is a value of its own: then one that is broken off does not take the next ones with it."""
    first, _, rest = part.partition(b"\n")
    return first.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{") and first.lstrip().startswith(b"{")


def _title(piece: Piece) -> str:
    found = _TITLE.search(piece.raw, 0, _BEGINNING)
    return title_of(found[1].decode("utf-8", "replace")) if found else ""
