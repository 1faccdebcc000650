"""The statements that put a whole conversation where it is missing. Each carries the person whose it is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.database.engine import db


@dataclass(frozen=True, slots=True, kw_only=True)
class Bed:
    """The conversation itself, and the name by which it is recognised."""

    id: UUID
    name: str
    title: str
    preview: str
    leaf_id: UUID
    pinned_at: datetime | None
    archived_at: datetime | None
    active_at: datetime
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Seedling:
    """One message of it."""

    id: UUID
    parent_id: UUID
    depth: int
    role: str
    text: str
    html: str | None
    model: str | None
    beside_id: UUID | None
    at: datetime

    def row(self) -> Mapping[str, Any]:
        """What the index needs to know of it."""
        return {"id": self.id, "created_at": self.at, "depth": self.depth, "role": self.role}


_BEGIN: Final = """
    insert into conversations (id, user_id, origin, origin_id, title, has_own_title, preview, leaf_id, pinned_at,
        archived_at, active_at, created_at, updated_at)
    values ($1, $2, 'sample', $3, $4, true, $5, $6, $7, $8, $9, $10, $9)
    on conflict (user_id, origin, origin_id) where origin_id is not null do nothing returning id
"""
_FILL: Final = """
    insert into messages (id, user_id, conversation_id, parent_id, depth, role, content, html, model, beside_id, status,
        told, created_at, settled_at)
    select m.id, $1, $2, m.parent_id, m.depth, m.role, m.content, m.html, m.model, m.beside_id, 'DONE',
        case when m.model is not null then '{}'::jsonb end, m.at, m.at
    from unnest($3::uuid[], $4::uuid[], $5::int[], $6::text[], $7::text[], $8::text[], $9::text[], $10::uuid[],
        $11::timestamptz[]) as m(id, parent_id, depth, role, content, html, model, beside_id, at)
"""


async def begin(user_id: UUID, bed: Bed) -> bool:
    """The conversation; false where the person has one that is recognised by this name."""
    values = (bed.title, bed.preview, bed.leaf_id, bed.pinned_at, bed.archived_at, bed.active_at, bed.created_at)
    return await db.fetch_one(_BEGIN, bed.id, user_id, bed.name, *values) is not None


async def fill(user_id: UUID, conversation_id: UUID, seedlings: Sequence[Seedling]) -> None:
    """Its messages."""
    names = ("id", "parent_id", "depth", "role", "text", "html", "model", "beside_id", "at")
    columns = [[getattr(each, name) for each in seedlings] for name in names]
    await db.fetch(_FILL, user_id, conversation_id, *columns)
