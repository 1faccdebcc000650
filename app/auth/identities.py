"""Identities at providers: whose they are, linked from the Account page, and taken away again."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from app import mail
from app.audit import service as audit
from app.auth import registration
from app.auth.oauth import Identity
from app.auth.providers import provider_name
from app.auth.queries import identities as queries
from app.auth.queries import people
from app.auth.registration import ADDRESS_TAKEN, Newcomer
from app.core.clock import now, timedelta
from app.core.errors import Conflict, Duplicate, NotFound, Rejected
from app.core.language import marked
from app.core.secrets import Vault
from app.core.settings import settings
from app.database.engine import atomic

NO_ADDRESS: Final = marked("%(provider)s did not tell your address. Let it share the address, or sign in another way.")
SOMEBODY_ELSES: Final = marked("This %(provider)s account opens another account here. Unlink it there first.")
LAST_WAY_IN: Final = marked("This is your only way to sign in. Link another one first.")


@dataclass(frozen=True, slots=True)
class Linked:
    """A way to sign in, as its owner sees it."""

    id: UUID
    provider: str
    email: str
    created_at: datetime


async def listed(person_id: UUID) -> list[Linked]:
    """The identities of this person, the first first."""
    rows = await queries.identities_of(person_id)
    return [Linked(row["id"], provider_name(row["provider"]), row["email"] or "", row["created_at"]) for row in rows]


async def account_of(identity: Identity, vault: Vault, invitation: str = "") -> UUID:
    """The account that this identity opens. Where there is none, it may join, if the policy allows it."""
    async with atomic():
        await queries.lock_identity(identity.issuer, identity.subject)
        known = await queries.holder(identity.issuer, identity.subject)
        if known is not None:
            await queries.renew_identity(known["user_id"], known["id"], _stored(identity, vault))
            return UUID(str(known["user_id"]))
        user_id = await _by_address(identity) or await registration.admit(_newcomer(identity), invitation)
        await _add(user_id, identity, vault)
    return user_id


async def link(person_id: UUID, identity: Identity, vault: Vault) -> None:
    """Let this identity open the account of somebody who is signed in."""
    async with atomic():
        await queries.lock_identity(identity.issuer, identity.subject)
        known = await queries.holder(identity.issuer, identity.subject)
        if known is None:
            await _add(person_id, identity, vault)
        elif known["user_id"] != person_id:
            raise Conflict(SOMEBODY_ELSES, code="LINKED_ELSEWHERE", provider=provider_name(identity.issuer))
        else:
            await queries.renew_identity(person_id, known["id"], _stored(identity, vault))


async def unlink(person_id: UUID, identity_id: UUID) -> None:
    """Take a way to sign in away, unless it is the only one."""
    async with atomic():
        person = await queries.lock_person(person_id)
        removed = await queries.remove_identity(person_id, identity_id)
        if person is None or removed is None:
            raise NotFound
        by_mail = mail.is_set_up() and person["email_verified_at"] is not None
        if not by_mail and not await queries.identities_of(person_id):
            raise Conflict(LAST_WAY_IN, code="LAST_WAY_IN")
        await audit.record(person_id, "auth.identity_unlinked", "user", person_id, {"provider": removed["provider"]})


async def _by_address(identity: Identity) -> UUID | None:
    """The account with this address, if both it and the newcomer have shown that the address is theirs."""
    if not identity.email:
        raise Rejected(NO_ADDRESS, provider=provider_name(identity.issuer))
    found = await people.person_at(identity.email)
    if found is None:
        return None
    is_proven = identity.email_verified and found["email_verified_at"] is not None
    if not (is_proven and settings().link_verified_email) or await _has_other_subject(found["id"], identity):
        raise Duplicate(ADDRESS_TAKEN)
    return UUID(str(found["id"]))


async def _has_other_subject(user_id: UUID, identity: Identity) -> bool:
    """One issuer, one address, two people: the address was given to somebody else."""
    return any(row["provider"] == identity.issuer for row in await queries.identities_of(user_id))


def _newcomer(identity: Identity) -> Newcomer:
    return Newcomer(
        address=identity.email,
        how="provider",
        is_verified=identity.email_verified,
        name=identity.name,
        first_name=identity.first_name or None,
        last_name=identity.last_name or None,
        avatar_url=identity.avatar_url or None,
    )


async def _add(user_id: UUID, identity: Identity, vault: Vault) -> None:
    key = {"provider": identity.issuer, "provider_account_id": identity.subject, "type": identity.kind}
    await queries.add_identity(user_id, key | _stored(identity, vault))
    await audit.record(user_id, "auth.identity_linked", "user", user_id, {"provider": identity.issuer})


def _stored(identity: Identity, vault: Vault) -> dict[str, Any]:
    """What is written at every sign-in. A provider that gives no new refresh token leaves the old one standing."""
    tokens = identity.tokens
    sealed = {
        "access_token_enc": tokens.access,
        "id_token_enc": tokens.id,
        **({"refresh_token_enc": tokens.refresh} if tokens.refresh else {}),
    }
    return {
        **{name: vault.encrypt(text) if text else None for name, text in sealed.items()},
        "email": identity.email or None,
        "expires_at": now() + timedelta(seconds=tokens.lasts) if tokens.lasts else None,
        "token_type": tokens.kind or None,
        "scope": tokens.scope or None,
    }
