"""Invitations in the database."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]

_OPEN: Final = "i.accepted_at is null and i.revoked_at is null and i.expires_at > now()"


async def add_invitation(invited_by: UUID, token: bytes, values: Row, days: int) -> UUID:
    """Leave to join, for so many days."""
    invitation_id = new_id()
    await db.fetch(
        """
        insert into invitations (id, email, role, token_sha256, invited_by, created_at, expires_at)
        values ($1, $2, $3, $4, $5, now(), now() + $6::int * interval '1 day')
        """,
        invitation_id,
        values["email"],
        values["role"],
        token,
        invited_by,
        days,
    )
    return invitation_id


async def invitations() -> Sequence[Row]:
    """The last two hundred, the newest first, with who gave them and what became of them."""
    return await db.fetch(
        """
        select i.id, i.email, i.role, i.created_at, i.expires_at, i.accepted_at, i.revoked_at,
               coalesce(giver.name, '') as invited_by, coalesce(taker.name, '') as accepted_by,
               i.expires_at <= now() as is_over
        from invitations i
        left join users giver on giver.id = i.invited_by
        left join users taker on taker.id = i.accepted_by
        order by i.created_at desc, i.id desc limit 200
        """
    )


async def invitation(token: bytes) -> Row | None:
    """The invitation with this token, if it still holds."""
    sql = f"""
        select i.id, i.email, i.role, coalesce(u.name, '') as invited_by
        from invitations i left join users u on u.id = i.invited_by where i.token_sha256 = $1 and {_OPEN}
    """  # noqa: S608 - a condition of ours
    return await db.fetch_one(sql, token)


async def take_invitation(token: bytes) -> Row | None:
    """The same, held until the end of this unit of work, so that one person can accept it."""
    sql = f"select i.id, i.email, i.role from invitations i where i.token_sha256 = $1 and {_OPEN} for update"  # noqa: S608 - a condition of ours
    return await db.fetch_one(sql, token)


async def invitation_to_send(invitation_id: UUID) -> Row | None:
    """Whom to write to, as long as it makes sense."""
    sql = f"""
        select i.email, i.role, coalesce(u.name, '') as invited_by
        from invitations i left join users u on u.id = i.invited_by where i.id = $1 and {_OPEN}
    """  # noqa: S608 - a condition of ours
    return await db.fetch_one(sql, invitation_id)


async def renew_invitation(invitation_id: UUID, token: bytes) -> None:
    """Let it be this token from now on."""
    await db.fetch("update invitations set token_sha256 = $2 where id = $1", invitation_id, token)


async def note_accepted(invitation_id: UUID, user_id: UUID) -> None:
    """Somebody came."""
    sql = "update invitations set accepted_by = $2, accepted_at = now() where id = $1"
    await db.fetch(sql, invitation_id, user_id)


async def end_invitation(invitation_id: UUID) -> bool:
    """Take it back; false where nobody could accept it any longer anyway."""
    sql = f"update invitations i set revoked_at = now() where i.id = $1 and {_OPEN} returning i.id"  # noqa: S608 - a condition of ours
    return await db.fetch_one(sql, invitation_id) is not None
