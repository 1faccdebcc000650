"""Assistants in the database."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]

_ALL: Final = "select id, name, description, model_path, instructions, updated_at from specializations"
_INSERT: Final = """
    insert into specializations (id, name, description, model_path, instructions, created_at, updated_at)
    values ($1, $2, $3, $4, $5, $6, $6)
"""
_PLANT: Final = f"{_INSERT} on conflict (name) do nothing returning id"
_CHANGE: Final = """
    update specializations set name = $2, description = $3, model_path = $4, instructions = $5, updated_at = $6
    where id = $1 returning id
"""


async def listed() -> Sequence[Row]:
    """All of them, by name."""
    return await db.fetch(f"{_ALL} order by lower(name), id")


async def one(assistant_id: UUID) -> Row | None:
    """The one with this id."""
    return await db.fetch_one(f"{_ALL} where id = $1", assistant_id)


async def insert(values: Sequence[Any], moment: datetime) -> UUID:
    """One more."""
    assistant_id = new_id()
    await db.fetch(_INSERT, assistant_id, *values, moment)
    return assistant_id


async def plant(values: Sequence[Any], moment: datetime) -> bool:
    """One more, unless there is one with this name; whether there was none."""
    return await db.fetch_one(_PLANT, new_id(), *values, moment) is not None


async def change(assistant_id: UUID, values: Sequence[Any], moment: datetime) -> bool:
    """Write it anew; false where it is not there."""
    return await db.fetch_one(_CHANGE, assistant_id, *values, moment) is not None


async def remove(assistant_id: UUID) -> bool:
    """Take one away."""
    return await db.fetch_one("delete from specializations where id = $1 returning id", assistant_id) is not None
