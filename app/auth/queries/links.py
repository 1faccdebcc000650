"""One-time links in the database."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.auth.tables import VerificationToken
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]


async def add_link(token: bytes, values: Row, minutes: int) -> None:
    """A link that holds for so many minutes."""
    await db.fetch(
        """
        insert into verification_tokens (id, token_sha256, kind, identifier, user_id, next_path, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, now(), now() + $7::int * interval '1 minute')
        """,
        new_id(),
        token,
        values["kind"],
        values["identifier"],
        values["user_id"],
        values["next_path"],
        minutes,
    )


async def link(token: bytes, kinds: Sequence[str]) -> Row | None:
    """The link, if it still holds."""
    return await db.fetch_one(
        """
        select identifier, kind, user_id, next_path from verification_tokens
        where token_sha256 = $1 and kind = any($2::text[]) and expires_at > now()
        """,
        token,
        list(kinds),
    )


async def take_link(token: bytes, kinds: Sequence[str]) -> Row | None:
    """The link, if it still holds, and never again: of many who come at once, one gets it."""
    return await db.fetch_one(
        """
        delete from verification_tokens where token_sha256 = $1 and kind = any($2::text[]) and expires_at > now()
        returning identifier, kind, user_id, next_path
        """,
        token,
        list(kinds),
    )


async def drop_console_links() -> None:
    """Let no earlier link of the console's count any longer. Links to a certain person stay."""
    links = VerificationToken.delete().where(
        (VerificationToken.kind == "CONSOLE") & VerificationToken.user_id.is_null()
    )
    await links.run()


async def drop_links_of(user_id: UUID) -> None:
    """Let no link to this person's account count any longer."""
    await VerificationToken.delete().where(VerificationToken.user_id == user_id).run()


async def sweep() -> None:
    """Forget what is over: links, sign-ins that nobody finished, and sessions a month after their end."""
    await db.fetch("delete from verification_tokens where expires_at < now()")
    await db.fetch("delete from pending_logins where expires_at < now()")
    await db.fetch("delete from login_sessions where coalesce(revoked_at, expires_at) < now() - interval '30 days'")
