"""Every statement on shares."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]
_ADD: Final = """
    insert into shares (id, user_id, conversation_id, upto_id, token_sha256, expires_at, created_at)
    select $1, c.user_id, c.id, c.leaf_id, $4, $5, $6 from conversations c
    where c.user_id = $2 and c.id = $3 and c.deleted_at is null and c.leaf_id is not null and not c.temporary
    returning id
"""
_HOLDER: Final = """
    select s.user_id, s.conversation_id, s.upto_id, c.title from shares s
    join users u on u.id = s.user_id and u.is_active
    join conversations c on c.user_id = s.user_id and c.id = s.conversation_id and c.deleted_at is null
    where s.token_sha256 = $1 and s.revoked_at is null and (s.expires_at is null or s.expires_at > now())
"""


async def add(user_id: UUID, conversation_id: UUID, token: bytes, expires_at: datetime | None) -> bool:
    """A link to the conversation as it stands; false where there is none."""
    return await db.fetch_one(_ADD, new_id(), user_id, conversation_id, token, expires_at, now()) is not None


async def shared(token: bytes) -> Row | None:
    """What this link shows, while it holds."""
    return await db.fetch_one(_HOLDER, token)


async def of(user_id: UUID, conversation_id: UUID) -> list[Row]:
    """The links to this conversation that hold."""
    return await db.fetch(
        """
        select id, created_at, expires_at from shares
        where user_id = $1 and conversation_id = $2 and revoked_at is null
          and (expires_at is null or expires_at > now())
        order by id desc
        """,
        user_id,
        conversation_id,
    )


async def revoke(user_id: UUID, share_id: UUID) -> UUID | None:
    """End this link; which conversation it led to."""
    found: UUID | None = await db.fetch_value(
        """
        update shares set revoked_at = $3 where user_id = $1 and id = $2 and revoked_at is null
        returning conversation_id
        """,
        user_id,
        share_id,
        now(),
    )
    return found


async def forget(before: datetime) -> None:
    """Links that ended long ago."""
    await db.fetch("delete from shares where revoked_at < $1 or expires_at < $1", before)
