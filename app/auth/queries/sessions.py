"""Login sessions in the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.auth import known
from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]


async def add_session(user_id: UUID, token: bytes, values: Row, days: int) -> UUID | None:
    """A session of an active person; nothing for anybody else."""
    found: UUID | None = await db.fetch_value(
        """
        insert into login_sessions (id, user_id, token_sha256, how, user_agent, ip_prefix,
                                    created_at, last_seen_at, expires_at)
        select $1, u.id, $3, $4, $5, $6, now(), now(), now() + $7::int * interval '1 day'
        from users u where u.id = $2 and u.is_active
        returning id
        """,
        new_id(),
        user_id,
        token,
        values["how"],
        values["user_agent"],
        values["ip_prefix"],
        days,
    )
    return found


_HOLDER: Final = """
    select u.id, u.name, u.email, u.role, s.id as session_id, u.onboarding ? 'done' as onboarded,
           s.last_seen_at < now() - interval '5 minutes' as is_stale{more}
    from login_sessions s join users u on u.id = s.user_id
    where s.token_sha256 = $1 and s.revoked_at is null and s.expires_at > now() and u.is_active
"""


async def session_holder(token: bytes) -> Row | None:
    """Who is signed in with this token. Asked before every page."""
    return await db.fetch_one(_HOLDER.format(more=known.columns()), token)


async def session_seen(user_id: UUID, session_id: UUID, days: int, most_days: int) -> None:
    """Push the end of this session away, but never past its longest life; once, however many requests ask for it."""
    row = await db.fetch_one(
        """
        update login_sessions
        set last_seen_at = now(),
            expires_at = least(now() + $3::int * interval '1 day', created_at + $4::int * interval '1 day')
        where user_id = $1 and id = $2 and last_seen_at < now() - interval '5 minutes' and revoked_at is null
        returning id
        """,
        user_id,
        session_id,
        days,
        most_days,
    )
    if row is not None:
        await db.fetch("update user_stats set last_active_at = $2 where user_id = $1", user_id, now())


async def sessions_of(user_id: UUID) -> Sequence[Row]:
    """The devices that are signed in, the one seen last first."""
    return await db.fetch(
        """
        select id, how, user_agent, ip_prefix, created_at, last_seen_at, expires_at from login_sessions
        where user_id = $1 and revoked_at is null and expires_at > now()
        order by last_seen_at desc, id desc
        """,
        user_id,
    )


async def end_session(user_id: UUID, session_id: UUID) -> bool:
    """End one of this person's sessions; false where there is none that goes on."""
    sql = """
        update login_sessions set revoked_at = now()
        where user_id = $1 and id = $2 and revoked_at is null and expires_at > now() returning id
    """
    return await db.fetch_one(sql, user_id, session_id) is not None


async def end_sessions(user_id: UUID, *, but: UUID | None = None) -> int:
    """End all of this person's sessions, or all but one; how many."""
    sql = """
        update login_sessions set revoked_at = now()
        where user_id = $1 and revoked_at is null and expires_at > now() and ($2::uuid is null or id <> $2) returning id
    """
    return len(await db.fetch(sql, user_id, but))


async def end_session_of_token(token: bytes) -> UUID | None:
    """End the session with this token; whose it was."""
    sql = (
        "update login_sessions set revoked_at = now() where token_sha256 = $1 and revoked_at is null returning user_id"
    )
    found: UUID | None = await db.fetch_value(sql, token)
    return found


async def still_in(sessions: Sequence[UUID], people: Sequence[UUID]) -> tuple[set[UUID], set[UUID]]:
    """Which of these sessions still hold, and which of these people are still active."""
    rows = await db.fetch(
        """
        select id, true as is_session from login_sessions
        where id = any($1) and revoked_at is null and expires_at > now()
        union all select id, false from users where id = any($2) and is_active
        """,
        sessions,
        people,
    )
    return {row["id"] for row in rows if row["is_session"]}, {row["id"] for row in rows if not row["is_session"]}
