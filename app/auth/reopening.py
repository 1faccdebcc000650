"""Opening an account again that its owner closed. Whoever signs in to it is asked first; nothing opens by itself.

What an administrator closed, or the source that people come from, stays closed until an administrator opens it.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from app.audit import service as audit
from app.audit.service import Filter
from app.auth import people, sessions
from app.auth.people import Profile
from app.auth.queries import people as queries
from app.auth.sessions import Origin
from app.core.clock import now
from app.core.errors import NotFound
from app.core.ids import parse_id
from app.core.language import marked
from app.core.secrets import Vault
from app.core.settings import settings
from app.database.engine import atomic

MINUTES: Final = 15
GONE: Final = marked("This took too long, or the account is open again. Please sign in once more.")
_PURPOSE: Final = "reopen"


@dataclass(frozen=True, slots=True)
class Waiting:
    """A closed account, and somebody who has just shown that it is theirs."""

    id: UUID = field(repr=False)
    name: str
    closed_at: datetime
    erased_at: datetime


async def may_reopen(person_id: UUID) -> bool:
    """Whether the account is closed, and it was its owner who closed it. The trail knows, and cannot be changed."""
    profile = await people.profile(person_id)
    if profile.is_active:
        return False
    closings = await audit.entries(Filter("auth.deactivated", resource="user", resource_id=str(person_id)), size=1)
    return any(entry.actor_id == person_id for entry in closings.rows)


async def closed_at(address: str) -> Profile | None:
    """The account with this verified address that its owner closed last, if it may be opened again."""
    row = await queries.closed_person_at(address)
    if row is None or not await may_reopen(row["id"]):
        return None
    return await people.profile(row["id"])


def ticket(vault: Vault, person_id: UUID) -> str:
    """For the browser that has just signed in: that it may open this account again."""
    text = f"{person_id}.{int((now() + timedelta(minutes=MINUTES)).timestamp())}"
    return f"{text}.{vault.sign(_PURPOSE, text)}"


async def waiting(vault: Vault, given: str) -> Waiting:
    """The account that this ticket is for, while it is closed."""
    text, _, signature = given.rpartition(".")
    person_id, _, until = text.partition(".")
    found = parse_id(person_id)
    if found is None or not vault.is_signed(_PURPOSE, text, signature) or int(until) < now().timestamp():
        raise NotFound(GONE)
    if not await may_reopen(found):
        raise NotFound(GONE)
    profile = await people.profile(found)
    closed = profile.deactivated_at or now()
    return Waiting(profile.id, profile.name, closed, closed + timedelta(days=settings().erase_after_days))


async def reopen(vault: Vault, given: str, origin: Origin, ended: str = "") -> str:
    """Open the account again and sign in; the token for the browser."""
    async with atomic():
        found = await waiting(vault, given)
        await people.reactivate(found.id, found.id)
        return await sessions.begin(found.id, "reopened", origin, ended)
