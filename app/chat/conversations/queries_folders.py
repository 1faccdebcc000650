"""Every statement on folders. Each carries the person whose they are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.chat.conversations.queries import Listed
from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db


@dataclass(frozen=True, slots=True)
class Folder:
    """A shelf for conversations, and what holds for those on it."""

    id: UUID
    parent_id: UUID | None
    name: str
    instructions: str
    default_model: str | None
    created_at: datetime
    updated_at: datetime


_COLUMNS: Final = "id, parent_id, name, instructions, default_model, created_at, updated_at"
_ALL: Final = f"select {_COLUMNS} from folders where user_id = $1 order by lower(name), id"  # noqa: S608 - columns of ours
_HELD: Final = f"select {_COLUMNS} from folders where user_id = $1 order by id for update"  # noqa: S608 - columns of ours
_ADD: Final = f"""
    insert into folders (id, user_id, parent_id, name, instructions, default_model, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $7, $7) returning {_COLUMNS}
"""  # noqa: S608 - columns of ours


async def folders_of(user_id: UUID) -> list[Folder]:
    """All of them, by name."""
    return [Folder(**row) for row in await db.fetch(_ALL, user_id)]


async def held(user_id: UUID) -> dict[UUID, Folder]:
    """All of them, and nobody else moves one until this unit of work ends."""
    return {row["id"]: Folder(**row) for row in await db.fetch(_HELD, user_id)}


async def add(user_id: UUID, values: Mapping[str, Any]) -> Folder:
    """A new one."""
    of_it = [values[name] for name in ("parent_id", "name", "instructions", "default_model")]
    (row,) = await db.fetch(_ADD, new_id(), user_id, *of_it, now())
    return Folder(**row)


_CHANGEABLE: Final = frozenset({"parent_id", "name", "instructions", "default_model"})


async def change(user_id: UUID, folder_id: UUID, values: Mapping[str, Any]) -> Folder | None:
    """Give it other values; None where it is not there."""
    if not values.keys() <= _CHANGEABLE:
        message = f"These columns are not for changing: {values.keys() - _CHANGEABLE}"
        raise ValueError(message)
    places = "".join(f", {name} = ${number}" for number, name in enumerate(values, start=4))
    sql = f"update folders set updated_at = $3{places} where user_id = $1 and id = $2 returning {_COLUMNS}"  # noqa: S608 - columns of ours
    row = await db.fetch_one(sql, user_id, folder_id, now(), *values.values())
    return None if row is None else Folder(**row)


async def remove(user_id: UUID, folder: Folder) -> None:
    """Take it away; what lay in it lies in the one above."""
    here = (user_id, folder.id, folder.parent_id)
    await db.fetch("update conversations set folder_id = $3 where user_id = $1 and folder_id = $2", *here)
    await db.fetch("update folders set parent_id = $3 where user_id = $1 and parent_id = $2", *here)
    await db.fetch("delete from folders where user_id = $1 and id = $2", user_id, folder.id)


_MOVE: Final = """
    update conversations set folder_id = $3, updated_at = $4
    where user_id = $1 and id = any($2) and deleted_at is null
      and ($3::uuid is null or exists (select from folders f where f.user_id = $1 and f.id = $3))
    returning id
"""


async def move(user_id: UUID, conversations: Sequence[UUID], folder_id: UUID | None) -> int:
    """Put these into that folder, or into none; how many there were."""
    return len(await db.fetch(_MOVE, user_id, conversations, folder_id, now()))


_BESIDE: Final = """
    select f.id as within, f.parent_id, f.name, c.id, c.title, c.preview, c.folder_id, c.pinned_at, c.archived_at,
        c.unread_since, c.deleted_at, c.active_at
    from folders f left join lateral (
        select id, title, preview, folder_id, pinned_at, archived_at, unread_since, deleted_at, active_at
        from conversations
        where user_id = $1 and folder_id = f.id and deleted_at is null and archived_at is null and not temporary
        order by active_at desc, id desc limit $2
    ) as c on true
    where f.user_id = $1 order by lower(f.name), f.id, c.active_at desc, c.id desc
"""


@dataclass(frozen=True, slots=True)
class Stand:
    """A folder as it stands beside every page, with the newest of what lies in it."""

    id: UUID
    parent_id: UUID | None
    name: str
    lines: list[Listed]


async def beside(user_id: UUID, most: int) -> list[Stand]:
    """Every folder with its newest conversations, by name."""
    found: dict[UUID, Stand] = {}
    for row in await db.fetch(_BESIDE, user_id, most):
        stand = found.setdefault(row["within"], Stand(row["within"], row["parent_id"], row["name"], []))
        if row["id"] is not None:
            stand.lines.append(Listed(**{name: row[name] for name in Listed.__slots__}))
    return list(found.values())
