"""People in the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]
ADMINISTRATORS: Final = 7_030_001  # the lock under which it is decided who is one

_PERSON: Final = """
    select u.id, u.email, u.email_verified_at, u.name, u.first_name, u.last_name, u.avatar_url, u.role, u.is_active,
           u.deactivated_at, u.created_at, u.onboarding
    from users u
"""


async def person(user_id: UUID) -> Row | None:
    """The person with this id, active or not."""
    return await db.fetch_one(_PERSON + "where u.id = $1", user_id)


async def person_at(address: str) -> Row | None:
    """The active person with this address, in whatever case it is written."""
    return await db.fetch_one(_PERSON + "where lower(u.email) = lower($1) and u.is_active", address)


async def people(words: str, after: tuple[Any, UUID] | None, size: int) -> Sequence[Row]:
    """The newest people first, those whose name or address has these words in it."""
    at, last = after or (None, None)
    return await db.fetch(
        """
        select u.id, u.email, u.email_verified_at, u.name, u.role, u.is_active, u.deactivated_at, u.created_at,
               (select max(s.last_seen_at) from login_sessions s where s.user_id = u.id) as last_seen_at
        from users u
        where ($1 = '' or strpos(lower(u.name || ' ' || u.email), lower($1)) > 0)
          and ($2::timestamptz is null or (u.created_at, u.id) < ($2, $3::uuid))
        order by u.created_at desc, u.id desc limit $4
        """,
        words,
        at,
        last,
        size,
    )


async def add_person(values: Row) -> UUID:
    """A new person, and the counters that every person has."""
    user_id = new_id()
    await db.fetch(
        """
        insert into users (id, email, email_verified_at, name, first_name, last_name, avatar_url, role, clerk_id,
                           clerk_event_at, is_active, onboarding, created_at, updated_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, true, '{}', $11, $11)
        """,
        user_id,
        *(values.get(name) for name in ("email", "email_verified_at", "name", "first_name", "last_name", "avatar_url")),
        *(values.get(name) for name in ("role", "clerk_id", "clerk_event_at")),
        now(),
    )
    await db.fetch(
        "insert into user_stats (user_id, total_xp, current_level, streak_count) values ($1, 0, 1, 0)", user_id
    )
    return user_id


async def change_person(user_id: UUID, values: Row) -> bool:
    """Write these columns of an active person. The names are ours, never a visitor's."""
    columns = ", ".join(f"{name} = ${place}" for place, name in enumerate(values, start=3))
    sql = f"update users set {columns}, updated_at = $2 where id = $1 and is_active returning id"  # noqa: S608 - column names of ours
    return await db.fetch_one(sql, user_id, now(), *values.values()) is not None


async def close_person(user_id: UUID) -> bool:
    """Make an active person inactive; false where there is none."""
    sql = """
        update users set is_active = false, deactivated_at = $2, updated_at = $2 where id = $1 and is_active returning id
    """
    return await db.fetch_one(sql, user_id, now()) is not None


async def reopen_person(user_id: UUID) -> bool:
    """The opposite. The address must still be free."""
    sql = """
        update users set is_active = true, deactivated_at = null, updated_at = $2
        where id = $1 and not is_active returning id
    """
    return await db.fetch_one(sql, user_id, now()) is not None


async def lock_administrators() -> None:
    """Until the end of this unit of work nobody else decides who is an administrator."""
    await db.fetch("select pg_advisory_xact_lock($1)", ADMINISTRATORS)


async def administrators() -> list[UUID]:
    """The active ones, the first first."""
    rows = await db.fetch("select id from users where role = 'ADMIN' and is_active order by created_at, id")
    return [row["id"] for row in rows]
