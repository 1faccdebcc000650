"""A file of JSON, cut into the values that it lists: each is held alone, whatever its neighbours are like.

An export is a list of conversations (`[…]`), an object around such a list (`{"conversations": […]}`), one conversation
(`{…}`), or one in each line. The cut looks at brackets and quotes alone, so what is wrong inside a value harms no
other, and what is too large or too deep is passed over without being held. (`ijson` would stop at the first fault, and
build whatever depth and size it meets.)
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from app.core.language import marked

LARGEST: Final = 16 << 20  # bytes of one conversation, without its pictures
DEEPEST: Final = 10_000  # levels; a tree of replies has two for each message of its longest branch
LONGEST_STRING: Final = 6 << 20  # of a text that is as long as one may be, each character written as \\uXXXX
LONGEST_PICTURE: Final = 256  # of a picture that is written into the JSON

# How often brackets may come, beyond the first ones. Text has one in a hundred bytes; each costs time, not memory.
MANY_MARKS: Final = 50_000
BYTES_A_MARK: Final = 16

CUT_OFF: Final = marked("The file ends in the middle of this.")
TOO_LARGE: Final = marked("This is too large to be read.")
TOO_DEEP: Final = marked("This is nested too deeply to be read.")

_BEGINNING: Final = 4096  # of what is given up, this much is kept: it may say what it was
_LISTS: Final = re.compile(rb'"(?:conversations|history|chats)"\s*:\s*$')  # the keys under which others list theirs
_PICTURE: Final = re.compile(rb"data:[a-z]+/[\w.+-]+;base64,")
_LONGEST_KEY: Final = 64
_LONGEST_ESCAPE: Final = 6
_QUOTE, _LIST, _OBJECT = b'"[{'

_GAP: Final = rb'[^"{}\[\]]*+'
_STRING: Final = rb'"(?!data:)[^"\\]*+(?:\\.[^"\\]*+)*+"'
_STRINGS: Final = _GAP + rb"(?:" + _STRING + _GAP + rb")*+"
_INSIDE_A_STRING: Final = re.compile(rb'[^"\\]*+(?:\\(?:[^u]|u[0-9a-fA-F]{4})[^"\\]*+)*+', re.DOTALL)


def _with_small_values(run: bytes) -> bytes:
    """The run, and between its parts whole lists and objects that hold no more than such a run."""
    return _GAP + rb"(?:(?:" + _STRING + rb"|\{" + run + rb"\}|\[" + run + rb"\])" + _GAP + rb")*+"


# Most of a message is passed over in one step of the expression, rather than bracket by bracket: twice as fast.
LEVELS_AT_ONCE: Final = 2
_UP_TO_A_MARK: Final = re.compile(_STRINGS, re.DOTALL)
_PAST_SMALL_VALUES: Final = re.compile(_with_small_values(_with_small_values(_STRINGS)), re.DOTALL)


@dataclass(slots=True)
class Piece:
    """The JSON of one value, or why it was not kept. `head` is what stood before the list that it is from."""

    raw: bytearray = field(default_factory=bytearray)
    deepest: int = 0
    problem: str = ""
    head: bytes = b""
    is_frame: bool = False  # what is left of an object when its list was taken out

    def keep(self, part: bytes) -> None:
        """Some more of it, unless it was given up."""
        if not self.problem:
            self.raw += part
            if len(self.raw) > LARGEST:
                self.give_up(TOO_LARGE)

    def give_up(self, problem: str) -> None:
        """Hold it no longer."""
        self.problem = self.problem or problem
        del self.raw[_BEGINNING:]


class Cutter:
    """Takes a file in parts of any size, and gives the pieces as they become complete."""

    def __init__(self) -> None:
        self.stopped = ""  # why nothing more is taken: the file is made of brackets, and means no good
        self._depth = 0
        self._base = 0  # the depth at which the piece began
        self._piece: Piece | None = None
        self._frame: Piece | None = None  # the object around the list that is being read
        self._head = b""
        self._seen = 0
        self._marks = 0
        self._in_string = False
        self._room = 0  # how much more of the string is kept
        self._rest = b""  # the beginning of an escape whose end has not come yet

    def feed(self, part: bytes) -> Iterator[Piece]:
        """What became complete with this part."""
        data, at = self._rest + part, 0
        self._rest = b""
        self._seen += len(part)
        while at < len(data) and not self.stopped:
            if self._in_string:
                at = self._past_string(data, at)
                continue
            end = self._past_values(data, at)
            if end < len(data) and (done := self._mark(data, end)):
                yield done
            at = end + 1

    def end(self) -> Iterator[Piece]:
        """The file, or a line of it, ends here. What is still open was cut off."""
        cut = self._piece or Piece()
        is_open = bool(self._depth or self.stopped)
        self._depth, self._piece, self._frame, self._in_string, self._rest = 0, None, None, False, b""
        if is_open:
            cut.give_up(self.stopped or CUT_OFF)
            yield cut

    def _past_values(self, data: bytes, at: int) -> int:
        """The next mark that has to be looked at: where a piece or a list of them may begin, that is every one."""
        at_the_border = self._piece is None or (self._depth == 1 and self._base == 0)
        found = (_UP_TO_A_MARK if at_the_border else _PAST_SMALL_VALUES).match(data, at)
        end = found.end() if found else at
        self._keep(data[at:end])
        return end

    def _past_string(self, data: bytes, at: int) -> int:
        """On with a string that is a picture, or longer than the part that it began in."""
        stop = min(len(data), at + self._room) if self._room else len(data)
        found = _INSIDE_A_STRING.match(data, at, stop)
        end = found.end() if found else at
        if self._room:
            self._keep(data[at:end])
            self._room -= end - at
        if end < len(data) and data[end] == _QUOTE:
            self._keep(b'"')
            self._in_string = False
            return end + 1
        if stop < len(data):
            self._room = 0  # no more of it is kept, only looked through
            return end
        return self._past_escape(data, end) if end < stop else end

    def _past_escape(self, data: bytes, at: int) -> int:
        if len(data) - at < _LONGEST_ESCAPE:
            self._rest = data[at:]
            return len(data)
        if self._room:
            self._keep(data[at : at + 2])  # one that JSON does not know: its reader will say so
        return at + 2

    def _keep(self, part: bytes) -> None:
        if self._piece is not None:
            self._piece.keep(part)

    def _mark(self, data: bytes, at: int) -> Piece | None:
        mark = data[at]
        self._marks += 1
        if self._marks > MANY_MARKS + self._seen // BYTES_A_MARK:
            self.stopped = TOO_LARGE
        if mark == _QUOTE:
            self._in_string = True
            self._room = LONGEST_PICTURE if _PICTURE.match(data, at + 1) else LONGEST_STRING
            self._keep(b'"')
        elif mark in (_LIST, _OBJECT):
            self._open(mark)
        else:
            return self._close(mark)
        return None

    def _open(self, mark: int) -> None:
        if self._piece is None:
            if self._depth or mark == _OBJECT:
                self._base = self._depth
                self._piece = Piece(head=self._head)
        elif self._is_list_of_pieces(mark):
            self._frame, self._piece = self._piece, None
            self._head = bytes(self._frame.raw[:_BEGINNING])
        self._depth += 1
        if self._piece is not None:
            self._piece.keep(bytes((mark,)))
            self._piece.deepest = max(self._piece.deepest, self._depth - self._base + LEVELS_AT_ONCE)
            if self._piece.deepest > DEEPEST:
                self.stopped = TOO_DEEP

    def _is_list_of_pieces(self, mark: int) -> bool:
        if mark != _LIST or self._depth != 1 or self._base != 0 or self._piece is None:
            return False
        return _LISTS.search(self._piece.raw[-_LONGEST_KEY:]) is not None

    def _close(self, mark: int) -> Piece | None:
        self._depth = max(0, self._depth - 1)
        if self._piece is None:
            self._go_on_with_frame()
            return None
        self._keep(bytes((mark,)))
        if self._depth > self._base:
            return None
        done, self._piece = self._piece, None
        return done

    def _go_on_with_frame(self) -> None:
        if self._frame is not None and self._depth == 1:
            self._piece, self._frame, self._base = self._frame, None, 0
            self._piece.is_frame = True
            self._piece.keep(b"[]")
