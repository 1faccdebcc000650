"""Every statement on attachments and their files. Each carries the person whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.chat.attachments.kinds import Content
from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]
_COLUMNS: Final = """
    a.id, a.message_id, a.conversation_id, a.file_id, a.name, a.created_at, f.kind, f.media_type, f.size, f.width,
    f.height, f.pages, f.is_cut, length(f.text) as characters
"""
_FROM: Final = "from attachments a join attached_files f on f.user_id = $1 and f.id = a.file_id where a.user_id = $1"


@dataclass(frozen=True, slots=True)
class NewFile:
    """What was sent, and what it is. Without `data` it lies in the directory."""

    name: str
    sha256: bytes
    size: int
    content: Content
    data: bytes | None


_ADD: Final = """
    with kept as (
        insert into attached_files (id, user_id, sha256, size, kind, media_type, width, height, pages, text, is_cut,
            data, created_at)
        values ($2, $1, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
        on conflict (user_id, sha256) do update set size = excluded.size
        returning id
    )
    insert into attachments (id, user_id, file_id, place, name, created_at)
    select $3, $1, kept.id, 0, $4, $15 from kept returning id
"""


async def add(user_id: UUID, new: NewFile) -> UUID:
    """Keep a file that belongs to no message yet. Bytes that the person has sent before are kept once."""
    attachment_id, what = new_id(), new.content
    measures = (what.width, what.height, what.pages, what.text, what.is_cut)
    about = (new.name, new.sha256, new.size, what.kind, what.media_type, *measures, new.data, now())
    await db.fetch(_ADD, user_id, new_id(), attachment_id, *about)
    return attachment_id


async def one(user_id: UUID, attachment_id: UUID) -> Row | None:
    """One attachment."""
    return await db.fetch_one(f"select {_COLUMNS} {_FROM} and a.id = $2", user_id, attachment_id)


async def some(user_id: UUID, attachments: Sequence[UUID]) -> list[Row]:
    """These attachments, as far as they are there."""
    return await db.fetch(f"select {_COLUMNS} {_FROM} and a.id = any($2)", user_id, attachments)


async def of_messages(user_id: UUID, messages: Sequence[UUID]) -> list[Row]:
    """What hangs on these messages, in the order of each."""
    sql = f"select {_COLUMNS} {_FROM} and a.message_id = any($2) order by a.message_id, a.place, a.id"
    return await db.fetch(sql, user_id, messages)


async def texts(user_id: UUID, files: Sequence[UUID]) -> dict[UUID, str]:
    """What was read from these files."""
    rows = await db.fetch("select id, text from attached_files where user_id = $1 and id = any($2)", user_id, files)
    return {row["id"]: row["text"] for row in rows}


async def bytes_of(user_id: UUID, file_id: UUID) -> Row | None:
    """The bytes of a file, or the hash under which they lie."""
    sql = "select sha256, data from attached_files where user_id = $1 and id = $2"
    return await db.fetch_one(sql, user_id, file_id)


async def next_file(user_id: UUID, after: UUID) -> Row | None:
    """The file after this one, with the name that it first had."""
    sql = """
        select f.id, f.sha256, f.data, (
            select a.name from attachments a where a.user_id = $1 and a.file_id = f.id order by a.id limit 1) as name
        from attached_files f where f.user_id = $1 and f.id > $2 order by f.id limit 1
    """
    return await db.fetch_one(sql, user_id, after)


async def unsent(user_id: UUID) -> int:
    """How many of this person's attachments belong to no message."""
    sql = "select count(*) from attachments where user_id = $1 and message_id is null"
    return int(await db.fetch_value(sql, user_id))


_COPY: Final = """
    insert into attachments (id, user_id, file_id, conversation_id, message_id, place, name, created_at)
    select c.id, $1, a.file_id, $2, c.message_id, a.place, a.name, $6
    from unnest($3::uuid[], $4::uuid[], $5::uuid[]) as c(old_id, id, message_id)
    join attachments a on a.user_id = $1 and a.id = c.old_id
"""


async def copy(user_id: UUID, conversation_id: UUID, attachments: Sequence[UUID], messages: Sequence[UUID]) -> None:
    """Hang these on further messages too, each on the one in the same place."""
    ids = [new_id() for _ in attachments]
    await db.fetch(_COPY, user_id, conversation_id, attachments, ids, messages, now())


_LINK: Final = """
    update attachments a set message_id = $3, conversation_id = $2, place = $5 + o.place
    from unnest($4::uuid[]) with ordinality as o(id, place)
    where a.user_id = $1 and a.id = o.id and a.message_id is null returning a.id
"""


async def link(user_id: UUID, conversation_id: UUID, message_id: UUID, attachments: Sequence[UUID], after: int) -> int:
    """Hang these on this message, after so many that hang there; how many were free to be hung."""
    return len(await db.fetch(_LINK, user_id, conversation_id, message_id, attachments, after))


async def remove_unsent(user_id: UUID, attachment_id: UUID) -> UUID | None:
    """Let go of one that was not sent; which file it was of."""
    sql = "delete from attachments where user_id = $1 and id = $2 and message_id is null returning file_id"
    found: UUID | None = await db.fetch_value(sql, user_id, attachment_id)
    return found


async def remove_of(user_id: UUID, message_id: UUID) -> list[UUID]:
    """Let go of what hangs on this message; which files these were of."""
    sql = "delete from attachments where user_id = $1 and message_id = $2 returning file_id"
    return [row["file_id"] for row in await db.fetch(sql, user_id, message_id)]


async def remove_forgotten(user_id: UUID, before: datetime) -> list[UUID]:
    """Let go of what was begun and never sent; which files these were of."""
    sql = "delete from attachments where user_id = $1 and message_id is null and created_at < $2 returning file_id"
    return [row["file_id"] for row in await db.fetch(sql, user_id, before)]


_LOCK: Final = "select id from attached_files where user_id = $1 and id = any($2) order by id for update"
_REMOVE: Final = """
    delete from attached_files f where f.user_id = $1 and f.id = any($2)
      and not exists (select from attachments a where a.user_id = $1 and a.file_id = f.id)
"""


async def remove_files(user_id: UUID, files: Sequence[UUID]) -> None:
    """Remove those of these files that hang nowhere.

    They are locked first: whoever attaches the same bytes at this moment is waited for, and then seen.
    """
    await db.fetch(_LOCK, user_id, files)
    await db.fetch(_REMOVE, user_id, files)


async def forgotten(before: datetime) -> list[UUID]:
    """Who has begun something, and never sent it."""
    sql = "select distinct user_id from attachments where message_id is null and created_at < $1 limit 500"
    return [row["user_id"] for row in await db.fetch(sql, before)]


async def loose() -> dict[UUID, list[UUID]]:
    """Files that hang nowhere, since their conversations went: whose they are."""
    rows = await db.fetch(
        """
        select user_id, array_agg(id) as ids from (
            select f.user_id, f.id from attached_files f where not exists (
                select from attachments a where a.user_id = f.user_id and a.file_id = f.id) limit 500
        ) as lost group by user_id
        """
    )
    return {row["user_id"]: row["ids"] for row in rows}


async def in_directory(user_id: UUID) -> frozenset[bytes]:
    """The hashes of this person's files that lie in the directory."""
    rows = await db.fetch("select sha256 from attached_files where user_id = $1 and data is null", user_id)
    return frozenset(row["sha256"] for row in rows)
