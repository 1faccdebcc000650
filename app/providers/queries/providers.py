"""Providers that people added, and the stars on models. Those of everybody and those of one person never mix."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]
Owner = UUID | None
EVERYBODY: Final = None  # whose providers administrators keep

_WITHIN_REACH: Final = """
    select id, slug, name, base_url, key_enc, hint, is_enabled, created_at, false as is_own from providers
    union all
    select id, slug, name, base_url, key_enc, hint, is_enabled, created_at, true from own_providers where user_id = $1
    order by is_own, created_at, id
"""
_SHARED: Final = (
    "select id, slug, name, base_url, key_enc, hint, is_enabled, created_at, false as is_own from providers"
)
_OWN: Final = """
    select id, slug, name, base_url, key_enc, hint, is_enabled, created_at, true as is_own from own_providers
    where user_id = $1
"""
_ADD_SHARED: Final = """
    insert into providers (id, slug, name, base_url, key_enc, hint, is_enabled, created_at)
    values ($1, $2, $3, $4, $5, $6, true, $7)
"""
_ADD_OWN: Final = """
    insert into own_providers (id, user_id, slug, name, base_url, key_enc, hint, is_enabled, created_at)
    values ($1, $8, $2, $3, $4, $5, $6, true, $7)
"""
_STAR: Final = """
    insert into favourite_models (id, user_id, path, created_at) values ($1, $2, $3, $4)
    on conflict (user_id, path) do nothing
"""


async def within_reach(user_id: UUID) -> Sequence[Row]:
    """Everybody's, then this person's own."""
    return await db.fetch(_WITHIN_REACH, user_id)


async def called(user_id: UUID, slug: str) -> Row | None:
    """The one whose models' paths begin so, for this person."""
    sql = f"select * from ({_WITHIN_REACH}) as reach where slug = $2"  # noqa: S608 - a constant
    return await db.fetch_one(sql, user_id, slug)


async def rows(owner: Owner) -> Sequence[Row]:
    """Everybody's, or this person's; the first first."""
    if owner is EVERYBODY:
        return await db.fetch(f"{_SHARED} order by created_at, id")
    return await db.fetch(f"{_OWN} order by created_at, id", owner)


async def row(owner: Owner, provider_id: UUID) -> Row | None:
    """One of them."""
    if owner is EVERYBODY:
        return await db.fetch_one(f"{_SHARED} where id = $1", provider_id)
    return await db.fetch_one(f"{_OWN} and id = $2", owner, provider_id)


async def add(owner: Owner, values: Sequence[Any], moment: datetime) -> UUID:
    """One more."""
    provider_id = new_id()
    if owner is EVERYBODY:
        await db.fetch(_ADD_SHARED, provider_id, *values, moment)
    else:
        await db.fetch(_ADD_OWN, provider_id, *values, moment, owner)
    return provider_id


async def switch(owner: Owner, provider_id: UUID, *, on: bool) -> None:
    """Let its models be there, or not."""
    if owner is EVERYBODY:
        await db.fetch("update providers set is_enabled = $2 where id = $1", provider_id, on)
    else:
        await db.fetch(
            "update own_providers set is_enabled = $3 where user_id = $1 and id = $2", owner, provider_id, on
        )


async def remove(owner: Owner, provider_id: UUID) -> None:
    """Forget one, and its key."""
    if owner is EVERYBODY:
        await db.fetch("delete from providers where id = $1", provider_id)
    else:
        await db.fetch("delete from own_providers where user_id = $1 and id = $2", owner, provider_id)


# Stars ----------------------------------------------------------------------------------------------------------------


async def favourites(user_id: UUID) -> list[str]:
    """The paths of the models that this person marked."""
    return [row["path"] for row in await db.fetch("select path from favourite_models where user_id = $1", user_id)]


async def star(user_id: UUID, path: str, moment: datetime) -> None:
    """Mark one."""
    await db.fetch(_STAR, new_id(), user_id, path, moment)


async def unstar(user_id: UUID, path: str) -> None:
    """Mark it no longer."""
    await db.fetch("delete from favourite_models where user_id = $1 and path = $2", user_id, path)
