"""The end of a person in the database. What has a foreign key to the person goes with the row; the rest is here."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from app.database.engine import db

Row = Mapping[str, Any]


async def closed_before(moment: datetime, most: int) -> list[UUID]:
    """People whose accounts were closed before, the oldest first."""
    sql = "select id from users where not is_active and deactivated_at < $1 order by deactivated_at, id limit $2"
    return [row["id"] for row in await db.fetch(sql, moment, most)]


async def lock_closed(user_id: UUID, before: datetime | None) -> Row | None:
    """A person whose account is closed, and was at this moment; it stays so until the end of this unit of work."""
    return await db.fetch_one(
        """
        select id, email from users
        where id = $1 and not is_active and ($2::timestamptz is null or deactivated_at < $2) for update
        """,
        user_id,
        before,
    )


async def forget(user_id: UUID, address: str) -> None:
    """Delete what speaks of the person without a foreign key. An empty address belongs to somebody else by now."""
    await db.fetch("delete from pending_logins where linking_user_id = $1", user_id)
    await db.fetch(
        """
        delete from invitations where accepted_by = $1 or ($2 <> '' and lower(email) = lower($2))
        """,
        user_id,
        address,
    )
    await db.fetch("delete from verification_tokens where $1 <> '' and lower(identifier) = lower($1)", address)
    for table, text in (("jobs", "payload::text"), ("rate_counts", "key")):
        idle = "state <> 'RUNNING' and" if table == "jobs" else ""
        named = f"strpos({text}, $1) > 0 or ($2 <> '' and strpos(lower({text}), lower($2)) > 0)"
        await db.fetch(f"delete from {table} where {idle} ({named})", str(user_id), address)  # noqa: S608 - names of ours


async def remove(user_id: UUID) -> None:
    """Delete the person, and with them every row that hangs on them."""
    await db.fetch("delete from users where id = $1", user_id)
