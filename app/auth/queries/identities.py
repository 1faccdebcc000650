"""Identities at providers, and sign-ins that are under way there, in the database."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from app.auth.tables import OAuthAccount
from app.core.clock import now
from app.core.ids import new_id
from app.database.engine import db

Row = Mapping[str, Any]


async def add_pending(state: bytes, visitor: bytes, values: Row, minutes: int) -> None:
    """A sign-in that this browser began, and that it may finish within so many minutes."""
    await db.fetch(
        """
        insert into pending_logins (id, state_sha256, visitor_sha256, provider, nonce_enc, verifier_enc, next_path,
                                    linking_user_id, created_at, expires_at)
        values ($1, $2, $3, $4, $5, $6, $7, $8, now(), now() + $9::int * interval '1 minute')
        """,
        new_id(),
        state,
        visitor,
        values["provider"],
        values["nonce_enc"],
        values["verifier_enc"],
        values["next_path"],
        values["linking_user_id"],
        minutes,
    )


async def take_pending(state: bytes, visitor: bytes, provider: str) -> Row | None:
    """The sign-in with this state, once, and only for the browser that began it at this provider."""
    return await db.fetch_one(
        """
        delete from pending_logins
        where state_sha256 = $1 and visitor_sha256 = $2 and provider = $3 and expires_at > now()
        returning nonce_enc, verifier_enc, next_path, linking_user_id
        """,
        state,
        visitor,
        provider,
    )


async def lock_identity(issuer: str, subject: str) -> None:
    """Until the end of this unit of work nobody else decides whose identity this is."""
    await db.fetch("select pg_advisory_xact_lock(hashtextextended($1, 7030002))", f"{issuer} {subject}")


async def holder(issuer: str, subject: str) -> Row | None:
    """Whose identity this is."""
    sql = "select id, user_id from oauth_accounts where provider = $1 and provider_account_id = $2"
    return await db.fetch_one(sql, issuer, subject)


async def identities_of(user_id: UUID) -> Sequence[Row]:
    """Every identity of this person, the first first."""
    return await db.fetch(
        """
        select id, provider, provider_account_id, email, created_at, updated_at from oauth_accounts
        where user_id = $1 order by created_at, id
        """,
        user_id,
    )


async def add_identity(user_id: UUID, values: Row) -> UUID:
    """One more way in for this person."""
    identity_id, moment = new_id(), now()
    row: dict[Any, Any] = {"id": identity_id, "user_id": user_id, "created_at": moment, "updated_at": moment}
    await OAuthAccount.insert(OAuthAccount(row | dict(values))).run()
    return identity_id


async def renew_identity(user_id: UUID, identity_id: UUID, values: Row) -> None:
    """Write what the provider said this time."""
    where = (OAuthAccount.user_id == user_id) & (OAuthAccount.id == identity_id)
    row: dict[Any, Any] = {"updated_at": now()}
    await OAuthAccount.update(row | dict(values)).where(where).run()


async def remove_identity(user_id: UUID, identity_id: UUID) -> Row | None:
    """Take one of this person's ways in away; what it was."""
    sql = "delete from oauth_accounts where user_id = $1 and id = $2 returning provider, provider_account_id"
    return await db.fetch_one(sql, user_id, identity_id)


async def lock_person(user_id: UUID) -> Row | None:
    """The person, whose ways in nobody else changes until the end of this unit of work."""
    return await db.fetch_one(
        "select id, email_verified_at, is_active from users where id = $1 for no key update", user_id
    )
