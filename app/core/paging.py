"""Keyset paging as values: a cursor names the last row that was seen, so that pages never shift."""

import base64
import binascii
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar
from uuid import UUID

Row = TypeVar("Row")
LARGEST_PAGE = 100


@dataclass(frozen=True, slots=True)
class Cursor:
    """The place after which the next page begins: a time and, for ties, an id."""

    at: datetime
    id: UUID

    def __str__(self) -> str:
        return base64.urlsafe_b64encode(f"{self.at.isoformat()}|{self.id}".encode()).decode().rstrip("=")

    @classmethod
    def parse(cls, text: str | None) -> "Cursor | None":
        """The cursor in this text; None where it is none, which means the first page."""
        try:
            raw = base64.urlsafe_b64decode((text or "") + "=" * (-len(text or "") % 4)).decode()
            at, _, row = raw.partition("|")
            return cls(datetime.fromisoformat(at), UUID(row))
        except (ValueError, binascii.Error):
            return None


@dataclass(frozen=True, slots=True)
class Page(Generic[Row]):
    """Some rows, and where the next ones begin."""

    rows: Sequence[Row]
    next: Cursor | None

    @classmethod
    def of(cls, rows: Sequence[Row], size: int, place: Callable[[Row], Cursor]) -> "Page[Row]":
        """A page from `size + 1` rows that were asked for: the extra one tells whether there is more."""
        shown = rows[:size]
        return cls(shown, place(shown[-1]) if len(rows) > size else None)


def page_size(asked: int | None, usual: int = 30) -> int:
    """What the asker wants, within what we give."""
    return min(max(asked or usual, 1), LARGEST_PAGE)
