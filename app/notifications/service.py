"""What a person should hear of: told in the transaction that makes it true, read when there is time."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from app.auth import known
from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import new_id
from app.core.paging import Cursor, Page, page_size
from app.notifications import queries
from app.notifications.queries import Note

__all__ = [
    "MOST_COUNTED",
    "Note",
    "forget_old",
    "listed",
    "make_known",
    "mark_all_read",
    "mark_read",
    "notify",
    "opened",
    "place",
    "remove",
    "unread",
]

MOST_COUNTED: Final = 100
_KEPT: Final = timedelta(days=90)
_LAST_ID: Final = UUID(int=2**128 - 1)


async def notify(
    user_id: UUID,
    kind: str,
    text: str,
    href: str = "",
    *,
    details: Mapping[str, Any] | None = None,
    source: tuple[str, UUID | None] = ("", None),
) -> None:
    """Put a line on this person's list, in the caller's transaction.

    `text` is a marked sentence; `details` fill its places, when it is read and in the reader's language.
    """
    if href and (not href.startswith("/") or href.startswith("//")):
        message = f"A notification leads to a page of ours, not to {href}"
        raise ValueError(message)
    details = details or {}
    _ = text % details if details else text  # a place that nobody fills is noticed here, not by the reader
    await queries.insert(user_id, Note(new_id(), kind, *source, text, details, href, None, now()))


async def listed(
    user_id: UUID, after: Cursor | None = None, size: int | None = None, *, only_unread: bool = False
) -> Page[Note]:
    """The lines of this person, newest first."""
    most = page_size(size)
    rows = await queries.newest(user_id, after, most + 1, only_unread=only_unread)
    return Page.of(rows, most, place)


def place(note: Note) -> Cursor:
    """Where this line stands in the list."""
    return Cursor(note.created_at, note.id)


async def unread(user_id: UUID) -> int:
    """How many lines wait; a hundred stands for many."""
    return await queries.unread(user_id, MOST_COUNTED)


def make_known() -> None:
    """Every page says how many lines wait."""
    known.offer("waiting", queries.column(MOST_COUNTED), lambda asker, waiting: replace(asker, unread=waiting))


async def opened(user_id: UUID, note: UUID) -> str:
    """Where this line leads. To follow it is to have read it."""
    href = await queries.href_of(user_id, note)
    if href is None:
        raise NotFound
    await queries.mark_read(user_id, [note], now())
    return href


async def mark_read(user_id: UUID, notes: Sequence[UUID]) -> None:
    """These were read; what is not this person's own stays as it is."""
    await queries.mark_read(user_id, notes, now())


async def mark_all_read(user_id: UUID, newest_seen: Cursor | None = None) -> None:
    """Everything up to here was read. What came after it was not seen yet, so it stays unread."""
    await queries.mark_read_until(user_id, newest_seen or Cursor(now(), _LAST_ID), now())


async def remove(user_id: UUID, notes: Sequence[UUID]) -> int:
    """Take these off the list; how many there were."""
    return await queries.remove(user_id, notes)


async def forget_old(moment: datetime) -> None:
    """Nobody looks for what happened three months ago here."""
    while await queries.forget(moment - _KEPT):
        pass
