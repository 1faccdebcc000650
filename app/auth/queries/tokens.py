"""API tokens in the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.auth import known
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]


async def add_token(user_id: UUID, token: bytes, values: Row) -> UUID:
    """A token of an active person."""
    token_id = new_id()
    await db.fetch(
        """
        insert into api_tokens (id, user_id, name, token_sha256, hint, scopes, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, now(), now() + $7::int * interval '1 day')
        """,
        token_id,
        user_id,
        values["name"],
        token,
        values["hint"],
        values["scopes"],
        values["days"],
    )
    return token_id


_HOLDER: Final = """
    select u.id, u.name, u.email, u.role, t.scopes, t.id as token_id, u.onboarding ? 'done' as onboarded,
           coalesce(t.last_used_at < now() - interval '5 minutes', true) as is_stale{more}
    from api_tokens t join users u on u.id = t.user_id
    where t.token_sha256 = $1 and t.revoked_at is null and coalesce(t.expires_at > now(), true) and u.is_active
"""


async def token_holder(token: bytes) -> Row | None:
    """Whose token this is, and how far it reaches."""
    return await db.fetch_one(_HOLDER.format(more=known.columns()), token)


async def token_used(user_id: UUID, token_id: UUID) -> None:
    """Remember that it was used just now."""
    await db.fetch("update api_tokens set last_used_at = now() where user_id = $1 and id = $2", user_id, token_id)


async def tokens_of(user_id: UUID) -> Sequence[Row]:
    """The tokens that are not revoked, the newest first."""
    return await db.fetch(
        """
        select id, name, hint, scopes, created_at, last_used_at, expires_at,
               coalesce(expires_at <= now(), false) as is_over
        from api_tokens where user_id = $1 and revoked_at is null order by created_at desc, id desc
        """,
        user_id,
    )


async def end_token(user_id: UUID, token_id: UUID) -> bool:
    """Revoke one of this person's tokens."""
    sql = "update api_tokens set revoked_at = now() where user_id = $1 and id = $2 and revoked_at is null returning id"
    return await db.fetch_one(sql, user_id, token_id) is not None


async def end_tokens(user_id: UUID) -> None:
    """Revoke all of them."""
    await db.fetch("update api_tokens set revoked_at = now() where user_id = $1 and revoked_at is null", user_id)
