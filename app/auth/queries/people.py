"""People in the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from piccolo.columns import Column
from piccolo.custom_types import Combinable

from app.auth.tables import User, UserStats
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


async def closed_person_at(address: str) -> Row | None:
    """The person with this verified address whose account was closed last."""
    sql = """
        where lower(u.email) = lower($1) and not u.is_active and u.email_verified_at is not null
        order by u.deactivated_at desc, u.id limit 1
    """
    return await db.fetch_one(_PERSON + sql, address)


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
    moment = now()
    await User.insert(User(**values, id=user_id, created_at=moment, updated_at=moment)).run()
    await UserStats.insert(UserStats(user_id=user_id)).run()
    return user_id


async def change_person(user_id: UUID, values: Row) -> bool:
    """Write these columns of an active person; false where there is none."""
    return await _written(values, (User.id == user_id) & User.is_active.eq(True))  # noqa: FBT003 - Piccolo's way


async def close_person(user_id: UUID) -> bool:
    """Make an active person inactive; false where there is none."""
    return await change_person(user_id, {"is_active": False, "deactivated_at": now()})


async def reopen_person(user_id: UUID) -> bool:
    """The opposite. The address must still be free."""
    values = {"is_active": True, "deactivated_at": None}
    return await _written(values, (User.id == user_id) & User.is_active.eq(False))  # noqa: FBT003 - Piccolo's way


async def _written(values: Row, where: Combinable) -> bool:
    columns: dict[Column | str, Any] = {"updated_at": now()}
    columns.update(values)
    return bool(await User.update(columns).where(where).returning(User.id).run())


async def lock_administrators() -> None:
    """Until the end of this unit of work nobody else decides who is an administrator."""
    await db.fetch("select pg_advisory_xact_lock($1)", ADMINISTRATORS)


async def administrators() -> list[UUID]:
    """The active ones, the first first."""
    rows = await db.fetch("select id from users where role = 'ADMIN' and is_active order by created_at, id")
    return [row["id"] for row in rows]
