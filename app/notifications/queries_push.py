"""Every statement on devices that are told. Each carries the person whose they are."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]

_ADD_KEY: Final = """
    insert into push_keys (id, name, sealed, created_at) values ($1, $2, $3, $4) on conflict (name) do nothing
"""


async def key(name: str) -> bytes | None:
    """The sealed key of this name."""
    found: bytes | None = await db.fetch_value("select sealed from push_keys where name = $1", name)
    return found


async def add_key(name: str, sealed: bytes) -> None:
    """Keep this one, unless another process was faster."""
    await db.fetch(_ADD_KEY, new_id(), name, sealed, now())


# A browser has one address, whoever uses it: the one who asked last is told there, and nobody else any more.
_PUT: Final = """
    insert into push_subscriptions (id, user_id, session_id, endpoint_sha256, sealed, service, created_at)
    values ($1, $2, $3, $4, $5, $6, $7)
    on conflict (endpoint_sha256) do update
    set user_id = excluded.user_id, session_id = excluded.session_id, sealed = excluded.sealed,
        service = excluded.service, created_at = excluded.created_at, told_at = null
"""
_LISTED: Final = """
    select p.id, p.session_id, p.service, p.created_at, p.told_at, s.user_agent
    from push_subscriptions p join login_sessions s on s.id = p.session_id and s.user_id = p.user_id
    where p.user_id = $1 and s.revoked_at is null and s.expires_at > $2
    order by p.created_at desc, p.id desc
"""
_ONE: Final = """
    select p.sealed from push_subscriptions p
    join login_sessions s on s.id = p.session_id and s.user_id = p.user_id
    join users u on u.id = p.user_id
    where p.user_id = $1 and p.id = $2 and s.revoked_at is null and s.expires_at > $3 and u.is_active
"""


async def put(user_id: UUID, session_id: UUID, recognised: bytes, sealed: bytes, service: str) -> None:
    """Tell this browser from now on."""
    await db.fetch(_PUT, new_id(), user_id, session_id, recognised, sealed, service, now())


async def listed(user_id: UUID, moment: datetime) -> Sequence[Row]:
    """The browsers of this person that are told, as long as they are signed in; the newest first."""
    return await db.fetch(_LISTED, user_id, moment)


async def one(user_id: UUID, subscription: UUID, moment: datetime) -> bytes | None:
    """Where one of them is reached, sealed; None where it is not to be told any more."""
    found: bytes | None = await db.fetch_value(_ONE, user_id, subscription, moment)
    return found


async def note_told(user_id: UUID, subscription: UUID, moment: datetime) -> None:
    """Something arrived there."""
    await db.fetch(
        "update push_subscriptions set told_at = $3 where user_id = $1 and id = $2", user_id, subscription, moment
    )


async def remove(user_id: UUID, subscription: UUID) -> bool:
    """Tell it nothing any more; false where there is no such browser."""
    sql = "delete from push_subscriptions where user_id = $1 and id = $2 returning id"
    return await db.fetch_one(sql, user_id, subscription) is not None
