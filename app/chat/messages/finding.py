"""Finding in one conversation: every message with these words, hidden versions too, in the order of their places."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

from app.index import service as index
from app.index.passages import Found, Place
from app.index.snippets import Pieces, snippet

PAGE: Final = 50
_SHOWN: Final = 8  # of the words that were found, as many as a link can carry
_PLACE: Final = re.compile(r"(\d{1,9})-(\d{1,9})-([0-9a-f]{32})")


@dataclass(frozen=True, slots=True)
class Hit:
    """A message that was found: the place in it where the words stand, and how they are written there."""

    message_id: UUID
    role: str
    at: datetime
    pieces: Pieces
    words: str


@dataclass(frozen=True, slots=True)
class Hits:
    """Some of them, and after which place there are more."""

    items: Sequence[Hit] = ()
    next: str = ""


async def find(user_id: UUID, conversation_id: UUID, asked: str, after: str = "", most: int = PAGE) -> Hits:
    """The messages that have all these words, or words that begin so. The caller knows whose conversation it is."""
    rows = await index.within(user_id, conversation_id, asked, after=_place(after), most=most + 1)
    shown = rows[:most]
    # A long message lies in the index in parts.
    items = [_hit(next(parts)) for _, parts in groupby(shown, key=lambda row: row.source_id)]
    return Hits(items, _written(shown[-1].place) if len(rows) > most else "")


def _hit(row: Found) -> Hit:
    pieces = snippet(row.text, row.matched)
    return Hit(row.source_id, row.speaker, row.said_at, pieces, " ".join(row.matched[:_SHOWN]))


def _written(place: Place) -> str:
    return f"{place.position}-{place.part}-{place.passage_id.hex}"


def _place(text: str) -> Place | None:
    """The place that this names; none, where it is not one of ours: that is the beginning."""
    found = _PLACE.fullmatch(text)
    return Place(int(found[1]), int(found[2]), UUID(found[3])) if found else None
