"""Every statement on notifications. Each carries the person whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec

from app.core.ids import new_id
from app.core.paging import Cursor
from app.database.engine import db


@dataclass(frozen=True, slots=True)
class Note:
    """One line of a person's list. `text` is a message id whose places `details` fill."""

    id: UUID
    kind: str
    source_kind: str
    source_id: UUID | None
    text: str
    details: Mapping[str, Any]
    href: str
    read_at: datetime | None
    created_at: datetime


_INSERT = """
    insert into notifications (id, user_id, kind, source_kind, source_id, text, details, href, created_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""
_NEWEST = """
    select id, kind, source_kind, source_id, text, details, href, read_at, created_at
    from notifications
    where user_id = $1 and (read_at is null or not $2)
      and ($3::timestamptz is null or (created_at, id) < ($3, $4::uuid))
    order by created_at desc, id desc
    limit $5
"""
_WAITING = """
    select count(*) from (
        select from notifications where user_id = {whose} and read_at is null limit {most}
    ) as waiting
"""
UNREAD = _WAITING.format(whose="$1", most="$2")
_READ = """
    update notifications set read_at = $3 where user_id = $1 and id = any($2) and read_at is null
"""
_READ_UNTIL = """
    update notifications set read_at = $4
    where user_id = $1 and read_at is null and (created_at, id) <= ($2, $3)
"""
_KEPT_TOO_LONG = "select distinct user_id from notifications where created_at < $1 limit 500"
_FORGET = "delete from notifications where user_id = any($1) and created_at < $2"


async def insert(user_id: UUID, note: Note) -> None:
    """One more line for this person."""
    source = (note.source_kind, note.source_id)
    told = (note.text, msgspec.json.encode(note.details).decode(), note.href, note.created_at)
    await db.fetch(_INSERT, new_id(), user_id, note.kind, *source, *told)


async def newest(user_id: UUID, after: Cursor | None, most: int, *, only_unread: bool) -> list[Note]:
    """The lines of this person, newest first."""
    rows = await db.fetch(_NEWEST, user_id, only_unread, after and after.at, after and after.id, most)
    return [Note(**{**row, "details": msgspec.json.decode(row["details"])}) for row in rows]


async def href_of(user_id: UUID, note: UUID) -> str | None:
    """Where this line leads; None where this person has no such line."""
    found: str | None = await db.fetch_value(
        "select href from notifications where user_id = $1 and id = $2", user_id, note
    )
    return found


def column(most: int) -> str:
    """The same count, beside the row of a person."""
    return _WAITING.format(whose="u.id", most=most)


async def unread(user_id: UUID, most: int) -> int:
    """How many lines this person has not read, counted no further than `most`."""
    return int(await db.fetch_value(UNREAD, user_id, most))


async def mark_read(user_id: UUID, notes: Sequence[UUID], moment: datetime) -> None:
    """These lines were read."""
    await db.fetch(_READ, user_id, notes, moment)


async def mark_read_until(user_id: UUID, newest_seen: Cursor, moment: datetime) -> None:
    """Every line was read that is not newer than this one."""
    await db.fetch(_READ_UNTIL, user_id, newest_seen.at, newest_seen.id, moment)


async def remove(user_id: UUID, notes: Sequence[UUID]) -> int:
    """Take these lines off the list; how many there were."""
    return len(
        await db.fetch("delete from notifications where user_id = $1 and id = any($2) returning id", user_id, notes)
    )


async def forget(before: datetime) -> int:
    """Delete what is older, for some people at a time; for how many."""
    people = [row["user_id"] for row in await db.fetch(_KEPT_TOO_LONG, before)]
    await db.fetch(_FORGET, people, before)
    return len(people)
