"""From the JSON of one conversation to its values, whatever was made of it: too deep, too many, half a character."""

import json
import re
from typing import Any, Final

import msgspec

from app.chat.moving.pieces import TOO_LARGE, Piece
from app.core.errors import Rejected
from app.core.language import marked

NOT_JSON: Final = marked("This is damaged and cannot be read.")

MOST_VALUES: Final = 300_000  # in one conversation; a message has about fifty
_NEVER_MANY: Final = 1 << 20  # bytes that hold no more values than memory does
_DEEP: Final = 200  # levels that every decoder takes

_STRING: Final = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"', re.DOTALL)
_SIGN: Final = re.compile(r'\s*+([{}\[\],:]|"[^"\\]*+(?:\\.[^"\\]*+)*+"|[^\s{}\[\],:"]++)', re.DOTALL)


class Unreadable(Rejected):
    """Cannot be read; `msgid` says why."""


def decoded(piece: Piece) -> Any:
    """The value."""
    if piece.problem:
        raise Unreadable(piece.problem)
    if len(piece.raw) > _NEVER_MANY and _has_too_many_values(piece.raw):
        raise Unreadable(TOO_LARGE)
    if piece.deepest > _DEEP:
        return _without_recursion(piece.raw.decode("utf-8", "replace"))
    try:
        return msgspec.json.decode(piece.raw)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _leniently(piece.raw.decode("utf-8", "replace"))


def _has_too_many_values(raw: bytearray) -> bool:
    """Whether there are: what is between commas, and the lists and objects around it. Those in texts do not count."""
    if sum(raw.count(mark) for mark in b",[{") <= MOST_VALUES:
        return False
    number = at = 0
    for string in _STRING.finditer(raw):
        number += sum(raw.count(mark, at, string.start()) for mark in b",[{")
        at = string.end()
        if number > MOST_VALUES:
            return True
    return number + sum(raw.count(mark, at) for mark in b",[{") > MOST_VALUES


def _leniently(text: str) -> Any:
    """With half characters and line breaks in texts, which others write and JSON forbids."""
    try:
        return json.loads(text, strict=False)
    except ValueError as error:
        raise Unreadable(NOT_JSON) from error


def _without_recursion(text: str) -> Any:
    """Every decoder at hand goes down by recursion, and a long tree of replies is deeper than that goes."""
    tower, at = _Tower(), 0
    while found := _SIGN.match(text, at):
        at = found.end()
        tower.add(found[1])
    if text[at:].strip():
        raise Unreadable(NOT_JSON)
    return tower.built()


class _Tower:
    """A value that is being built: what is open, the innermost last, and the key that waits in each."""

    def __init__(self) -> None:
        self._top: list[Any] = []
        self._open: list[list[Any] | dict[str, Any]] = [self._top]
        self._keys: list[str | None] = [None]

    def add(self, sign: str) -> None:
        """The next sign."""
        if sign in "{[":
            self._enter({} if sign == "{" else [])
        elif sign in "}]":
            self._leave()
        elif sign not in ",:":
            self._put(_leniently(sign))

    def built(self) -> Any:
        """The value, if all is closed again."""
        if len(self._open) != 1 or len(self._top) != 1:
            raise Unreadable(NOT_JSON)
        return self._top[0]

    def _enter(self, inside: list[Any] | dict[str, Any]) -> None:
        self._put(inside)
        self._open.append(inside)
        self._keys.append(None)

    def _leave(self) -> None:
        if len(self._open) == 1:
            raise Unreadable(NOT_JSON)
        self._open.pop()
        self._keys.pop()

    def _put(self, value: Any) -> None:
        around, key = self._open[-1], self._keys[-1]
        if isinstance(around, list):
            around.append(value)
        elif key is not None:
            around[key] = value
            self._keys[-1] = None
        elif isinstance(value, str):
            self._keys[-1] = value
        else:
            raise Unreadable(NOT_JSON)
