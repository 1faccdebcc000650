"""Every statement on conversations, their drafts and their list. Each carries the person whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Literal
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.core.paging import Cursor
from app.database.engine import db

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of the list."""

    id: UUID
    title: str
    preview: str
    folder_id: UUID | None
    pinned_at: datetime | None
    archived_at: datetime | None
    unread_since: datetime | None
    deleted_at: datetime | None
    active_at: datetime


Which = Literal["loose", "all"]  # those beside every page, which neither stay on top nor lie in a folder; or all
_LINE: Final = "id, title, preview, folder_id, pinned_at, archived_at, unread_since, deleted_at, active_at"
_NEWEST: Final = f"""
    select {_LINE} from conversations c
    where user_id = $1 and deleted_at is null and archived_at is null and not temporary
      and ($2::uuid is null or folder_id = $2)
      and ($6 or pinned_at is null and not exists (
          select from folders f where f.user_id = $1 and f.id = c.folder_id))
      and ($3::timestamptz is null or (active_at, id) < ($3, $4::uuid))
    order by active_at desc, id desc limit $5
"""  # noqa: S608 - columns of ours
_PINNED: Final = f"""
    select {_LINE} from conversations
    where user_id = $1 and deleted_at is null and archived_at is null and pinned_at is not null
    order by pinned_at desc, id desc limit 50
"""  # noqa: S608 - columns of ours
_SHELVED: Final = f"""
    select {_LINE} from conversations
    where user_id = $1 and not temporary
      and case when $2 then deleted_at is not null else deleted_at is null and archived_at is not null end
      and ($3::timestamptz is null or (active_at, id) < ($3, $4::uuid))
    order by active_at desc, id desc limit $5
"""  # noqa: S608 - columns of ours
_ONE: Final = """
    select c.id, c.title, c.has_own_title, c.preview, c.folder_id, c.assistant_id, c.model, c.instructions, c.temporary,
        c.chosen_id, c.leaf_id, c.pinned_at, c.archived_at, c.unread_since, c.deleted_at, c.active_at, c.created_at,
        c.origin, f.name as folder, coalesce(f.instructions, '') as folder_instructions,
        f.default_model as folder_model, s.name as assistant, coalesce(d.text, '') as draft
    from conversations c
    left join folders f on f.user_id = $1 and f.id = c.folder_id
    left join specializations s on s.id = c.assistant_id
    left join drafts d on d.user_id = $1 and d.place = c.id
    where c.user_id = $1 and c.id = $2
"""


async def newest(
    user_id: UUID, after: Cursor | None, most: int, folder_id: UUID | None = None, which: Which = "all"
) -> list[Listed]:
    """The conversations of this person, the one that was last active first."""
    rows = await db.fetch(_NEWEST, user_id, folder_id, after and after.at, after and after.id, most, which == "all")
    return [Listed(**row) for row in rows]


async def pinned(user_id: UUID) -> list[Listed]:
    """Those that stay on top."""
    return [Listed(**row) for row in await db.fetch(_PINNED, user_id)]


async def shelved(user_id: UUID, after: Cursor | None, most: int, *, deleted: bool) -> list[Listed]:
    """Those in the archive, or in the bin."""
    rows = await db.fetch(_SHELVED, user_id, deleted, after and after.at, after and after.id, most)
    return [Listed(**row) for row in rows]


async def conversation_of(user_id: UUID, conversation_id: UUID) -> Row | None:
    """One conversation of this person, with what its folder says and what was begun to be written."""
    return await db.fetch_one(_ONE, user_id, conversation_id)


async def leaf_of(user_id: UUID, conversation_id: UUID) -> UUID | None:
    """The last message of the shown path; None where there is no such conversation."""
    found: UUID | None = await db.fetch_value(
        "select leaf_id from conversations where user_id = $1 and id = $2 and deleted_at is null",
        user_id,
        conversation_id,
    )
    return found


_CHANGEABLE: Final = frozenset(
    {
        "title",
        "has_own_title",
        "folder_id",
        "assistant_id",
        "model",
        "instructions",
        "pinned_at",
        "archived_at",
        "deleted_at",
    }
)


async def change(user_id: UUID, conversations: Sequence[UUID], values: Mapping[str, Any]) -> int:
    """Give these conversations other values; how many there were."""
    if not values.keys() <= _CHANGEABLE:
        message = f"These columns are not for changing: {values.keys() - _CHANGEABLE}"
        raise ValueError(message)
    places = ", ".join(f"{name} = ${number}" for number, name in enumerate(values, start=4))
    sql = f"update conversations set updated_at = $3, {places} where user_id = $1 and id = any($2) returning id"  # noqa: S608 - columns of ours
    return len(await db.fetch(sql, user_id, conversations, now(), *values.values()))


async def take_back(user_id: UUID, column: Literal["deleted_at", "archived_at"], moment: datetime) -> int:
    """What was put away at this very moment comes back; how many there were."""
    sql = f"update conversations set {column} = null, updated_at = $3 where user_id = $1 and {column} = $2 returning id"  # noqa: S608 - a column of ours
    return len(await db.fetch(sql, user_id, moment, now()))


async def has_folder(user_id: UUID, folder_id: UUID) -> bool:
    """Whether this person has that folder."""
    sql = "select id from folders where user_id = $1 and id = $2"
    return await db.fetch_one(sql, user_id, folder_id) is not None


async def suggest_title(user_id: UUID, conversation_id: UUID, title: str) -> None:
    """A better title, unless the person gave one."""
    await db.fetch(
        "update conversations set title = $3 where user_id = $1 and id = $2 and not has_own_title",
        user_id,
        conversation_id,
        title,
    )


async def read(user_id: UUID, conversation_id: UUID) -> None:
    """The person has seen it."""
    await db.fetch(
        "update conversations set unread_since = null where user_id = $1 and id = $2 and unread_since is not null",
        user_id,
        conversation_id,
    )


async def remove(user_id: UUID, conversations: Sequence[UUID]) -> list[UUID]:
    """Delete these for good, if they are in the bin or were never to stay; those that went."""
    rows = await db.fetch(
        """
        delete from conversations
        where user_id = $1 and id = any($2) and (deleted_at is not null or temporary) returning id
        """,
        user_id,
        conversations,
    )
    return [row["id"] for row in rows]


async def overdue(deleted_before: datetime, idle_before: datetime) -> dict[UUID, list[UUID]]:
    """Whose conversations have been in the bin for long enough, or were temporary and are over."""
    rows = await db.fetch(
        """
        select user_id, array_agg(id) as ids from (
            select user_id, id from conversations
            where deleted_at < $1 or (temporary and active_at < $2) limit 500
        ) as late group by user_id
        """,
        deleted_before,
        idle_before,
    )
    return {row["user_id"]: row["ids"] for row in rows}


_DRAFT: Final = """
    insert into drafts (id, user_id, place, text, updated_at) values ($1, $2, $3, $4, $5)
    on conflict (user_id, place) do update set text = excluded.text, updated_at = excluded.updated_at
"""


async def keep_draft(user_id: UUID, place: UUID, text: str) -> None:
    """Keep what was begun; nothing, where it is empty."""
    if text:
        await db.fetch(_DRAFT, new_id(), user_id, place, text, now())
    else:
        await db.fetch("delete from drafts where user_id = $1 and place = $2", user_id, place)


async def draft_of(user_id: UUID, place: UUID) -> str:
    """What was begun there."""
    return await db.fetch_value("select text from drafts where user_id = $1 and place = $2", user_id, place) or ""


async def count(user_id: UUID) -> int:
    """How many there are."""
    return int(
        await db.fetch_value("select count(*) from conversations where user_id = $1 and deleted_at is null", user_id)
    )
